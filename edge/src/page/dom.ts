/** Makes elements. Text goes in as text, never as HTML. */

type Child = Node | string | null | undefined | false;
type Value = string | number | boolean | null | undefined | ((event: never) => void);

/** `h("button.plain", { type: "button", onclick: go }, "Go")`: names after dots are classes, `on...` are listeners. */
export function h<Name extends keyof HTMLElementTagNameMap>(
  name: Name | `${Name}.${string}`,
  properties: Record<string, Value> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag as Name);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(properties)) {
    if (typeof value === "function") element.addEventListener(key.slice(2), value as EventListener);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value != null) element.setAttribute(key, String(value));
  }
  element.append(...children.filter((child): child is Node | string => child !== null && child !== undefined && child !== false));
  return element;
}

/** A small drawing of one line, from a path of a 20 x 20 field; it says nothing to a screen reader. */
export function icon(path: string): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "icon");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/** Sets text only where it differs: a screen reader says again what is set again. */
export function setText(element: Node, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** A place of ours in a page: the shop's styles do not reach in, ours do not reach out. */
export function shell(host: HTMLElement, stylesheet: string, language: string): { root: HTMLElement; styled: Promise<void> } {
  const shadow = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const root = h("div.root", { lang: language, hidden: true });
  const styles = h("link", { rel: "stylesheet", href: stylesheet });
  const styled = new Promise<void>((resolve) => {
    // Seen once it is styled; seen all the same where the styles are missing.
    styles.onload = styles.onerror = () => {
      root.hidden = false;
      resolve();
    };
  });
  shadow.replaceChildren(styles, root);
  return { root, styled };
}
