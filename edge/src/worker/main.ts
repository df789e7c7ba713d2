/** The worker's own script: messages in their order, each answered before the next is looked at. */

import type { NumberedRow } from "../link/wire";
import type { FromWorker, ToWorker } from "./protocol";
import { Reading } from "./reading";

/** What this file needs of a worker's global object. */
interface Scope {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker, transfer: Transferable[]): void;
}

const scope = self as unknown as Scope;
const reading = new Reading(() => performance.now());
let last: Promise<void> = Promise.resolve();

scope.onmessage = ({ data }) => {
  last = last.then(async () => {
    const answer = await reading.answer(data);
    scope.postMessage(answer, "rows" in answer ? buffersOf(answer.rows) : []);
  });
};

/** Each row owns its numbers, so they need not be copied on their way. */
const buffersOf = (rows: readonly NumberedRow[]): Transferable[] => rows.map(({ values }) => values.buffer as ArrayBuffer);
