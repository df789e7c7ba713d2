/**
 * Which frame of the clip the device was given, and when: a clock beside its own.
 *
 * The clip's frames carry their number in their upper left corner, as 12 squares of 16 px, black or white. It is read
 * from each picture on its way to the worker, which is where every picture goes.
 */

import type { Page } from "playwright-core";

/** A picture that was handed to the worker. */
export interface Mark {
  /** Its number in the clip. */
  frame: number;
  /** When it was taken, as the device says: session time, seconds. */
  timeS: number;
  /** When it was handed over, milliseconds since 1970. */
  atMs: number;
}

/** Note them from the page's first moment, and count how often the camera is asked for. */
export async function noteMarks(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const marks: Mark[] = ((window as any).marks = []);
    (window as any).camerasAsked = 0;
    const { mediaDevices } = navigator;
    const ask = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = (wanted) => {
      (window as any).camerasAsked++;
      return ask(wanted);
    };
    const context = new OffscreenCanvas(192, 1).getContext("2d", { willReadFrequently: true })!;
    const hand = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (this: Worker, message: any, ...rest: any[]): void {
      if (message?.type === "shot") {
        context.drawImage(message.shot as VideoFrame, 0, 8, 192, 1, 0, 0, 192, 1);
        const { data } = context.getImageData(0, 0, 192, 1);
        let frame = 0;
        for (let bit = 0; bit < 12; bit++) frame += data[4 * (16 * bit + 8)] > 127 ? 2 ** bit : 0;
        marks.push({ frame, timeS: message.timeS as number, atMs: performance.timeOrigin + performance.now() });
      }
      hand.apply(this, [message, ...rest] as any);
    } as typeof hand;
  });
}

export const marksOf = (page: Page): Promise<Mark[]> => page.evaluate(() => (window as any).marks as Mark[]);
