/** The few picture operations that motion is made of: OpenCV's, for square float32 planes. */

const reflections = new Map<number, Int32Array>();

/** Indices from -reach to n + reach - 1 folded back at the border, the border's own pixel once (REFLECT_101). */
function reflected(n: number, reach: number): Int32Array {
  const key = n * 256 + reach;
  let table = reflections.get(key);
  if (table === undefined) {
    table = new Int32Array(n + 2 * reach);
    for (let i = 0; i < table.length; i++) {
      const at = Math.abs(i - reach);
      table[i] = n === 1 ? 0 : at < n ? at : 2 * (n - 1) - at;
    }
    reflections.set(key, table);
  }
  return table;
}

/** The mean over a square of `width` points (odd) about each point of a plane (side, side). */
export function meanAround(values: Float32Array, side: number, width: number): Float32Array {
  const reach = width >> 1;
  const folded = reflected(side, reach);
  const lines = new Float32Array(side * side);
  const sums = new Float64Array(side);
  for (let k = 0; k < width; k++) add(values, folded[k] * side, sums, 1);
  for (let row = 0; row < side; row++) {
    lines.set(sums, row * side);
    if (row + 1 === side) break;
    exchange(values, folded[row + width] * side, folded[row] * side, sums);
  }
  const share = 1 / (width * width);
  const mean = new Float32Array(side * side);
  for (let row = 0; row < side; row++) {
    const from = row * side;
    let sum = 0;
    for (let k = 0; k < width; k++) sum += lines[from + folded[k]];
    for (let column = 0; column < side; column++) {
      mean[from + column] = sum * share;
      if (column + 1 < side) sum += lines[from + folded[column + width]] - lines[from + folded[column]];
    }
  }
  return mean;
}

function add(values: Float32Array, from: number, sums: Float64Array, sign: number): void {
  for (let i = 0; i < sums.length; i++) sums[i] += sign * values[from + i];
}

function exchange(values: Float32Array, comes: number, goes: number, sums: Float64Array): void {
  for (let i = 0; i < sums.length; i++) sums[i] += values[comes + i] - values[goes + i];
}

/** The median of all values. */
export function median(values: Float32Array): number {
  const inOrder = Float32Array.from(values).sort();
  const middle = inOrder.length >> 1;
  return inOrder.length % 2 ? inOrder[middle] : Math.fround(inOrder[middle - 1] + inOrder[middle]) / 2;
}

/** Means of squares of a plane (side, side), down to (wanted, wanted); `wanted` goes into `side`. */
export function pool(values: Float32Array, side: number, wanted: number): Float32Array {
  const by = side / wanted;
  if (by <= 1) return values;
  const share = 1 / (by * by);
  const means = new Float32Array(wanted * wanted);
  for (let row = 0, to = 0; row < wanted; row++) {
    for (let column = 0; column < wanted; column++, to++) {
      let sum = 0;
      for (let y = 0; y < by; y++) {
        const from = (row * by + y) * side + column * by;
        for (let x = 0; x < by; x++) sum += values[from + x];
      }
      means[to] = sum * share;
    }
  }
  return means;
}

/** Means of squares of the product of two planes: `pool(a * b)` in one pass. */
export function poolProduct(a: Float32Array, b: Float32Array, side: number, wanted: number): Float32Array {
  const by = side / wanted;
  const share = 1 / (by * by);
  const means = new Float32Array(wanted * wanted);
  for (let row = 0, to = 0; row < wanted; row++) {
    for (let column = 0; column < wanted; column++, to++) {
      let sum = 0;
      for (let y = 0; y < by; y++) {
        const from = (row * by + y) * side + column * by;
        for (let x = 0; x < by; x++) sum += a[from + x] * b[from + x];
      }
      means[to] = sum * share;
    }
  }
  return means;
}

/** Where each new point lies between two old ones, along one axis. */
interface Between {
  first: Int32Array;
  second: Int32Array;
  share: Float64Array;
}

const betweens = new Map<number, Between>();

function between(n: number, wanted: number): Between {
  const key = n * 65536 + wanted;
  let found = betweens.get(key);
  if (found === undefined) {
    found = { first: new Int32Array(wanted), second: new Int32Array(wanted), share: new Float64Array(wanted) };
    for (let i = 0; i < wanted; i++) {
      const at = ((i + 0.5) * n) / wanted - 0.5;
      const first = Math.floor(at);
      const inside = first >= 0 && first < n - 1;
      found.first[i] = inside ? first : first < 0 ? 0 : n - 1;
      found.second[i] = inside ? first + 1 : found.first[i];
      found.share[i] = inside ? at - first : 0;
    }
    betweens.set(key, found);
  }
  return found;
}

/** Linear interpolation of a plane (side, side) to (wanted, wanted), times `gain`; always a new array. */
export function stretch(
  values: Float32Array,
  side: number,
  wanted: number,
  gain = 1,
  into: Float32Array = new Float32Array(wanted * wanted),
): Float32Array {
  const { first, second, share } = between(side, wanted);
  const line = new Float64Array(side);
  for (let row = 0; row < wanted; row++) {
    const upper = first[row] * side, lower = second[row] * side, down = share[row];
    for (let i = 0; i < side; i++) {
      const value = values[upper + i];
      line[i] = gain * (value + down * (values[lower + i] - value));
    }
    const to = row * wanted;
    for (let column = 0; column < wanted; column++) {
      const value = line[first[column]];
      into[to + column] = value + share[column] * (line[second[column]] - value);
    }
  }
  return into;
}

/** Half as wide, smoothed first (1 4 6 4 1), so that fine texture does not turn into coarse: `pyrDown`. */
export function halve(values: Float32Array, side: number): Float32Array {
  const half = side >> 1;
  const folded = reflected(side, 2);
  const line = new Float64Array(side);
  const into = new Float32Array(half * half);
  for (let row = 0; row < half; row++) {
    const at = 2 * row;
    const a = folded[at] * side, b = folded[at + 1] * side, c = folded[at + 2] * side;
    const d = folded[at + 3] * side, e = folded[at + 4] * side;
    for (let i = 0; i < side; i++) {
      line[i] = values[a + i] + values[e + i] + 4 * (values[b + i] + values[d + i]) + 6 * values[c + i];
    }
    for (let column = 0; column < half; column++) {
      const k = 2 * column;
      const sum =
        line[folded[k]] + line[folded[k + 4]] + 4 * (line[folded[k + 1]] + line[folded[k + 3]]) + 6 * line[folded[k + 2]];
      into[row * half + column] = sum / 256;
    }
  }
  return into;
}

/** Scharr's gradient, x and y, per pixel. */
export function slopes(values: Float32Array, side: number): [Float32Array, Float32Array] {
  const folded = reflected(side, 1);
  const gradientX = new Float32Array(side * side);
  const gradientY = new Float32Array(side * side);
  for (let row = 0; row < side; row++) {
    const above = folded[row] * side, here = row * side, below = folded[row + 2] * side;
    for (let column = 0; column < side; column++) {
      const left = folded[column], right = folded[column + 2];
      const nw = values[above + left], ne = values[above + right];
      const sw = values[below + left], se = values[below + right];
      gradientX[here + column] = (3 * (ne - nw + se - sw) + 10 * (values[here + right] - values[here + left])) / 32;
      gradientY[here + column] = (3 * (sw - nw + se - ne) + 10 * (values[below + column] - values[above + column])) / 32;
    }
  }
  return [gradientX, gradientY];
}

const scratch = new Map<number, [Float32Array, Float32Array]>();

/**
 * `target` less values(x + u, y + v), for planes (side, side) and motion on a grid (g, g) that covers them.
 */
export function lessMoved(
  target: Float32Array,
  values: Float32Array,
  side: number,
  u: Float32Array,
  v: Float32Array,
  grid: number,
): Float32Array {
  let planes = scratch.get(side);
  if (planes === undefined) {
    planes = [new Float32Array(side * side), new Float32Array(side * side)];
    scratch.set(side, planes);
  }
  const across = stretch(u, grid, side, 1, planes[0]);
  const down = stretch(v, grid, side, 1, planes[1]);
  const into = new Float32Array(side * side);
  const last = side - 1;
  for (let row = 0, i = 0; row < side; row++) {
    for (let column = 0; column < side; column++, i++) {
      const x = clamp(column + across[i], last);
      const y = clamp(row + down[i], last);
      const left = x | 0, top = y | 0;
      const shareX = x - left, shareY = y - top;
      const from = top * side + left;
      const right = left < last ? 1 : 0;
      const below = top < last ? side : 0;
      const upper = values[from] + shareX * (values[from + right] - values[from]);
      const lower = values[from + below] + shareX * (values[from + below + right] - values[from + below]);
      into[i] = target[i] - (upper + shareY * (lower - upper));
    }
  }
  return into;
}

/** Value of a plane at a place, linear between points; past the border its last point. */
export function sampleAt(values: Float32Array, side: number, placeX: number, placeY: number): number {
  const last = side - 1;
  const x = clamp(placeX, last), y = clamp(placeY, last);
  const left = x | 0, top = y | 0;
  const shareX = x - left, shareY = y - top;
  const from = top * side + left;
  const right = left < last ? 1 : 0;
  const below = top < last ? side : 0;
  const upper = values[from] + shareX * (values[from + right] - values[from]);
  const lower = values[from + below] + shareX * (values[from + below + right] - values[from + below]);
  return upper + shareY * (lower - upper);
}

const clamp = (value: number, last: number): number => (value > 0 ? (value < last ? value : last) : 0);

/** Set a disc of a plane (side, side) to a value; its middle and radius are taken as whole numbers. */
export function disc(
  plane: Float32Array,
  side: number,
  [middleX, middleY]: readonly [number, number],
  radius: number,
  value: number,
): void {
  const x0 = Math.round(middleX), y0 = Math.round(middleY);
  const reach = Math.max(1, Math.round(radius));
  for (let y = Math.max(y0 - reach, 0); y <= Math.min(y0 + reach, side - 1); y++) {
    for (let x = Math.max(x0 - reach, 0); x <= Math.min(x0 + reach, side - 1); x++) {
      if ((x - x0) ** 2 + (y - y0) ** 2 <= reach * reach) plane[y * side + x] = value;
    }
  }
}
