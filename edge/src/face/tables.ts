/** The tables that face and motion are made of, written by Python into `spec/face.json`: one truth for both. */

import tables from "../../../spec/face.json";

/** The region of one action unit; see Python's `motion/regions.py`. */
export interface Region {
  action_unit: number;
  /** Of the 68 points, counted from 0. */
  middle: readonly number[];
  /** Shift of the middle towards the chin, as a share of the nose's length. */
  down: number;
  /** As a share of the distance between the outer corners of the eyes. */
  half_width: number;
  /** As a share of the nose's length. */
  half_height: number;
}

/** A disc in which the face moves with the head alone. */
export interface SteadyDisc {
  points: readonly number[];
  /** Whether it is raised above its points. */
  up: number;
  /** In eyes' distances. */
  radius: number;
  weight: number;
}

/** FaceMesh's points. */
export const MESH_POINTS = 468;

/** (468, 3): where the points lie on a head at rest, eyes' distances, y up, z out of the face. */
export const MEAN = Float32Array.from(tables.mean.flat());
/** The points that no expression moves, and their weights, whose mean is 1. */
export const STEADY = Int32Array.from(tables.steady);
export const STEADY_WEIGHT = Float32Array.from(tables.steady_weight);

/** Each of the 68 is `SHARE` of mesh point `FIRST`, the rest of mesh point `SECOND`. */
export const FIRST = Int32Array.from(tables.points68.first);
export const SECOND = Int32Array.from(tables.points68.second);
export const SHARE = Float32Array.from(tables.points68.share);
/** Which of the 68 points takes each one's place when the face is mirrored. */
export const MIRRORED_68 = Int32Array.from(tables.points68.mirrored);

export const REGION_TABLE = tables.regions as readonly Region[];
export const STEADY_DISCS = tables.steady_discs as readonly SteadyDisc[];

export const RIGHT_EYE = [33, 133] as const;
export const LEFT_EYE = [263, 362] as const;
export const NOSE_TIP = 4;
export const MOUTH_RIGHT = 61;
export const MOUTH_LEFT = 291;
