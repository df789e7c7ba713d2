/** Runs a TypeScript file of this folder: `node tools/run.mjs dev/main.ts`. */
import { spawnSync } from "node:child_process";
import { basename } from "node:path";
import { build } from "esbuild";

const [entry, ...rest] = process.argv.slice(2);
// Inside node_modules nothing else looks at it, and packages are found from there.
const outfile = `node_modules/.cache/studio/${basename(entry, ".ts")}.mjs`;
await build({ entryPoints: [entry], bundle: true, platform: "node", format: "esm", packages: "external", outfile });
process.exit(spawnSync(process.execPath, [outfile, ...rest], { stdio: "inherit" }).status ?? 1);
