import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { closeServer } from "../../demo/kit/serve.ts";
import type { Door } from "../../lib/wiring/lazy-door.ts";

export interface ServedDoor {
  url: string;
  close(): Promise<void>;
}

/** A door on a free port of the loopback interface. */
export function serveDoor(door: Door): Promise<ServedDoor> {
  return new Promise((resolve, reject) => {
    const fetch = (request: Request) => door.fetch(request);
    const options = { fetch, port: 0, hostname: "127.0.0.1", overrideGlobalObjects: false };
    const server = serve(options, ({ port }: AddressInfo) => {
      resolve({ url: `http://127.0.0.1:${port}`, close: () => closeServer(server as Server) });
    }) as Server;
    server.once("error", reject);
  });
}
