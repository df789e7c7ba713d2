import { defineConfig } from "vite";

export default defineConfig({
  base: "/studio/",
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
