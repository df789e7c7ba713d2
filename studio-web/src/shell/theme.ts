/** Dark or light: as the system says, until the reader says otherwise. */
import { coloursChanged } from "../draw/colours.ts";

const KEPT = "telltale.theme";
const system = matchMedia("(prefers-color-scheme: dark)");

export function startTheme(): void {
  const kept = localStorage.getItem(KEPT);
  if (kept === "dark" || kept === "light") document.documentElement.dataset.theme = kept;
  system.addEventListener("change", coloursChanged);
}

export function isDark(): boolean {
  const set = document.documentElement.dataset.theme;
  return set ? set === "dark" : system.matches;
}

export function toggleTheme(): void {
  const next = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  localStorage.setItem(KEPT, next);
  coloursChanged();
}
