/** From what a camera gives to the bytes that the reader takes. Every picture is let go of as soon as it was copied. */

import type { Picture } from "../picture/picture";
import type { Shot } from "./protocol";

/** Longer sides are made so long: more pixels tell no more of a face, and cost. */
export const MOST_PX = 640;

/** Whether pictures can be drawn where this runs. */
export const canDraw = (): boolean => {
  try {
    return new OffscreenCanvas(1, 1).getContext("2d") !== null;
  } catch {
    return false;
  }
};

/** Copies pictures into memory that it keeps for the next one. */
export class Copier {
  private bytes = new Uint8Array(0);
  private canvas: OffscreenCanvas | null = null;
  private direct = true;

  /** The picture's pixels, until the next call. */
  async copy(shot: Shot): Promise<Picture> {
    if ("data" in shot) return shot;
    try {
      return (await this.copied(shot)) ?? this.drawn(shot);
    } finally {
      shot.close();
    }
  }

  /** Straight from the camera's frame, where the browser turns its colours itself and the size fits. */
  private async copied(shot: VideoFrame | ImageBitmap): Promise<Picture | null> {
    if (!this.direct || !("copyTo" in shot) || Math.max(shot.displayWidth, shot.displayHeight) > MOST_PX) return null;
    const rect = shot.visibleRect;
    if (rect === null || rect.width !== shot.displayWidth || rect.height !== shot.displayHeight) return null;
    try {
      // Turned colours are not in every browser's, nor in TypeScript's, `copyTo` yet.
      const options = { format: "RGBA", colorSpace: "srgb" } as VideoFrameCopyToOptions;
      const size = shot.allocationSize(options);
      if (size !== 4 * rect.width * rect.height) throw new Error("the colours were not turned");
      if (this.bytes.length !== size) this.bytes = new Uint8Array(size);
      await shot.copyTo(this.bytes, options);
      return { width: rect.width, height: rect.height, data: this.bytes };
    } catch {
      this.direct = false;
      return null;
    }
  }

  private drawn(shot: VideoFrame | ImageBitmap): Picture {
    const [width, height] = "displayWidth" in shot ? [shot.displayWidth, shot.displayHeight] : [shot.width, shot.height];
    const share = Math.min(1, MOST_PX / Math.max(width, height));
    const [w, h] = [Math.round(width * share), Math.round(height * share)];
    if (this.canvas?.width !== w || this.canvas.height !== h) this.canvas = new OffscreenCanvas(w, h);
    const context = this.canvas.getContext("2d", { willReadFrequently: true, alpha: false });
    if (context === null) throw new Error("this browser cannot draw in a worker");
    context.imageSmoothingQuality = "medium";
    context.drawImage(shot, 0, 0, w, h);
    return context.getImageData(0, 0, w, h);
  }
}
