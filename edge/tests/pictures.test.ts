/** The stages that see pictures, against Python's. */

import assert from "node:assert/strict";
import test from "node:test";

import { align, cut, cutLuma } from "../src/face/align";
import { fit } from "../src/face/blazeface";
import { gaze } from "../src/face/gaze";
import { bonesApart, eyesAlike, goesOn } from "../src/face/looks";
import { points68 } from "../src/face/points68";
import { fitPose } from "../src/face/pose";
import { quality } from "../src/face/quality";
import { pictureOf } from "../src/face/refine_net";
import { glimpse, Signature } from "../src/face/signature";
import { squareFromPoints } from "../src/face/square";
import { boxOf } from "../src/face/track";
import { describe, displacements } from "../src/motion/descriptors";
import { lucasKanade, pyramid, reference, type FlowField } from "../src/motion/flow";
import { removeHeadMotion, steadyMask } from "../src/motion/head";
import { regionSamples } from "../src/motion/regions";
import { Spreader } from "../src/motion/spread";
import { pictures, readCases, type Values } from "./cases";
import { assertClose } from "./compare";

/** Every `step`-th number of a plane's rows and columns. */
const coarse = (plane: Float32Array, side: number, step: number, each = 1): number[] => {
  const kept: number[] = [];
  for (let row = 0; row < side; row += step) {
    for (let column = 0; column < side; column += step) {
      for (let i = 0; i < each; i++) kept.push(plane[(row * side + column) * each + i]);
    }
  }
  return kept;
};

const split = (flow: Float32Array): [Float32Array, Float32Array] => [
  flow.filter((_, i) => i % 2 === 0),
  flow.filter((_, i) => i % 2 === 1),
];

const join = ({ u, v }: Pick<FlowField, "u" | "v">): number[] => [...u].flatMap((at, i) => [at, v[i]]);

for (const { name, inputs, outputs } of readCases("face").cases) {
  test(`face: ${name}`, () => {
    const picture = pictures(inputs.get<string>("clip"))[inputs.get<number>("frame")];
    const mesh = inputs.floats("mesh");
    const { pose, residual } = fitPose(mesh);
    const square = squareFromPoints(mesh);
    const toCrop = align(pose);
    const luma = cutLuma(picture, toCrop);
    const seen = quality(picture, mesh, luma);
    const close = (got: ArrayLike<number>, wanted: string, within: number): void =>
      assertClose(got, outputs.get<Float32Array>(wanted), within, wanted);
    close([pose.yaw, pose.pitch, pose.roll], "angles", 1e-6);
    close(pose.rotation, "rotation", 1e-6);
    assertClose([pose.scalePx, residual], [outputs.get<number>("scale_px"), outputs.get<number>("residual")], 1e-6, "fit");
    close(pose.shiftPx, "shift_px", 1e-6);
    close([square.xPx, square.yPx, square.sidePx, square.turnRad], "square", 1e-5);
    close(toCrop, "to_crop", 1e-5);
    close(points68(mesh), "points68", 1e-6);
    close(gaze(inputs.floats("irises"), mesh, pose), "gaze", 1e-5);
    close(coarse(luma, 224, 7), "luma", 1e-4);
    close([seen.faceSize, seen.brightness, seen.noise, seen.blur], "quality", 1e-5);
    close(coarse(pictureOf(luma), 112, 7), "window", 1e-4);
    close(glimpse(picture, boxOf(mesh)) ?? [], "glimpse", 1e-3);
    close(coarse(fit(picture).tensor, 128, 8, 3), "tensor", 1e-6);
  });
}

for (const { name, inputs, outputs } of readCases("signature").cases) {
  test(`signature: ${name}`, () => {
    const frames = inputs.get<number[]>("frames");
    const [one, other] = inputs.get<string[]>("clips").map((clip, i) => {
      const meshes = inputs.floats(i ? "second" : "first");
      const signature = new Signature();
      frames.forEach((frame, k) => {
        const mesh = meshes.slice((k * meshes.length) / frames.length, ((k + 1) * meshes.length) / frames.length);
        const { pose } = fitPose(mesh);
        signature.add(mesh, pose, () => cut(pictures(clip)[frame], align(pose)));
      });
      return signature;
    });
    assertClose([one.distance(other)], [outputs.get<number>("distance")], 1e-3, "distance");
  });
}

for (const { name, inputs, outputs } of readCases("looks").cases) {
  test(`looks: ${name}`, () => {
    const meshes = inputs.floats("meshes");
    const [before, now] = inputs.get<[string, number][]>("shown").map(([clip, frame], i) => {
      const mesh = meshes.slice((i * meshes.length) / 2, ((i + 1) * meshes.length) / 2);
      const { pose } = fitPose(mesh);
      return { timeS: 0, mesh, pose, luma: cutLuma(pictures(clip)[frame], align(pose)) };
    });
    assertClose([eyesAlike(before, now)], [outputs.get<number>("eyes")], 1e-3, "eyes");
    assertClose([bonesApart(before, now)], [outputs.get<number>("bones")], 1e-5, "bones");
    const goes = inputs.get<number[]>("later_s").map((timeS) => goesOn(before, { ...now, timeS }));
    assert.deepEqual(goes, outputs.get<boolean[]>("goes_on"));
    assert.equal(goesOn(null, now), false, "nothing is known of a face before");
  });
}

for (const { name, inputs, outputs } of readCases("flow").cases) {
  test(`flow: ${name}`, () => {
    const before = reference(pyramid(inputs.floats("before")));
    const field = lucasKanade(before, pyramid(inputs.floats("after")), split(inputs.floats("start")), 28);
    assertClose(join(field), outputs.get<Float32Array>("flow"), 1e-3, "flow, px");
    assertClose(field.weight, outputs.get<Float32Array>("weight"), 1e-3, "weight");
  });
}

const fieldOf = (inputs: Values): FlowField => {
  const [u, v] = split(inputs.floats("flow"));
  return { grid: 56, u, v, weight: inputs.floats("weight") };
};

for (const { name, inputs, outputs } of readCases("motion").cases) {
  test(`motion: ${name}`, () => {
    const field = fieldOf(inputs);
    const points = inputs.floats("points68");
    const steady = steadyMask(points);
    assertClose(steady, outputs.get<Float32Array>("steady"), 1e-6, "steady");
    assertClose(removeHeadMotion(field, steady), outputs.get<Float32Array>("params"), 1e-4, "parameters");
    assertClose(join(field), outputs.get<Float32Array>("flow"), 1e-4, "flow");
    const samples = regionSamples(points);
    assertClose(describe(field, samples), outputs.get<Float32Array>("histograms"), 1e-4, "histograms");
    assertClose(displacements(field, samples), outputs.get<Float32Array>("displacements"), 1e-4, "displacements");
  });
}

for (const { name, inputs, outputs } of readCases("spread").cases) {
  test(`spread: ${name}`, () => {
    const spreader = new Spreader(inputs.floats("points"));
    const [u, v] = split(inputs.floats("displacements")).map((moved) => spreader.spread(moved));
    assertClose(join({ u, v }), outputs.get<Float32Array>("field"), 1e-5, "field");
  });
}
