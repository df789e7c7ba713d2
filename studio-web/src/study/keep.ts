/** A report that is written anew while it is looked at, shown anew: by itself a page that may run nothing does not. */
import { api } from "../api/client.ts";

/** Looks every so many seconds whether the page changed, and has the frame load it then; gives what ends that. */
export function keepUp(frame: HTMLIFrameElement, url: string, everyS: number): () => void {
  let seen: string | null = null;
  const look = async (): Promise<void> => {
    if (document.hidden) return;
    // Between two writings, or out of reach: what is shown stays.
    const tag = await api.reportTag(url).catch(() => null);
    if (tag === null) return;
    if (seen !== null && tag !== seen) frame.src = url;
    seen = tag;
  };
  void look();
  const timer = window.setInterval(() => void look(), 1000 * everyS);
  return () => clearInterval(timer);
}
