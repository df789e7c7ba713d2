/** Who is here, what the server is, and the news: what every page may ask. */
import { api } from "../api/client.ts";
import { WallSocket } from "../api/socket.ts";
import { type Me, type Overview, type PartTurn, type Permission, PERMISSIONS, type Switch } from "../api/types.ts";
import { Store } from "../wall/store.ts";

const POLL_MS = 5000;

export class App {
  readonly store = new Store();
  overview: Overview | null = null;
  switch: Switch | null = null;
  /** Rooms and interventions that are stopped, by scope. */
  readonly stopped = new Map<string, PartTurn>();
  /** Whether news comes; null before the first. */
  live: boolean | null = null;
  /** When the news ended, by this page's clock, ms. */
  lostAt = 0;
  private socket: WallSocket | null = null;
  private poll = 0;
  private over = false;
  private readonly listeners = new Set<() => void>();

  constructor(readonly me: Me) {}

  may(permission: Permission): boolean {
    return this.me.permissions.includes(PERMISSIONS[permission]);
  }

  /** Calls `then` at each news; what is returned ends it. */
  onNews(then: () => void): () => void {
    this.listeners.add(then);
    return () => this.listeners.delete(then);
  }

  /** The frame is built anew: what the old one listened with is let go. */
  forget(): void {
    this.listeners.clear();
  }

  async start(): Promise<void> {
    const looked = this.look();
    if (this.may("wall")) this.listen(looked);
    await looked;
    if (!this.over) this.poll = window.setInterval(() => void this.look(), POLL_MS);
  }

  end(): void {
    this.over = true;
    clearInterval(this.poll);
    this.socket?.close();
    this.listeners.clear();
  }

  setSwitch(to: Switch): void {
    this.switch = to;
    this.tell();
  }

  setPart(turn: PartTurn): void {
    if (turn.on) this.stopped.delete(turn.scope);
    else this.stopped.set(turn.scope, turn);
    this.tell();
  }

  /** The least of the catalogue's thresholds: from there on something may be shown. */
  get threshold(): number {
    const all = this.overview?.catalogue.map((one) => one.threshold) ?? [];
    return all.length ? Math.min(...all) : 0.5;
  }

  /** The news is asked for at once, and shown when the thresholds are known. */
  private listen(looked: Promise<void>): void {
    this.socket = new WallSocket("/v1/wall", {
      message: (message) => {
        this.store.apply(message);
        this.switch = message.switch;
        void looked.then(() => this.tell());
      },
      live: (live) => this.setLive(live),
      refused: () => void this.look(),
    });
  }

  /** The overview; with it the switch, for roles that have no wall. */
  private async look(): Promise<void> {
    try {
      const [overview, turns] = await Promise.all([api.overview(), api.partTurns()]);
      this.overview = overview;
      this.stopped.clear();
      // The latest turn of a scope comes first and counts.
      const seen = new Set<string>();
      for (const turn of turns) {
        if (!seen.has(turn.scope) && !turn.on) this.stopped.set(turn.scope, turn);
        seen.add(turn.scope);
      }
      if (!this.may("wall") || this.switch === null) this.switch = this.overview.switch;
      if (!this.may("wall")) this.setLive(true);
    } catch {
      if (!this.may("wall")) this.setLive(false);
    }
    this.tell();
  }

  private setLive(live: boolean): void {
    if (!live && this.live !== false) this.lostAt = Date.now();
    this.live = live;
    this.tell();
  }

  private tell(): void {
    if (this.over) return;
    for (const then of [...this.listeners]) then();
  }
}
