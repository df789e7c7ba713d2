/** From a page's options to a viewing: where the device's own files lie. */

import type { Device, Options } from "./options";
import { Viewing, type Inside } from "./viewing";

/** Start, with what a page for trying shows the viewer of their own reading; a shop's page gets none of it. */
export function begin(options: Options, inside: Inside): Device {
  const files = new URL(options.files ?? ownFolder, location.href);
  const at = (name: string): string => new URL(name, files).href;
  const viewing = new Viewing(
    { ...options, service: new URL(options.service, location.href).href },
    {
      worker: at("worker.js"),
      styles: at("telltale.css"),
      wasm: at("ort-wasm-simd-threaded.wasm"),
      models: new URL(options.models ?? at("models/"), location.href).href,
    },
    inside,
  );
  void viewing.start();
  return viewing;
}

/** Where the script that is running lies; known only while it is first run. */
const ownFolder = new URL(".", (document.currentScript as HTMLScriptElement | null)?.src || import.meta.url || location.href).href;
