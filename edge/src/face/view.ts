/** What is known of one face in one frame, handed from the face to motion and to the units. */

/** Width and height of the aligned face. */
export const CROP_PX = 224;

/** One region for each action unit, in the order of `channels.ACTION_UNITS`. */
export const REGIONS = 17;

/** The affine map [a, b, e, c, d, f]: x' = a x + b y + e, y' = c x + d y + f. */
export type Affine = readonly [number, number, number, number, number, number];

/**
 * Where a head stands: a rigid mean face, turned, scaled and put into the picture.
 *
 * A point p of the mean face lies at `scalePx * (rotation @ p)[:2] * (1, -1) + shiftPx` in the picture.
 */
export interface Pose {
  /** Radians, positive when the head turns to the subject's own left. */
  yaw: number;
  /** Radians, positive up. */
  pitch: number;
  /** Radians, positive when it leans to the subject's left shoulder. */
  roll: number;
  /** (3, 3), row by row. */
  rotation: Float64Array;
  /** Pixels of the picture for one eyes' distance. */
  scalePx: number;
  shiftPx: readonly [number, number];
}

/** How well a face can be seen. */
export interface Quality {
  /** Width of the face as a share of the picture's width. */
  faceSize: number;
  /** Mean luma of the face, 0 to 1. */
  brightness: number;
  /** Standard deviation of the picture's noise in luma, 0 to 1. */
  noise: number;
  /** 0 sharp to 1 nothing but blur. */
  blur: number;
}

/**
 * One face in one frame that was found. Points are pixels of the picture (x right, y down) or of the crop, as
 * said; whole numbers are the centres of pixels.
 */
export interface FaceView {
  track: string;
  timeS: number;
  /** (468, 3): FaceMesh points in the picture, z negative towards the camera. */
  mesh: Float32Array;
  /** (68, 2): the 68 points in the picture, refined. */
  points68: Float32Array;
  /** How sure it is that a face is here, 0 to 1. */
  presence: number;
  pose: Pose;
  /** gaze_x, gaze_y in radians; NaN where the eyes were shut or not seen. */
  gaze: readonly [number, number];
  /** From picture to crop pixels. */
  toCrop: Affine;
  /** (224, 224): luma of the aligned face, 0 to 255. */
  luma: Float32Array;
  quality: Quality;
  /** Width and height of the picture. */
  sizePx: readonly [number, number];
  /** (17,): how far each region seems to be in sight, 0 hidden to 1. */
  seen: Float32Array;
  /** (17, 2): what each unit looks like in this picture alone, left and right. */
  still: Float32Array;
  /** (CODE, 2): how the left and the right half look to the refinement network. */
  code: Float32Array;
}

/** Points of the picture, `width` numbers each of which x and y come first, in crop pixels: (N, 2). */
export function toCropPoints(points: Float32Array, width: number, [a, b, e, c, d, f]: Affine): Float32Array {
  const count = points.length / width;
  const moved = new Float32Array(2 * count);
  for (let i = 0; i < count; i++) {
    const x = points[i * width];
    const y = points[i * width + 1];
    moved[2 * i] = a * x + b * y + e;
    moved[2 * i + 1] = c * x + d * y + f;
  }
  return moved;
}
