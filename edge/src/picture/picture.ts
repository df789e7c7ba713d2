/** A picture as cameras and canvases give it, and its luma. */

/** One upright picture, row by row. */
export interface Picture {
  width: number;
  height: number;
  /** RGB or RGBA, 0 to 255; alpha is not looked at. */
  data: Uint8Array | Uint8ClampedArray;
}

/** A part of a picture: what a crop shows of it. */
export interface Part {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Bytes for one pixel, 3 or 4. */
export function bytesOf(picture: Picture): 3 | 4 {
  const bytes = picture.data.length / (picture.width * picture.height);
  if (bytes !== 3 && bytes !== 4) {
    throw new Error(`a picture of ${picture.width} x ${picture.height} has ${picture.data.length} bytes`);
  }
  return bytes;
}

/** Luma (Rec. 601) of a part in whole grey levels, by OpenCV's 15-bit weights. */
export function lumaOf(picture: Picture, part: Part): { plane: Float32Array; width: number; height: number } {
  const bytes = bytesOf(picture);
  const { data } = picture;
  const width = part.right - part.left;
  const height = part.bottom - part.top;
  const plane = new Float32Array(width * height);
  for (let y = 0, to = 0; y < height; y++) {
    let from = ((part.top + y) * picture.width + part.left) * bytes;
    for (let x = 0; x < width; x++, to++, from += bytes) {
      plane[to] = (data[from] * 9798 + data[from + 1] * 19235 + data[from + 2] * 3735 + 16384) >> 15;
    }
  }
  return { plane, width, height };
}
