/** The last rows, for sending again after a break. */

import { MOST_ROWS, type NumberedRow } from "./wire";

/** Keeps the last 56 s of rows by their numbers; while the tab was hidden there are none. */
export class Kept {
  private rows: NumberedRow[] = [];
  private latest = 0;

  /** Keep a row; one whose number was used already is not kept. */
  add(row: NumberedRow): boolean {
    if (row.number <= this.latest) return false;
    this.latest = row.number;
    this.rows.push(row);
    const oldest = row.number - MOST_ROWS;
    while (this.rows[0].number <= oldest) this.rows.shift();
    return true;
  }

  /** Number of the latest row; 0 before the first. */
  get last(): number {
    return this.latest;
  }

  /** Number of the oldest row that can be sent again; of the next one where none can. */
  get from(): number {
    return this.rows.length > 0 ? this.rows[0].number : this.latest + 1;
  }

  /** Rows from a number on, in stretches without a gap: each fits one message. */
  stretches(from: number): NumberedRow[][] {
    const found: NumberedRow[][] = [];
    for (const row of this.rows) {
      if (row.number < from) continue;
      const stretch = found.at(-1);
      if (stretch && stretch.at(-1)?.number === row.number - 1) stretch.push(row);
      else found.push([row]);
    }
    return found;
  }

  /** Nothing of the viewer stays in memory. */
  forget(): void {
    this.rows = [];
  }
}
