/** Logging in. */
import { api, ApiError } from "../api/client.ts";
import type { Me } from "../api/types.ts";
import { h, setText } from "../shell/dom.ts";
import { faultWords } from "../shell/faults.ts";
import { tools, wordmark } from "../shell/frame.ts";
import { t } from "../shell/language.ts";

export function loginPage(enter: (me: Me) => void, redo: () => void): HTMLElement {
  const name = h("input", { id: "name", name: "username", autocomplete: "username", autocapitalize: "none", spellcheck: "false", required: true });
  const password = h("input", { id: "password", name: "password", type: "password", autocomplete: "current-password", required: true });
  const fault = h("p.fault-line", { role: "alert" });
  const button = h("button.solid", { type: "submit" }, t("log_in"));

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (!name.value || !password.value) return void (name.value ? password : name).focus();
    button.disabled = true;
    setText(button, t("logging_in"));
    try {
      enter(await api.login(name.value.trim(), password.value));
    } catch (problem) {
      setText(fault, words(problem));
      button.disabled = false;
      setText(button, t("log_in"));
      password.value = "";
      password.focus();
    }
  }

  return h(
    "div.login",
    {},
    h("header", {}, wordmark(), tools(redo)),
    h(
      "main",
      { id: "main" },
      h("h1", {}, t("login_title")),
      h("p.lead", {}, t("login_lead")),
      h(
        "form",
        { novalidate: true, onsubmit: (event: SubmitEvent) => void submit(event) },
        h("label", { for: "name" }, t("name")),
        name,
        h("label", { for: "password" }, t("password")),
        password,
        fault,
        button,
      ),
    ),
  );
}

function words(problem: unknown): string {
  if (problem instanceof ApiError && problem.status === 401) return t("login_wrong");
  if (problem instanceof ApiError && problem.status === 429) return t("login_often");
  return faultWords(problem);
}
