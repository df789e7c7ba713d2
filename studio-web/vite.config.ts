import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { constants, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

/** Packs each file once, here, so that the server need not at every visit. */
function packed(): Plugin {
  return {
    name: "packed",
    writeBundle({ dir = "" }) {
      for (const name of readdirSync(dir, { recursive: true, encoding: "utf8" })) {
        if (!/\.(html|js|css|json|svg)$/.test(name)) continue;
        const path = join(dir, name);
        writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: constants.Z_BEST_COMPRESSION }));
      }
    },
  };
}

export default defineConfig({
  base: "/studio/",
  plugins: [packed()],
  build: {
    outDir: "dist",
    target: "es2022",
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    // Whatever is loaded is a file of its own: the content-security-policy lets nothing else in.
    assetsInlineLimit: 0,
    reportCompressedSize: true,
  },
});
