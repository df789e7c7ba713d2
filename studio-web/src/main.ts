/** Begins: who is logged in, the frame, and the page that the address names. */
import "./styles/base.css";
import "./styles/frame.css";
import "./styles/wall.css";
import "./styles/panel.css";
import "./styles/pages.css";
import "./styles/player.css";
import { api, ApiError, whenLoggedOut } from "./api/client.ts";
import type { Me } from "./api/types.ts";
import { loginPage } from "./login/page.ts";
import { App } from "./shell/app.ts";
import { h, type Page } from "./shell/dom.ts";
import { faultNote } from "./shell/faults.ts";
import { type Frame, frame, PLACES } from "./shell/frame.ts";
import { startLanguage, t } from "./shell/language.ts";
import { startTheme } from "./shell/theme.ts";
import { wallPage } from "./wall/page.ts";

let app: App | null = null;
let around: Frame | null = null;
let page: Page | null = null;
/** Counts the pages that were asked for, so that one which arrives late is dropped. */
let turn = 0;

async function begin(): Promise<void> {
  startTheme();
  startLanguage();
  window.addEventListener("hashchange", () => void route());
  whenLoggedOut(leave);
  try {
    await enter(await api.me());
  } catch (fault) {
    if (!(fault instanceof ApiError) || (fault.status !== 401 && fault.status !== 403)) {
      document.body.replaceChildren(h("main.alone", {}, faultNote(fault, () => location.reload())));
      if (!(fault instanceof ApiError)) throw fault;
      return;
    }
    leave();
  }
}

async function enter(me: Me): Promise<void> {
  app = new App(me);
  void app.start();
  build();
}

function leave(): void {
  endPage();
  app?.end();
  app = around = null;
  document.body.classList.remove("stopped");
  document.title = `${t("log_in")} · Telltale`;
  document.body.replaceChildren(loginPage((me) => void enter(me), leave));
  document.querySelector<HTMLInputElement>("#name")?.focus();
}

/** Frame and page anew: at the beginning, and in another language. */
function build(): void {
  if (!app) return;
  endPage();
  app.forget();
  around = frame(app, build, leave);
  document.body.replaceChildren(around.node);
  void route();
}

function endPage(): void {
  page?.leave?.();
  page = null;
}

async function route(): Promise<void> {
  if (!app || !around) return;
  const mine = ++turn;
  const [path, search = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const parts = path.split("/").map(decodeURIComponent);
  const open = PLACES.filter(({ needs }) => app?.may(needs));
  if (!parts[0] && open.length) return void location.replace(`#/${open[0].path}`);
  around.at(parts[0]);
  let next: Page;
  try {
    next = await pageFor(app, parts, new URLSearchParams(search));
  } catch (fault) {
    next = { node: h("div.page", {}, faultNote(fault, () => void route())), title: t("studio") };
  }
  if (mine !== turn || !around) return next.leave?.();
  endPage();
  page = next;
  around.main.replaceChildren(next.node);
  around.main.scrollTop = 0;
  around.main.dataset.page = path;
  document.title = `${next.title} · Telltale`;
}

async function pageFor(app: App, parts: string[], search: URLSearchParams): Promise<Page> {
  const place = PLACES.find(({ path }) => path === parts[0]);
  if (!place || !app.may(place.needs)) {
    return { node: h("div.page", {}, h("p.empty", {}, t(place ? "not_allowed" : "not_found"))), title: t("studio") };
  }
  switch (parts[0]) {
    case "wall":
      return wallPage(app);
    case "sessions":
      if (parts[2]) return (await import("./player/page.ts")).playerPage(app, parts[1] === "study" ? "study" : "live", parts[2]);
      return (await import("./player/list.ts")).sessionsPage();
    case "decisions":
      return (await import("./decisions/page.ts")).decisionsPage(app, search.get("session") ?? "");
    case "study":
      return (await import("./study/page.ts")).studyPage();
    default:
      return (await import("./audit/page.ts")).auditPage(app);
  }
}

void begin();
