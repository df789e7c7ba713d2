/** The one switch: a reason, one confirmation, by keyboard as well. */
import { api } from "../api/client.ts";
import type { App } from "./app.ts";
import { fill, h } from "./dom.ts";
import { faultWords } from "./faults.ts";
import { t } from "./language.ts";

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
  const stop = app.switch?.on ?? true;
  const why = h("input", { type: "text", id: "why", name: "why", required: true, minlength: LEAST_LETTERS, maxlength: 200, autocomplete: "off" });
  const fault = h("p.fault-line", { role: "alert" });
  const confirm = h("button.solid", { type: "submit" }, t(stop ? "stop_now" : "start_now"));
  if (stop) confirm.classList.add("alarm");
  const dialog = h(
    "dialog.ask",
    { "aria-labelledby": "ask-title", onclose: () => dialog.remove() },
    h(
      "form",
      { method: "dialog", novalidate: true, onsubmit: (event: SubmitEvent) => void submit(event) },
      h("h2", { id: "ask-title" }, t(stop ? "stop_title" : "start_title")),
      h("p", {}, t(stop ? "stop_lead" : "start_lead")),
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

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const reason = why.value.trim();
    if (reason.length < LEAST_LETTERS) {
      fill(fault, t("why_short"));
      why.focus();
      return;
    }
    confirm.disabled = true;
    try {
      app.setSwitch(await api.setSwitch(!stop, reason));
      dialog.close();
    } catch (problem) {
      fill(fault, faultWords(problem));
      confirm.disabled = false;
    }
  }

  document.body.append(dialog);
  dialog.showModal();
  why.focus();
}
