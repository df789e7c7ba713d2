/** The page's colours for canvases, read once from the style sheet and again when the theme changes. */

export interface Colours {
  ink: string;
  soft: string;
  rule: string;
  mark: string;
  paper: string;
  alarm: string;
  dark: boolean;
  inkRgb: [number, number, number];
  paperRgb: [number, number, number];
  markRgb: [number, number, number];
  font: string;
}

let kept: Colours | null = null;
const listeners = new Set<() => void>();

export function colours(): Colours {
  return (kept ??= read());
}

/** Calls `then` when the colours have changed; what is returned ends it. */
export function whenColoursChange(then: () => void): () => void {
  listeners.add(then);
  return () => listeners.delete(then);
}

export function coloursChanged(): void {
  kept = null;
  for (const then of [...listeners]) then();
}

function read(): Colours {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const paperRgb = rgb(of("paper"));
  return {
    ink: of("ink"),
    soft: of("soft"),
    rule: of("rule"),
    mark: of("mark"),
    paper: of("paper"),
    alarm: of("alarm"),
    dark: paperRgb[0] < 128,
    inkRgb: rgb(of("ink")),
    paperRgb,
    markRgb: rgb(of("mark")),
    font: style.fontFamily || "system-ui, sans-serif",
  };
}

function rgb(hex: string): [number, number, number] {
  const value = Number.parseInt(hex.slice(1), 16) || 0;
  return [value >> 16, (value >> 8) & 255, value & 255];
}
