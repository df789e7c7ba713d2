/** The switch, of everything or of a part: a reason, one confirmation, by keyboard as well. */
import { api } from "../api/client.ts";
import type { App } from "./app.ts";
import { fill, h } from "./dom.ts";
import { faultWords } from "./faults.ts";
import { t, type Word } from "./language.ts";
import { partChoice, partWords } from "./part.ts";

const LEAST_LETTERS = 3;

export function stopButton(app: App): HTMLElement {
  const button = h("button.stop", { type: "button", onclick: () => askToSwitch(app) });
  const show = (): void => {
    const on = app.switch?.on ?? true;
    button.classList.toggle("again", !on);
    fill(button, on ? t("stop_all") : t("start_all"));
  };
  app.onNews(show);
  show();
  return button;
}

function askToSwitch(app: App): void {
  const why = h("input", { type: "text", id: "why", name: "why", required: true, minlength: LEAST_LETTERS, maxlength: 200, autocomplete: "off" });
  const fault = h("p.fault-line", { role: "alert" });
  const title = h("h2", { id: "ask-title" });
  const lead = h("p", {});
  const confirm = h("button.solid", { type: "submit" });
  const choice = partChoice(app, () => show());
  const dialog = h(
    "dialog.ask",
    { "aria-labelledby": "ask-title", onclose: () => dialog.remove() },
    h(
      "form",
      { method: "dialog", novalidate: true, onsubmit: (event: SubmitEvent) => void submit(event) },
      title,
      lead,
      choice.node,
      h("label", { for: "why" }, t("why_label")),
      why,
      fault,
      h(
        "div.buttons",
        {},
        confirm,
        h("button.plain", { type: "button", onclick: () => dialog.close() }, t("cancel")),
      ),
    ),
  );

  /** What is stopped can be started, and the other way round. */
  function stops(scope: string): boolean {
    return scope === "all" ? (app.switch?.on ?? true) : !app.stopped.has(scope);
  }

  function show(): void {
    const scope = choice.scope();
    const stop = stops(scope);
    fill(fault);
    const verb = stop ? "stop" : "start";
    const about = scope === "all" ? "" : scope.startsWith("intervention:") ? "_intervention" : "_room";
    if (scope === "all") fill(title, t(`${verb}_title`));
    else fill(title, scope ? t(`${verb}_part_title`, { part: partWords(app, scope) }) : t("stop_room_title"));
    fill(lead, t(`${verb}${about}_lead` as Word));
    fill(confirm, t(stop && scope !== "all" ? "stop_part_now" : `${verb}_now`));
    confirm.classList.toggle("alarm", stop);
  }

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const [scope, reason] = [choice.scope(), why.value.trim()];
    if (!scope) return fill(fault, t("room_missing"));
    if (reason.length < LEAST_LETTERS) {
      fill(fault, t("why_short"));
      why.focus();
      return;
    }
    confirm.disabled = true;
    try {
      const on = !stops(scope);
      if (scope === "all") app.setSwitch(await api.setSwitch(on, reason));
      else app.setPart(await api.setPart(scope, on, reason));
      dialog.close();
    } catch (problem) {
      fill(fault, faultWords(problem));
      confirm.disabled = false;
    }
  }

  show();
  document.body.append(dialog);
  dialog.showModal();
  why.focus();
}
