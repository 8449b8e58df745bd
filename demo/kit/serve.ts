import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import type { Hono } from "hono";

export type Log = (message: string, fields?: Record<string, unknown>) => void;

export interface Served {
  port: number;
  /** Without a trailing slash. */
  url: string;
  close(): Promise<void>;
}

/** Serves an app on the loopback interface. Port 0 or none takes a free one; a taken port rejects. */
export function serveApp(app: Hono, port = 0): Promise<Served> {
  return new Promise((resolve, reject) => {
    const options = { fetch: app.fetch, port, hostname: "127.0.0.1", overrideGlobalObjects: false };
    const server = serve(options, (info: AddressInfo) => {
      resolve({ port: info.port, url: `http://127.0.0.1:${info.port}`, close: () => closeServer(server as Server) });
    });
    server.once("error", reject);
  });
}

/** Stops listening and drops idle and open connections. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
