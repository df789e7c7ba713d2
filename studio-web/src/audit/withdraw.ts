/** Withdrawal for a viewer who asks: a confirmation, and the receipt to give. */
import { api } from "../api/client.ts";
import { fill, h } from "../shell/dom.ts";
import { faultWords } from "../shell/faults.ts";
import { t } from "../shell/language.ts";
import { receiptPart } from "./receipt.ts";

/** What a shop may call its viewers. */
const NAME = /^[A-Za-z0-9_.:-]{1,64}$/;

export function withdrawPart(done: () => void): HTMLElement {
  const viewer = h("input", { id: "withdraw-viewer", autocomplete: "off", spellcheck: "false", required: true });
  const fault = h("p.fault-line", { role: "alert" });
  const ask = (event: SubmitEvent): void => {
    event.preventDefault();
    const name = viewer.value.trim();
    fill(fault, NAME.test(name) || !name ? "" : t("viewer_name"));
    if (!NAME.test(name)) return viewer.focus();
    confirmWithdrawal(name, () => {
      viewer.value = "";
      done();
    });
  };
  return h(
    "section.withdraw",
    {},
    h("h2", {}, t("withdraw_title")),
    h("p.soft", {}, t("withdraw_lead")),
    h(
      "form.filters",
      { novalidate: true, onsubmit: ask },
      h("label.field", { for: "withdraw-viewer" }, h("span", {}, t("viewer_label")), viewer),
      h("button.plain", { type: "submit" }, t("withdraw")),
    ),
    fault,
  );
}

function confirmWithdrawal(viewer: string, done: () => void): void {
  const fault = h("p.fault-line", { role: "alert" });
  const go = h("button.solid.alarm", { type: "button", onclick: () => void erase() }, t("withdraw_now"));
  const cancel = h("button.plain", { type: "button", onclick: () => dialog.close() }, t("cancel"));
  const body = h(
    "div",
    { "aria-live": "polite" },
    h("h2", { id: "withdraw-title" }, t("withdraw_confirm", { viewer })),
    h("p", {}, t("withdraw_lead")),
    h("p", {}, h("strong", {}, t("withdraw_cannot"))),
    fault,
    h("div.buttons", {}, go, cancel),
  );
  const dialog = h("dialog.ask", { "aria-labelledby": "withdraw-title", onclose: () => dialog.remove() }, body);

  async function erase(): Promise<void> {
    go.disabled = true;
    try {
      const receipt = await api.withdraw(viewer);
      const close = h("button.solid", { type: "button", onclick: () => dialog.close() }, t("close"));
      fill(body, h("h2", { id: "withdraw-title" }, t("receipt")), h("p", {}, t("withdrawn_done")), receiptPart(receipt), h("div.buttons", {}, close));
      close.focus();
      done();
    } catch (problem) {
      fill(fault, faultWords(problem));
      go.disabled = false;
    }
  }

  document.body.append(dialog);
  dialog.showModal();
  cancel.focus();
}
