import type { Log } from "../kit/serve.ts";

/** "Alert when there are `quantity` events within `timespanMinutes`"; looked at every `everyMs` (GlitchTip: a minute). */
export interface ProjectAlert {
  quantity: number;
  timespanMinutes: number;
  everyMs: number;
}

export interface GlitchtipDelivery {
  text: string;
  body: string;
  atMs: number;
  /** null when nobody answered in time, or the delivery was dropped. */
  status: number | null;
  error: string | null;
}

export interface DemoMonitor {
  id: string;
  name: string;
  isUp: boolean | null;
  lastChangeMs: number | null;
}

export interface DemoGlitchtipOptions {
  /** Where the journal lives; a second start on the same directory remembers everything but its monitors. */
  dir: string;
  port?: number;
  org: string;
  project: string;
  /** A token with event:read, event:write and org:read. */
  authToken: string;
  /** Further tokens, each with the scopes it has. */
  tokens?: Record<string, string[]>;
  /** The whole address, with its token: nothing else vouches for a message. */
  webhookUrl: string | null;
  /** Null: no alert is sent by itself. */
  alert: ProjectAlert | null;
  /** How the general webhook is written: newer versions leave `alias` and `sections` out. */
  dialect: "older" | "newer";
  log: Log;
}
