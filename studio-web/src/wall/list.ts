/** The rows that are in sight, and no others: they are moved by transform, so scrolling lays nothing out. */
import type { App } from "../shell/app.ts";
import { h } from "../shell/dom.ts";
import { t, type Word } from "../shell/language.ts";
import { Row } from "./row.ts";

const SPARE_ROWS = 3;
const HEADS: readonly Word[] = ["h_viewer", "h_probability", "h_minutes", "h_why", "h_reading", "h_last"];
const CLASSES = ["viewer", "probability", "minutes", "why", "reading", "last"] as const;

export class List {
  readonly node: HTMLElement;
  private readonly table = h("table.wall", { role: "table", "aria-label": t("wall_title") });
  private readonly body = h("tbody", { role: "rowgroup" });
  private readonly rows: Row[] = [];
  private sessions: string[] = [];
  private rowHeight = 64;
  private first = 0;
  private frame = 0;
  private readonly resize: ResizeObserver;
  /** The row that the Tab key finds. */
  private current = 0;
  opened = "";

  constructor(
    private readonly app: App,
    private readonly open: (session: string) => void,
  ) {
    const heads = HEADS.map((word, k) => h(`th.${CLASSES[k]}`, { role: "columnheader", scope: "col" }, t(word)));
    this.table.append(h("thead", { role: "rowgroup" }, h("tr", { role: "row", "aria-rowindex": 1 }, heads)), this.body);
    this.node = h("div.rows", { onscroll: () => this.later() }, this.table);
    this.body.addEventListener("click", (event) => this.clicked(event));
    this.body.addEventListener("keydown", (event) => this.pressed(event));
    this.resize = new ResizeObserver(() => this.measure());
    this.resize.observe(this.node);
  }

  end(): void {
    this.resize.disconnect();
    cancelAnimationFrame(this.frame);
  }

  /** Which sessions stand in the list, in order. */
  setOrder(sessions: string[]): void {
    this.sessions = sessions;
    this.table.setAttribute("aria-rowcount", String(sessions.length + 1));
    this.body.style.height = `${sessions.length * this.rowHeight}px`;
    this.current = Math.min(this.current, Math.max(0, sessions.length - 1));
    this.refresh();
  }

  /** Draws all rows in sight anew: there is news. */
  refresh(): void {
    this.arrange(true);
  }

  focus(session: string): void {
    const index = this.sessions.indexOf(session);
    if (index >= 0) this.go(index);
  }

  private measure(): void {
    const wanted = Number.parseFloat(getComputedStyle(this.node).getPropertyValue("--row")) || 64;
    this.rowHeight = wanted;
    this.body.style.height = `${this.sessions.length * wanted}px`;
    const needed = Math.ceil(this.node.clientHeight / wanted) + SPARE_ROWS;
    while (this.rows.length < needed) {
      const row = new Row(this.app);
      this.rows.push(row);
      this.body.append(row.node);
    }
    this.refresh();
  }

  private later(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.arrange(false);
    });
  }

  /** Gives each row in sight its viewer; one that has it already is left alone unless there is news. */
  private arrange(news: boolean): void {
    const count = this.rows.length;
    if (count === 0) return;
    this.first = Math.max(0, Math.floor(this.node.scrollTop / this.rowHeight) - 1);
    for (let index = this.first; index < this.first + count; index++) {
      const row = this.rows[index % count];
      const session = this.sessions[index];
      const seen = session === undefined ? undefined : this.app.store.viewers.get(session);
      row.node.hidden = seen === undefined;
      if (!seen) {
        row.session = "";
        continue;
      }
      const other = row.index !== index || row.session !== session;
      if (other) row.node.style.transform = `translateY(${index * this.rowHeight}px)`;
      row.button.tabIndex = index === this.current ? 0 : -1;
      if (news || other) row.show(seen, index, session === this.opened);
    }
    if (this.current < this.first || this.current >= this.first + count) {
      const shown = this.rows[this.first % count];
      shown.button.tabIndex = 0;
    }
  }

  private clicked(event: Event): void {
    const row = this.rowOf(event);
    if (!row || getSelection()?.toString()) return;
    this.current = row.index;
    this.open(row.session);
  }

  private pressed(event: KeyboardEvent): void {
    const row = this.rowOf(event);
    if (!row) return;
    const page = Math.max(1, Math.floor(this.node.clientHeight / this.rowHeight) - 1);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    this.go(Math.min(this.sessions.length - 1, Math.max(0, row.index + step)));
  }

  /** Brings a row into sight and sets the focus on it. */
  private go(index: number): void {
    this.current = index;
    const top = index * this.rowHeight;
    const head = this.table.tHead?.offsetHeight ?? 0;
    const { scrollTop, clientHeight } = this.node;
    if (top < scrollTop) this.node.scrollTop = top;
    else if (top + this.rowHeight > scrollTop + clientHeight - head) this.node.scrollTop = top + this.rowHeight - clientHeight + head;
    this.arrange(false);
    this.rows.find((row) => row.index === index && !row.node.hidden)?.button.focus({ preventScroll: true });
  }

  private rowOf(event: Event): Row | undefined {
    const node = (event.target as Element).closest("tr");
    return this.rows.find((row) => row.node === node && row.session !== "");
  }
}
