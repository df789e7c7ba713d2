/** What must not be missed: what is stopped, no news, what is simulated. */
import { clock, moment } from "../draw/format.ts";
import type { App } from "./app.ts";
import { h, setText } from "./dom.ts";
import { language, t } from "./language.ts";
import { stoppedWords } from "./part.ts";

export function banners(app: App): HTMLElement {
  const stopped = h("p.banner.stopped", { hidden: true }, h("strong", {}), " ", h("span", {}));
  const parts = h("p.banner.parts", { hidden: true });
  const lost = h("p.banner.lost", { hidden: true });
  const simulated = h("p.banner.simulated", { hidden: true });
  // The time that grows would be read out each second, so only what changes for good is announced.
  const spoken = h("p.unseen", { role: "status", "aria-live": "polite" });
  const show = (): void => {
    const off = app.switch !== null && !app.switch.on;
    document.body.classList.toggle("stopped", off);
    stopped.hidden = !off;
    if (off && app.switch) {
      const { by, at, why } = app.switch;
      setText(stopped.children[0], t("stopped_banner"));
      const words = t("stopped_by", { by: by ?? "–", at: moment(at, language(), new Date()), why: why ?? "–" });
      setText(stopped.children[1], words);
    }
    parts.hidden = app.stopped.size === 0;
    const partly = parts.hidden ? "" : t("parts_banner", { parts: stoppedWords(app) });
    setText(parts, partly);
    lost.hidden = app.live !== false;
    if (app.live === false) setText(lost, t("lost_banner", { time: clock((Date.now() - app.lostAt) / 1000) }));
    const told = [app.overview?.simulated_viewers && t("simulated_banner"), app.overview?.model.simulated && t("simulated_model")];
    setText(simulated, told.filter(Boolean).join(" "));
    simulated.hidden = simulated.textContent === "";
    setText(spoken, off ? t("stopped_banner") : app.live === false ? t("lost_spoken") : partly);
  };
  const timer = window.setInterval(() => app.live === false && show(), 1000);
  app.onNews(() => (stopped.isConnected ? show() : clearInterval(timer)));
  show();
  return h("div.banners", {}, stopped, parts, lost, simulated, spoken);
}
