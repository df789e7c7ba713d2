/** All phrases, by area; each is a pair of English and Chinese. */
export { audit } from "./audit.ts";
export { decisions } from "./decisions.ts";
export { frame } from "./frame.ts";
export { player } from "./player.ts";
export { guards, server, units } from "./server.ts";
export { study } from "./study.ts";
export { wall } from "./wall.ts";
