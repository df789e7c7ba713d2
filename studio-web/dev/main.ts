/** `npm run dev`: the built studio on made-up viewers. Log in as lin, ada or priya with any password. */
import { DevServer } from "./server.ts";

const server = new DevServer({ port: Number(process.env.PORT ?? 8790) });
console.log(`${await server.start()} (log in as lin: operator, ada: analyst, priya: privacy officer; any password)`);
