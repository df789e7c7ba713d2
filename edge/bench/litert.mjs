// The three MediaPipe networks by LiteRT.js, for comparison: see README.md for the command.
import { loadAndCompile, loadLiteRt, Tensor } from "@litertjs/core";

const INPUTS = {
  blazeface_short: [1, 128, 128, 3],
  face_mesh: [1, 192, 192, 3],
  iris: [1, 64, 64, 3],
};
const answer = { networks: {} };
try {
  await loadLiteRt("/litert/", { threads: false });
  for (const [name, shape] of Object.entries(INPUTS)) {
    const model = await loadAndCompile(`/tflite/${name}.tflite`, { accelerator: "wasm" });
    const values = new Float32Array(shape.reduce((a, b) => a * b, 1)).map((_, i) => Math.abs(Math.sin(12.9898 * i)));
    const took = [];
    for (let run = -10; run < 60; run++) {
      const began = performance.now();
      const input = new Tensor(values, shape);
      const outputs = await model.run([input]);
      for (const output of outputs) {
        await output.data();
        output.delete();
      }
      input.delete();
      if (run >= 0) took.push(performance.now() - began);
    }
    took.sort((a, b) => a - b);
    answer.networks[name] = { least: took[0], median: took[took.length >> 1] };
  }
} catch (error) {
  answer.error = String(error?.stack ?? error);
}
await fetch("/answer", { method: "POST", body: JSON.stringify(answer) });
