/** A report that is written anew while it is looked at, shown anew: by itself a page that may run nothing does not. */
import { api, ApiError } from "../api/client.ts";

/** Looks every so many seconds whether the page changed, and has the frame load it then, where it was read; gives what ends that. */
export function keepUp(frame: HTMLIFrameElement, url: string, everyS: number): () => void {
  let seen: string | null = null;
  const look = async (): Promise<void> => {
    if (document.hidden && seen !== null) return;
    // Out of reach: what is shown stays. Taken away: so is what is shown.
    const tag = await api.reportTag(url).catch(gone);
    if (tag === null) return;
    if (seen !== null && tag !== seen) renew(frame, url);
    seen = tag;
  };
  void look();
  const timer = window.setInterval(() => void look(), 1000 * everyS);
  return () => clearInterval(timer);
}

/** Loads the page anew and stays where it was scrolled to. */
function renew(frame: HTMLIFrameElement, url: string): void {
  const down = inside(frame, (page) => page.scrollY) ?? 0;
  frame.addEventListener("load", () => inside(frame, (page) => page.scrollTo(0, down)), { once: true });
  frame.src = url;
}

/** Asks the page in the frame; null where it is the browser's own of an error, which nobody may look into. */
function inside<T>(frame: HTMLIFrameElement, ask: (page: Window) => T): T | null {
  try {
    return frame.contentWindow ? ask(frame.contentWindow) : null;
  } catch {
    return null;
  }
}

function gone(fault: unknown): string | null {
  return fault instanceof ApiError && fault.status === 404 ? "gone" : null;
}
