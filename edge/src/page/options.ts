/** What a shop's page says to the device, and is told by it. */

import type { Language, ShopEventName, Show } from "../link/messages";
import type { Receipt } from "../link/service";

/** How it stands with the viewer. */
export type StateName =
  /** The consent sheet is open. */
  | "asking"
  /** The viewer said no, or closed the sheet. Nothing was read. */
  | "declined"
  /** Networks and connection are being made ready. */
  | "starting"
  | "reading"
  /** `why`: viewer or hidden. */
  | "paused"
  /** The service switched reading off, or cannot be reached; it goes on by itself. */
  | "waiting"
  /** It is over, and will not go on by itself. */
  | "stopped"
  /** Camera, networks or service failed: `why` says which, and nothing runs. */
  | "failed"
  /** The viewer took all back: what was kept is deleted, or, while `why` is pending, is still to be. */
  | "withdrawn";

/** Told whenever it changes. Nothing of what was read is in it. */
export interface State {
  name: StateName;
  /** A word for programs. */
  why: string;
  /** A sentence for the viewer, in their language; empty where there is nothing to say. */
  text: string;
}

/** What `Telltale.start` is given. */
export interface Options {
  /** Address of the service. */
  service: string;
  /** The viewer's token: what the shop's server got from `POST /v1/sessions`. */
  token: string;
  /** Of all that the viewer reads; the page's own where it is not given. */
  language?: Language;
  /** Folder of the networks; `models/` beside the script where it is not given. */
  models?: string;
  /** Folder of `worker.js`, `telltale.css` and onnxruntime's file; that of the script where it is not given. */
  files?: string;
  /** Who reads: the name that the sheet says, and the page that tells more. */
  shop?: { name: string; privacy?: string };
  /** Where what is to be shown is put; over the page's lower edge where it is not given. */
  place?: HTMLElement;
  /** What the button of a prepared checkout does: an address to go to, or a function. */
  checkout?: string | (() => void);
  /**
   * Draw it yourself and return the element: it is counted once it was in sight for a second, and taken out of the page
   * when its time is over or the viewer wants no more of it. Null shows nothing.
   */
  onShow?: (show: Show) => HTMLElement | null | undefined | void;
  onState?: (state: State) => void;
}

/** The device as the page holds it. */
export interface Device {
  readonly state: State;
  /** Open the consent sheet again: to say yes after all, or to choose otherwise. */
  ask(): void;
  /** Read nothing for a while; the camera goes out. */
  pause(): void;
  resume(): void;
  /** Show nothing because of the face, or show it again. */
  optOut(out?: boolean): Promise<void>;
  /** Stop, and delete all that is kept; null where the service has not confirmed it yet: it is asked again. */
  withdraw(): Promise<Receipt | null>;
  /**
   * What the viewer did in the shop; `product` is at most 64 of A-Z a-z 0-9 _ . : -. False, with a line on the console,
   * where it is said in another way, whether or not the viewer agreed; it never throws.
   */
  event(name: ShopEventName, product?: string): boolean;
  /** Leave the page without a trace in it; consent stays as it is. */
  close(): void;
}
