/** Asks the server. Every fault is an `ApiError` with one clear line and the status. */
import type * as T from "./types.ts";

export class ApiError extends Error {
  constructor(
    /** 0 where no answer came. */
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Called when an answer says that nobody is logged in (any more). */
let onLoggedOut: () => void = () => undefined;
export function whenLoggedOut(then: () => void): void {
  onLoggedOut = then;
}

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(path, { credentials: "same-origin", ...init });
  } catch {
    throw new ApiError(0, "");
  }
  if (answer.ok) return answer;
  const body: unknown = await answer.json().catch(() => null);
  const detail = (body as { detail?: unknown } | null)?.detail;
  if (answer.status === 401 && !path.startsWith("/v1/operator/")) onLoggedOut();
  throw new ApiError(answer.status, typeof detail === "string" ? detail : "");
}

async function get<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
  return (await ask(path, signal ? { signal } : {})).json() as Promise<Answer>;
}

async function post<Answer>(path: string, body: unknown): Promise<Answer> {
  const answer = await ask(path, {
    method: "POST",
    headers: { "content-type": "application/json", "x-telltale": "studio" },
    body: JSON.stringify(body ?? {}),
  });
  return (answer.status === 204 ? undefined : await answer.json()) as Answer;
}

function query(fields: Record<string, string | number | undefined>): string {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== "");
  return given.length ? `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}` : "";
}

const recording = (source: T.Source, session: string): string =>
  `/v1/recordings/${source}/${encodeURIComponent(session)}`;

export const api = {
  me: () => get<T.Me>("/v1/operator/me"),
  login: (name: string, password: string) => post<T.Me>("/v1/operator/login", { name, password }),
  logout: () => post<void>("/v1/operator/logout", {}),
  overview: () => get<T.Overview>("/v1/overview"),
  setSwitch: (on: boolean, why: string) => post<T.Switch>("/v1/switch", { on, why }),
  switches: () => get<T.Switch[]>("/v1/switches"),
  setPart: (scope: string, on: boolean, why: string) => post<T.PartTurn>("/v1/switch/part", { scope, on, why }),
  partTurns: () => get<T.PartTurn[]>("/v1/switches/parts"),
  decisions: (
    fields: { limit?: number; before?: string | number; session?: string; outcome?: string },
    signal?: AbortSignal,
  ) => get<{ decisions: T.Decision[]; next: string | number | null }>(`/v1/decisions${query(fields)}`, signal),
  ratio: () => get<{ experiments: T.Experiment[] }>("/v1/decisions/ratio"),
  exportUrl: "/v1/decisions/exposures.parquet",
  recordings: () => get<{ recordings: T.Recording[] }>("/v1/recordings"),
  rows: async (source: T.Source, session: string): Promise<Float32Array> =>
    new Float32Array(await (await ask(`${recording(source, session)}/rows`)).arrayBuffer()),
  track: (source: T.Source, session: string) => get<T.Track>(`${recording(source, session)}/track`),
  videoUrl: (source: T.Source, session: string): string => `${recording(source, session)}/video`,
  study: () => get<T.Study>("/v1/study"),
  /** Another one whenever the page is. */
  reportTag: async (url: string): Promise<string | null> =>
    (await ask(url, { method: "HEAD", cache: "no-store" })).headers.get("etag"),
  consents: (viewer: string, limit: number) =>
    get<{ consents: T.Consent[]; statements: T.Statement[] }>(`/v1/audit/consents${query({ viewer, limit })}`),
  receipts: () => get<{ receipts: T.Receipt[] }>("/v1/audit/receipts"),
  withdraw: (viewer: string) => post<T.Receipt>("/v1/audit/withdraw", { viewer }),
};
