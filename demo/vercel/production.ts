import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { closeServer } from "../kit/serve.ts";
import type { Instance } from "./instance.ts";

export interface Production {
  port: number;
  url: string;
  /** Sends every new request to this instance; null answers 404 as an address without a deployment does. */
  show(instance: Instance | null): void;
  shown(): Instance | null;
  /** Resolves when every request that this instance was given is answered, at most after `mostMs`. */
  drained(instance: Instance, mostMs: number): Promise<void>;
  close(): Promise<void>;
}

/** The production address: a reverse proxy in front of whichever deployment is shown. */
export async function startProduction(port: number): Promise<Production> {
  let shown: Instance | null = null;
  const running = new Map<Instance, Set<Promise<unknown>>>();
  const server = createServer((incoming, outgoing) => {
    if (shown) track(running, shown, forward(incoming, outgoing, shown.port));
    else fail(outgoing, 404, "DEPLOYMENT_NOT_FOUND", "The deployment could not be found on Vercel.");
  });
  const listening = await listen(server, port);
  return {
    port: listening.port,
    url: `http://127.0.0.1:${listening.port}`,
    show(instance) {
      shown = instance;
    },
    shown: () => shown,
    async drained(instance, mostMs) {
      const cancel = new AbortController();
      const late = pause(mostMs, undefined, { signal: cancel.signal }).catch(() => undefined);
      await Promise.race([Promise.all(running.get(instance) ?? []), late]);
      cancel.abort();
      running.delete(instance);
    },
    close: () => closeServer(server),
  };
}

function listen(server: Server, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server.address() as AddressInfo));
  });
}

function track(running: Map<Instance, Set<Promise<unknown>>>, instance: Instance, answered: Promise<unknown>): void {
  const requests = running.get(instance) ?? new Set();
  running.set(instance, requests);
  requests.add(answered);
  void answered.then(() => requests.delete(answered));
}

/** Resolves when the answer is out or the client is gone. */
function forward(incoming: IncomingMessage, outgoing: ServerResponse, port: number): Promise<void> {
  const { method, url, headers } = incoming;
  const upstream = request({ host: "127.0.0.1", port, method, path: url, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
    answer.on("error", () => outgoing.destroy());
  });
  upstream.on("error", () => {
    if (outgoing.headersSent) outgoing.destroy();
    else fail(outgoing, 500, "FUNCTION_INVOCATION_FAILED", "A server error has occurred");
  });
  incoming.pipe(upstream);
  return new Promise((resolve) => {
    outgoing.on("close", () => {
      upstream.destroy();
      resolve();
    });
  });
}

function fail(outgoing: ServerResponse, status: number, code: string, text: string): void {
  outgoing.writeHead(status, { "content-type": "text/plain; charset=utf-8", "x-vercel-error": code });
  outgoing.end(`${text}\n\n${code}\n`);
}
