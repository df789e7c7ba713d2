/** Keeps the session's token alive: renewed well before it ends, whatever else goes on. */

import { readToken, ServiceError, type Service } from "./service";

/** Share of a token's life after which it is renewed. */
const RENEW_AFTER = 0.6;
const LEAST_MS = 1_000;
const AGAIN_MS = 10_000;

/** Renews until it is stopped or refused. */
export class Renewal {
  private timer: ReturnType<typeof setTimeout> | null = null;
  private running: Promise<boolean> | null = null;

  /** @param onRefused the token has run out, or opens nothing any more */
  constructor(
    private readonly service: Service,
    private readonly onRefused: () => void,
  ) {}

  start(): void {
    this.plan(this.lifeMs() * RENEW_AFTER);
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  /** Renew now; whether the token is good. A service that is not to be had has not said no. */
  now(): Promise<boolean> {
    this.running ??= this.renew().finally(() => (this.running = null));
    return this.running;
  }

  private async renew(): Promise<boolean> {
    try {
      await this.service.renew();
      if (this.timer !== null) this.start();
      return true;
    } catch (error) {
      if (error instanceof ServiceError && (error.status === 401 || error.status === 403)) {
        this.stop();
        this.onRefused();
        return false;
      }
      if (this.timer !== null) this.plan(AGAIN_MS);
      return true;
    }
  }

  /** By the token's own two times: the device's clock may be wrong. */
  private lifeMs(): number {
    const { issuedMs, endsMs } = readToken(this.service.currentToken);
    return endsMs - issuedMs;
  }

  private plan(afterMs: number): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.now(), Math.max(LEAST_MS, afterMs));
  }
}
