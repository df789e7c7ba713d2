/** What a tab remembers of a session, so that another page of the shop goes on where the last one was. */

/** No reading is in it. */
export interface Remembered {
  /** When the session began, milliseconds of the tab's own clock. */
  beganMs?: number;
  /** What was agreed to, under which text. */
  agreed?: { purposes: string[]; text: string } | null;
  optedOut?: boolean;
}

/** A no holds for the tab, whichever session its next page is of: nobody is asked again and again. */
const DECLINED = "telltale:declined";
/** A withdrawal outlives its session too: the shop opens another one for its next page. */
const WITHDRAWING = "telltale:withdrawing";

/** Of one session; where the browser stores nothing, of one page. */
export class Memory {
  private held: Remembered;
  private no: boolean;
  private leaving: string;

  constructor(
    session: string,
    private readonly storage: Pick<Storage, "getItem" | "setItem"> | null = tabStorage(),
    private readonly key = `telltale:${session}`,
  ) {
    this.held = this.read();
    this.no = this.stored(DECLINED) === "yes";
    this.leaving = this.stored(WITHDRAWING);
  }

  get now(): Readonly<Remembered> {
    return this.held;
  }

  change(values: Remembered): void {
    this.held = { ...this.held, ...values };
    this.store(this.key, JSON.stringify(this.held));
  }

  /** Whether the viewer said no in this tab. */
  get declined(): boolean {
    return this.no;
  }

  set declined(no: boolean) {
    this.no = no;
    this.store(DECLINED, no ? "yes" : "");
  }

  /** The viewer, by the shop's pseudonym, whose withdrawal has no receipt yet; empty where there is none. */
  get withdrawing(): string {
    return this.leaving;
  }

  set withdrawing(viewer: string) {
    this.leaving = viewer;
    this.store(WITHDRAWING, viewer);
  }

  private store(key: string, text: string): void {
    try {
      this.storage?.setItem(key, text);
    } catch {
      // Full, or forbidden: then it lasts as long as the page.
    }
  }

  private stored(key: string): string {
    try {
      return this.storage?.getItem(key) ?? "";
    } catch {
      return "";
    }
  }

  private read(): Remembered {
    try {
      const found: unknown = JSON.parse(this.stored(this.key) || "{}");
      return typeof found === "object" && found !== null ? found : {};
    } catch {
      return {};
    }
  }
}

function tabStorage(): Storage | null {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}
