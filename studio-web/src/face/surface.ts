/** The skin as tone: a small software renderer of the mesh, smooth shades, no lines. */
import type { Basis } from "./basis.ts";
import type { Shape } from "./shape.ts";

/** Centimetres of the paper that the picture shows, in the frame of `Shape.flat`. */
export const VIEW = { left: -12.5, top: -17.5, width: 25, height: 33 } as const;

/** Light from the upper left of the paper, towards the face. */
const LIGHT = normalised(-0.42, 0.55, 0.82);

export class Surface {
  readonly canvas = document.createElement("canvas");
  private readonly context: CanvasRenderingContext2D;
  private readonly picture: ImageData;
  private readonly pixels: Uint32Array;
  private readonly depth: Float32Array;
  private readonly triangles: Uint16Array;
  private readonly normals: Float32Array;
  private readonly tone: Float32Array;
  private readonly fade: Float32Array;
  private readonly scale: number;

  constructor(
    basis: Basis,
    readonly width: number,
  ) {
    const height = Math.round((width * VIEW.height) / VIEW.width);
    this.scale = width / VIEW.width;
    this.canvas.width = width;
    this.canvas.height = height;
    this.context = this.canvas.getContext("2d") as CanvasRenderingContext2D;
    this.picture = this.context.createImageData(width, height);
    this.pixels = new Uint32Array(this.picture.data.buffer);
    this.depth = new Float32Array(width * height);
    this.triangles = bothHalves(basis);
    this.normals = new Float32Array(basis.count * 6);
    this.tone = new Float32Array(basis.count * 2);
    this.fade = fading(basis);
  }

  /** Draws `shape` in one ink: its shadows on light paper, its lights (a plaster head) on dark paper. */
  draw(shape: Shape, ink: readonly [number, number, number], dark: boolean): void {
    setNormals(this.normals, this.triangles, shape.solid);
    this.setTones(dark);
    this.pixels.fill(0);
    this.depth.fill(0);
    const colour = ink[0] | (ink[1] << 8) | (ink[2] << 16);
    for (let k = 0; k < this.triangles.length; k += 3) this.fill(shape.flat, k, this.pixels, colour);
    this.context.putImageData(this.picture, 0, 0);
  }

  private setTones(dark: boolean): void {
    const { normals, tone, fade } = this;
    for (let k = 0; k < tone.length; k++) {
      const nx = normals[3 * k];
      const ny = normals[3 * k + 1];
      const nz = normals[3 * k + 2];
      const lit = Math.max(0, nx * LIGHT[0] + ny * LIGHT[1] + nz * LIGHT[2]);
      const edge = 1 - Math.max(0, nz);
      const rim = edge * edge * edge;
      const value = dark ? 0.16 + 0.5 * lit - 0.12 * rim : 0.3 * (1 - lit) + 0.42 * rim;
      tone[k] = 255 * Math.min(1, value) * fade[k];
    }
  }

  /** One triangle, where it is nearest; the weights of its corners change evenly along a row of pixels. */
  private fill(flat: Float32Array, k: number, pixels: Uint32Array, colour: number): void {
    const { width, depth, tone, triangles, scale } = this;
    const a = triangles[k];
    const b = triangles[k + 1];
    const c = triangles[k + 2];
    const ax = (flat[3 * a] - VIEW.left) * scale;
    const ay = (flat[3 * a + 1] - VIEW.top) * scale;
    const bx = (flat[3 * b] - VIEW.left) * scale - ax;
    const by = (flat[3 * b + 1] - VIEW.top) * scale - ay;
    const cx = (flat[3 * c] - VIEW.left) * scale - ax;
    const cy = (flat[3 * c + 1] - VIEW.top) * scale - ay;
    const area = bx * cy - cx * by;
    if (area > -1e-6) return;
    const fromX = Math.max(0, Math.ceil(ax + Math.min(0, bx, cx) - 0.5));
    const toX = Math.min(width - 1, Math.floor(ax + Math.max(0, bx, cx) + 0.5));
    const fromY = Math.max(0, Math.ceil(ay + Math.min(0, by, cy) - 0.5));
    const toY = Math.min(this.canvas.height - 1, Math.floor(ay + Math.max(0, by, cy) + 0.5));
    const az = flat[3 * a + 2];
    const bz = flat[3 * b + 2] - az;
    const cz = flat[3 * c + 2] - az;
    const at = tone[a];
    const bt = tone[b] - at;
    const ct = tone[c] - at;
    const vx = cy / area;
    const wx = -by / area;
    for (let y = fromY; y <= toY; y++) {
      const py = y + 0.5 - ay;
      const px = fromX + 0.5 - ax;
      let v = (px * cy - cx * py) / area;
      let w = (bx * py - px * by) / area;
      for (let pixel = y * width + fromX; pixel <= y * width + toX; pixel++, v += vx, w += wx) {
        if (v < 0 || w < 0 || v + w > 1) continue;
        const z = az + v * bz + w * cz;
        if (z <= depth[pixel]) continue;
        depth[pixel] = z;
        pixels[pixel] = colour | ((at + v * bt + w * ct) << 24);
      }
    }
  }
}

/** Triangles of both halves; the points on the middle are one, the left half's. */
function bothHalves(basis: Basis): Uint16Array {
  const { triangles, rest, count } = basis;
  const out = new Uint16Array(triangles.length * 2);
  out.set(triangles);
  for (let k = 0; k < triangles.length; k += 3) {
    for (let corner = 0; corner < 3; corner++) {
      // Mirrored, a triangle runs the other way round: its corners are taken backwards.
      const point = triangles[k + 2 - corner];
      out[triangles.length + k + corner] = rest[3 * point] === 0 ? point : point + count;
    }
  }
  return out;
}

/** How much of the drawing is left at each point: it ends softly below the neck and behind the crown. */
function fading(basis: Basis): Float32Array {
  const fade = new Float32Array(basis.count * 2);
  for (let k = 0; k < basis.count; k++) {
    const y = basis.rest[3 * k + 1];
    const z = basis.rest[3 * k + 2];
    const low = Math.min(1, Math.max(0, (y + 15.5) / 6));
    const back = y > -5 ? 1 : Math.min(1, Math.max(0, (z + 9) / 5));
    fade[k] = fade[k + basis.count] = low * low * (0.3 + 0.7 * back);
  }
  return fade;
}

function setNormals(normals: Float32Array, triangles: Uint16Array, solid: Float32Array): void {
  normals.fill(0);
  for (let k = 0; k < triangles.length; k += 3) {
    const [a, b, c] = [3 * triangles[k], 3 * triangles[k + 1], 3 * triangles[k + 2]];
    const [ex, ey, ez] = [solid[b] - solid[a], solid[b + 1] - solid[a + 1], solid[b + 2] - solid[a + 2]];
    const [fx, fy, fz] = [solid[c] - solid[a], solid[c + 1] - solid[a + 1], solid[c + 2] - solid[a + 2]];
    const x = ey * fz - ez * fy;
    const y = ez * fx - ex * fz;
    const z = ex * fy - ey * fx;
    for (const point of [a, b, c]) {
      normals[point] += x;
      normals[point + 1] += y;
      normals[point + 2] += z;
    }
  }
  for (let k = 0; k < normals.length; k += 3) {
    const length = Math.hypot(normals[k], normals[k + 1], normals[k + 2]) || 1;
    normals[k] /= length;
    normals[k + 1] /= length;
    normals[k + 2] /= length;
  }
}

function normalised(x: number, y: number, z: number): [number, number, number] {
  const length = Math.hypot(x, y, z);
  return [x / length, y / length, z / length];
}
