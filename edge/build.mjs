// Bundles: `node build.mjs dist` what a page loads, `tests`, `browser` and `bench` what Node runs.
import { build } from "esbuild";
import { existsSync } from "node:fs";
import { copyFile, readdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";

const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const common = { bundle: true, format: "esm", target: "es2022", absWorkingDir: here, logLevel: "warning" };
const runtime = path.dirname(createRequire(import.meta.url).resolve("onnxruntime-web"));
const WASM = "ort-wasm-simd-threaded.wasm";

/** What a page or a worker loads: one script, and onnxruntime's WebAssembly beside it. */
async function page(outdir, entryPoints = { "telltale-edge": "src/index.ts" }) {
  await rm(path.join(here, outdir), { recursive: true, force: true });
  await build({
    ...common,
    entryPoints,
    outdir,
    minify: true,
    sourcemap: true,
    legalComments: "linked",
  });
  await copyFile(path.join(runtime, WASM), path.join(here, outdir, WASM));
}

/** Scripts that Node runs, besides tests. */
const RUN = new Set(["node.ts", "serve.ts", "whole.ts", "proof.ts", "manners.ts", "hidden.ts", "trouble.ts", "looks.ts"]);

/** What Node runs; onnxruntime stays where npm put it. */
async function node(folder, outdir) {
  await rm(path.join(here, outdir), { recursive: true, force: true });
  const entryPoints = (await readdir(path.join(here, folder)))
    .filter((name) => /\.test\.ts$/.test(name) || RUN.has(name))
    .map((name) => path.join(folder, name));
  await build({ ...common, entryPoints, outdir, platform: "node", sourcemap: "inline", external: ["onnxruntime-web", "playwright-core", "ws"] });
}

// LiteRT.js is measured where somebody installed it beside: `npm install --no-save @litertjs/core`.
const litert = existsSync(path.join(here, "node_modules/@litertjs/core"));
const pages = { page: "bench/page.ts", ...(litert ? { litert: "bench/litert.mjs" } : {}) };

const jobs = {
  dist: () => page("dist"),
  tests: () => node("tests", "build/tests"),
  browser: () => node("tests/browser", "build/browser"),
  bench: () => Promise.all([node("bench", "build/bench"), page("build/page", pages)]),
};
await jobs[process.argv[2] ?? "dist"]();
