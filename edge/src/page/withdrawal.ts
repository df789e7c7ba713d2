/** Taking all back: asked for until there is a receipt, over breaks and over pages. */

import type { Receipt, Service } from "../link/service";
import type { Memory } from "./memory";

export class Withdrawal {
  private running: Promise<Receipt | null> | null = null;

  /** @param viewer whose token it is, by the shop's pseudonym */
  constructor(
    private readonly service: Pick<Service, "withdraw">,
    private readonly memory: Memory,
    private readonly viewer: string,
  ) {}

  /** Whether this viewer took all back, and there is no receipt yet. Somebody else's waits until they are back. */
  get pending(): boolean {
    return this.viewer !== "" && this.memory.withdrawing === this.viewer;
  }

  /** Ask, once at a time; the receipt, or null where there is none yet. */
  send(): Promise<Receipt | null> {
    this.memory.withdrawing = this.viewer;
    this.running ??= this.ask().finally(() => (this.running = null));
    return this.running;
  }

  private async ask(): Promise<Receipt | null> {
    try {
      const receipt = await this.service.withdraw();
      this.memory.withdrawing = "";
      return receipt;
    } catch (error) {
      console.warn("telltale: nothing is deleted yet, the withdrawal is sent again", error);
      return null;
    }
  }
}
