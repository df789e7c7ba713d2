/** Pictures made smaller by the mean over what each new pixel covers: OpenCV's `INTER_AREA`. */

import { bytesOf, type Part, type Picture } from "./picture";

/** Which pixels one new pixel covers along an axis, and by how much of it. */
interface Covers {
  first: Int32Array;
  /** Where the weights of each new pixel begin; one more than there are pixels. */
  starts: Int32Array;
  weights: Float64Array;
}

/** Parts of a pixel thinner than this are left out, as in OpenCV. */
const THIN = 1e-3;

const known = new Map<number, Covers>();

function covers(length: number, wanted: number): Covers {
  const key = length * 65536 + wanted;
  let found = known.get(key);
  if (found === undefined) {
    found = computeCovers(length, wanted);
    known.set(key, found);
  }
  return found;
}

function computeCovers(length: number, wanted: number): Covers {
  const scale = length / wanted;
  const first = new Int32Array(wanted);
  const starts = new Int32Array(wanted + 1);
  const weights: number[] = [];
  for (let i = 0; i < wanted; i++) {
    const from = i * scale;
    const to = from + scale;
    const cell = Math.min(scale, length - from);
    const end = Math.min(Math.floor(to), length - 1);
    const begin = Math.min(Math.ceil(from), end);
    const before = begin - from > THIN;
    first[i] = before ? begin - 1 : begin;
    if (before) weights.push((begin - from) / cell);
    for (let x = begin; x < end; x++) weights.push(1 / cell);
    if (to - end > THIN) weights.push(Math.min(to - end, 1, cell) / cell);
    starts[i + 1] = weights.length;
  }
  return { first, starts, weights: Float64Array.from(weights) };
}

/**
 * The colours of a part of a picture, made smaller, in whole grey levels.
 *
 * @returns (height, width, 3)
 */
export function shrinkColours(picture: Picture, part: Part, width: number, height: number): Float32Array {
  const bytes = bytesOf(picture);
  const { data } = picture;
  const across = covers(part.right - part.left, width);
  const down = covers(part.bottom - part.top, height);
  const halved = part.right - part.left === 2 * width && part.bottom - part.top === 2 * height;
  const into = new Float32Array(width * height * 3);
  const line = new Float64Array(width * 3);
  for (let row = 0; row < height; row++) {
    line.fill(0);
    for (let k = down.starts[row]; k < down.starts[row + 1]; k++) {
      const y = part.top + down.first[row] + k - down.starts[row];
      const weight = down.weights[k];
      for (let column = 0; column < width; column++) {
        let from = (y * picture.width + part.left + across.first[column]) * bytes;
        let red = 0, green = 0, blue = 0;
        for (let j = across.starts[column]; j < across.starts[column + 1]; j++, from += bytes) {
          const share = across.weights[j];
          red += share * data[from];
          green += share * data[from + 1];
          blue += share * data[from + 2];
        }
        line[3 * column] += weight * red;
        line[3 * column + 1] += weight * green;
        line[3 * column + 2] += weight * blue;
      }
    }
    for (let i = 0; i < line.length; i++) {
      // Halves are rounded up where four pixels become one, else to the even side.
      into[row * width * 3 + i] = halved ? Math.floor(line[i] + 0.5) : roundEven(line[i]);
    }
  }
  return into;
}

/** A part of a plane, made smaller. */
export function shrinkPlane(
  plane: Float32Array,
  stride: number,
  part: Part,
  width: number,
  height: number,
): Float32Array {
  const across = covers(part.right - part.left, width);
  const down = covers(part.bottom - part.top, height);
  const into = new Float32Array(width * height);
  const narrow = narrowed(plane, stride, part, across, width);
  for (let row = 0; row < height; row++) {
    for (let k = down.starts[row]; k < down.starts[row + 1]; k++) {
      const from = (down.first[row] + k - down.starts[row]) * width;
      const weight = down.weights[k];
      for (let column = 0, to = row * width; column < width; column++) into[to++] += weight * narrow[from + column];
    }
  }
  return into;
}

/** The lines of a part of a plane, made shorter. */
function narrowed(plane: Float32Array, stride: number, part: Part, across: Covers, width: number): Float32Array {
  const { first, starts, weights } = across;
  const lines = part.bottom - part.top;
  const into = new Float32Array(lines * width);
  for (let line = 0, to = 0; line < lines; line++) {
    const begin = (part.top + line) * stride + part.left;
    for (let column = 0; column < width; column++) {
      let from = begin + first[column];
      let sum = 0;
      for (let j = starts[column]; j < starts[column + 1]; j++) sum += weights[j] * plane[from++];
      into[to++] = sum;
    }
  }
  return into;
}

/** Nearest whole number, halves to the even side, as Python and C round. */
export function roundEven(value: number): number {
  // Sums of shares err in the last bits: what is within them of a half is one.
  const floor = Math.floor(value);
  const rest = value - floor;
  if (Math.abs(rest - 0.5) < 1e-9) return floor % 2 === 0 ? floor : floor + 1;
  return rest < 0.5 ? floor : floor + 1;
}
