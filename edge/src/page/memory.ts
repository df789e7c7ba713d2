/** What a tab remembers of a session, so that another page of the shop goes on where the last one was. */

/** No reading is in it. */
export interface Remembered {
  /** When the session began, milliseconds of the tab's own clock. */
  beganMs?: number;
  /** What was agreed to, under which text. */
  agreed?: { purposes: string[]; text: string };
  /** The viewer said no: they are not asked again in this tab. */
  declined?: boolean;
  optedOut?: boolean;
}

/** Of one session; where the browser stores nothing, of one page. */
export class Memory {
  private held: Remembered;

  constructor(
    session: string,
    private readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem"> | null = tabStorage(),
    private readonly key = `telltale:${session}`,
  ) {
    this.held = this.read();
  }

  get now(): Readonly<Remembered> {
    return this.held;
  }

  change(values: Remembered): void {
    this.held = { ...this.held, ...values };
    try {
      this.storage?.setItem(this.key, JSON.stringify(this.held));
    } catch {
      // Full, or forbidden: then it lasts as long as the page.
    }
  }

  private read(): Remembered {
    try {
      const found: unknown = JSON.parse(this.storage?.getItem(this.key) ?? "{}");
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
