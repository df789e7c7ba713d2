/** Whether something really was on the screen: half of it at least, for a second, in a tab that was looked at. */

const LEAST_SHARE = 0.5;
const LEAST_MS = 1_000;

/** Calls `told` once when the element has been seen; returns how to stop looking. */
export function whenSeen(element: Element, told: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let inSight = false;
  const stop = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    observer.disconnect();
    document.removeEventListener("visibilitychange", look);
  };
  const look = (): void => {
    const seen = inSight && document.visibilityState === "visible";
    if (seen && timer === null) {
      timer = setTimeout(() => {
        stop();
        told();
      }, LEAST_MS);
    } else if (!seen && timer !== null) {
      clearTimeout(timer);
      timer = null;
    }
  };
  const observer = new IntersectionObserver(
    (entries) => {
      inSight = (entries.at(-1)?.intersectionRatio ?? 0) >= LEAST_SHARE;
      look();
    },
    { threshold: [0, LEAST_SHARE, 1] },
  );
  observer.observe(element);
  document.addEventListener("visibilitychange", look);
  return stop;
}
