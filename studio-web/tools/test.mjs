/** Runs the tests: `node tools/test.mjs` all of them, `node tools/test.mjs history` those whose names hold the word. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { build } from "esbuild";

const word = process.argv[2] ?? "";
const names = readdirSync("tests").filter((name) => name.endsWith(".test.ts") && name.includes(word));
const folder = "node_modules/.cache/studio/tests";
rmSync(folder, { recursive: true, force: true });
await build({
  entryPoints: names.map((name) => `tests/${name}`),
  bundle: true,
  platform: "node",
  format: "esm",
  packages: "external",
  outdir: folder,
  outExtension: { ".js": ".mjs" },
});
// The pages are tested as they ship.
const opens = names.some((name) => readFileSync(`tests/${name}`, "utf8").includes("./visit.ts"));
if (opens) {
  const built = spawnSync("npx", ["vite", "build", "--logLevel", "warn"], { stdio: "inherit" });
  if (built.status !== 0) process.exit(built.status ?? 1);
}
const files = names.map((name) => `${folder}/${name.replace(/\.ts$/, ".mjs")}`);
process.exit(spawnSync(process.execPath, ["--test", "--test-concurrency=3", ...files], { stdio: "inherit" }).status ?? 1);
