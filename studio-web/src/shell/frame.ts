/** The frame about every page: name, pages, switch, tools. */
import { api } from "../api/client.ts";
import { type Permission } from "../api/types.ts";
import type { App } from "./app.ts";
import { banners } from "./banners.ts";
import { h, setText } from "./dom.ts";
import { language, serverWords, setLanguage, t, type Word } from "./language.ts";
import { stopButton } from "./stop.ts";
import { isDark, toggleTheme } from "./theme.ts";

export const PLACES: readonly { path: string; word: Word; needs: Permission }[] = [
  { path: "wall", word: "nav_wall", needs: "wall" },
  { path: "sessions", word: "nav_sessions", needs: "sessions" },
  { path: "decisions", word: "nav_decisions", needs: "decisions" },
  { path: "study", word: "nav_study", needs: "study" },
  { path: "audit", word: "nav_audit", needs: "audit" },
];

export interface Frame {
  node: HTMLElement;
  main: HTMLElement;
  /** Marks the page that is open. */
  at(path: string): void;
}

export function frame(app: App, redo: () => void, leave: () => void): Frame {
  const links = PLACES.filter(({ needs }) => app.may(needs)).map(({ path, word }) =>
    h("a", { href: `#/${path}`, "data-path": path }, t(word)),
  );
  const main = h("main", { id: "main", tabindex: -1 });
  const node = h(
    "div.frame",
    {},
    h("a.skip", { href: "#main", onclick: (event: Event) => (event.preventDefault(), main.focus()) }, t("skip")),
    h(
      "header",
      {},
      wordmark(),
      h("nav", { "aria-label": t("nav") }, links),
      tools(redo, whoIs(app), leave),
      app.may("stop") && stopButton(app),
    ),
    banners(app),
    main,
  );
  const at = (path: string): void => {
    for (const link of links) {
      if (link.dataset.path === path) {
        link.setAttribute("aria-current", "page");
        // On a phone the pages stand in a strip that is wider than the screen.
        link.scrollIntoView({ block: "nearest", inline: "center" });
      } else link.removeAttribute("aria-current");
    }
  };
  return { node, main, at };
}

function whoIs(app: App): HTMLElement {
  const roles = app.me.role.split(", ").map((role) => serverWords("role", role)).join(", ");
  return h("span.me", { title: roles }, app.me.name, h("small", {}, roles));
}

export function wordmark(): HTMLElement {
  return h("a.wordmark", { href: "#/" }, "Telltale", h("span", {}, t("studio")));
}

/** Language, theme and, where somebody is logged in, who it is and the way out. */
export function tools(redo: () => void, me?: HTMLElement, leave?: () => void): HTMLElement {
  const theme = h("button.quiet", { type: "button" });
  const show = (): void => setText(theme, t(isDark() ? "to_light" : "to_dark"));
  theme.addEventListener("click", () => (toggleTheme(), show()));
  show();
  const other = language() === "en" ? "zh-Hans" : "en";
  const out = async (): Promise<void> => {
    await api.logout().catch(() => undefined);
    leave?.();
  };
  return h(
    "div.tools",
    {},
    h("button.quiet", { type: "button", lang: other, onclick: () => (setLanguage(other), redo()) }, t("other_language")),
    theme,
    me,
    leave && h("button.quiet", { type: "button", onclick: () => void out() }, t("log_out")),
  );
}
