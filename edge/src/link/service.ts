/** What the page asks the service over HTTP: what to tell, what was agreed, taking it back, a new token. */

/** What the law of a place wants a viewer to be told and asked. */
export interface Disclosure {
  policy: string;
  version: string;
  purposes_needed: string[];
  purposes_offered: string[];
  release_needed: boolean;
  least_age: number;
  rows_days: number;
  audit_days: number;
  /** Kinds of what may be shown because of the face: those that both the policy and the catalogue know. */
  kinds_shown: string[];
}

/** What a viewer agrees to, and has been told and said. */
export interface Agreed {
  purposes: string[];
  text_version: string;
  disclosed: boolean;
  released: boolean;
  age_at_least: number;
}

/** Whether the face may be read now; where not, why. */
export interface MayRead {
  may_read: boolean;
  why: string;
}

/** That all was taken back. */
export interface Receipt {
  receipt: string;
  at: string;
  deleted: Record<string, number>;
}

/** The service said no, or was not to be had (`status` 0). */
export class ServiceError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** One session's HTTP calls. */
export class Service {
  /** @param base address of the service, such as `https://live.shop.example` */
  constructor(
    readonly base: string,
    private token: string,
    private readonly fetcher: typeof fetch = (...args) => fetch(...args),
  ) {}

  /** Where rows go. */
  get socketUrl(): string {
    return `${this.base.replace(/^http/, "ws").replace(/\/$/, "")}/v1/watch`;
  }

  /** The token as it stands. */
  get currentToken(): string {
    return this.token;
  }

  disclosure(place: string): Promise<Disclosure> {
    return this.ask("GET", `/v1/disclosure?place=${encodeURIComponent(place)}`);
  }

  agree(agreed: Agreed): Promise<MayRead> {
    return this.ask("PUT", "/v1/consent", agreed);
  }

  withdraw(): Promise<Receipt> {
    return this.ask("DELETE", "/v1/consent");
  }

  async optOut(out: boolean): Promise<void> {
    await this.ask("PUT", `/v1/opt-out?out=${out}`);
  }

  /** A new token for the same session. */
  async renew(): Promise<void> {
    const { token } = await this.ask<{ token: string }>("POST", "/v1/sessions/renew");
    this.token = token;
  }

  private async ask<T>(method: string, path: string, body?: object): Promise<T> {
    const headers: Record<string, string> = { authorization: `Bearer ${this.token}` };
    if (body) headers["content-type"] = "application/json";
    let answer: Response;
    try {
      const url = this.base.replace(/\/$/, "") + path;
      // No cookie of the shop goes along: the token says all there is to say.
      const asked: RequestInit = { method, headers, credentials: "omit", cache: "no-store" };
      answer = await this.fetcher(url, body ? { ...asked, body: JSON.stringify(body) } : asked);
    } catch {
      throw new ServiceError(0, "the service cannot be reached");
    }
    const told: unknown = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
    if (!answer.ok) throw new ServiceError(answer.status, detailOf(told) || `the service answered ${answer.status}`);
    return told as T;
  }
}

function detailOf(told: unknown): string {
  const detail = (told as { detail?: unknown } | null)?.detail;
  return typeof detail === "string" ? detail : "";
}

/** What a token says of itself: its viewer, session and place, and when it ends. It is not trusted, only looked at. */
export interface TokenSays {
  viewer: string;
  session: string;
  place: string;
  endsMs: number;
  issuedMs: number;
}

/** Read a token's middle part. */
export function readToken(token: string): TokenSays {
  try {
    const middle = token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    const claims = JSON.parse(atob(middle)) as Record<string, unknown>;
    return {
      viewer: String(claims.sub ?? ""),
      session: String(claims.session),
      place: String(claims.jurisdiction ?? ""),
      endsMs: Number(claims.exp) * 1000,
      issuedMs: Number(claims.iat) * 1000,
    };
  } catch {
    throw new Error("options.token is not a viewer's token: pass on what POST /v1/sessions answered");
  }
}
