/** What a shop's page may rely on. */

import { begin } from "./begin";
import type { Device, Options } from "./options";

export type { Language, ShopEventName, Show } from "../link/messages";
export type { Receipt } from "../link/service";
export type { Device, Options, State, StateName } from "./options";

/** Ask the viewer, and read them if they agree. Nothing happens before they do. */
export const start = (options: Options): Device => begin(options, {});
