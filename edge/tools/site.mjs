// Writes what a shop's page and the page for trying load beside what build.mjs wrote: dist/.
import { build } from "esbuild";
import { copyFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const common = { bundle: true, minify: true, sourcemap: true, target: "es2022", absWorkingDir: at(""), logLevel: "warning", legalComments: "none" };

await Promise.all([
  // One script tag: `Telltale.start(...)`. Where it lies it knows from its own tag.
  build({
    ...common,
    entryPoints: { telltale: "src/page/index.ts" },
    outdir: "dist",
    format: "iife",
    globalName: "Telltale",
    define: { "import.meta.url": '""' },
  }),
  // The same for `import { start } from ...`, and what runs in modules anyway.
  build({
    ...common,
    entryPoints: { "telltale.module": "src/page/index.ts", worker: "src/worker/main.ts", try: "try/main.ts" },
    outdir: "dist",
    format: "esm",
    legalComments: "linked",
  }),
  build({ ...common, entryPoints: { telltale: "src/page/telltale.css", try: "try/try.css" }, outdir: "dist" }),
  copyFile(at("try/index.html"), at("dist/index.html")),
]);
