import * as z from "zod";
import type { Log } from "../kit/serve.ts";

/** What an SDK may send for one frame; only the fields Sentry itself keeps. */
const frameSchema = z.looseObject({
  filename: z.string().nullish(),
  abs_path: z.string().nullish(),
  module: z.string().nullish(),
  function: z.string().nullish(),
  lineno: z.number().nullish(),
  colno: z.number().nullish(),
  in_app: z.boolean().nullish(),
  pre_context: z.array(z.string()).nullish(),
  context_line: z.string().nullish(),
  post_context: z.array(z.string()).nullish(),
  vars: z.record(z.string(), z.unknown()).nullish(),
});

const mechanismSchema = z.looseObject({ type: z.string().nullish(), handled: z.boolean().nullish() });

const exceptionSchema = z.looseObject({
  type: z.string().nullish(),
  value: z.string().nullish(),
  module: z.string().nullish(),
  mechanism: mechanismSchema.nullish(),
  stacktrace: z.looseObject({ frames: z.array(frameSchema).nullish() }).nullish(),
});

const record = z.record(z.string(), z.unknown());

/** An `event` envelope item as the Node SDK sends it (develop.sentry.dev, event payloads). */
export const sdkEventSchema = z.looseObject({
  event_id: z.string().regex(/^[0-9a-f]{32}$/),
  timestamp: z.union([z.number(), z.iso.datetime({ offset: true })]).optional(),
  platform: z.string().optional(),
  level: z.enum(["fatal", "error", "warning", "info", "debug"]).optional().catch("error"),
  logger: z.string().nullish(),
  environment: z.string().nullish(),
  release: z.string().nullish(),
  dist: z.string().nullish(),
  server_name: z.string().nullish(),
  transaction: z.string().nullish(),
  message: z.union([z.string(), z.looseObject({ formatted: z.string().nullish() })]).nullish(),
  fingerprint: z.array(z.string()).nullish(),
  tags: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).nullish(),
  extra: record.nullish(),
  user: record.nullish(),
  request: record.nullish(),
  contexts: record.nullish(),
  modules: record.nullish(),
  breadcrumbs: z.union([z.array(record), z.looseObject({ values: z.array(record) })]).nullish(),
  sdk: record.nullish(),
  exception: z.looseObject({ values: z.array(exceptionSchema) }).nullish(),
});
export type SdkEvent = z.infer<typeof sdkEventSchema>;
export type SdkFrame = z.infer<typeof frameSchema>;

export interface Frame {
  filename: string | null;
  absPath: string | null;
  module: string | null;
  function: string | null;
  lineNo: number | null;
  colNo: number | null;
  inApp: boolean;
  /** What the SDK said, where Sentry's own rules said otherwise. */
  origInApp: boolean | null;
  preContext: string[] | null;
  contextLine: string | null;
  postContext: string[] | null;
  vars: Record<string, unknown> | null;
}

export interface ExceptionValue {
  type: string | null;
  value: string | null;
  module: string | null;
  mechanism: Record<string, unknown> | null;
  /** Oldest call first, the crash last. */
  frames: Frame[] | null;
}

export type Tag = readonly [key: string, value: string];

/** An event after normalization and grouping. Times are milliseconds since the epoch. */
export interface StoredEvent {
  id: string;
  issueId: string;
  hash: string;
  timestampMs: number;
  receivedMs: number;
  platform: string;
  level: string;
  logger: string;
  environment: string | null;
  release: string | null;
  dist: string | null;
  transaction: string | null;
  message: string;
  title: string;
  culprit: string;
  location: string | null;
  type: "error" | "default";
  metadata: Record<string, unknown>;
  tags: Tag[];
  fingerprint: string[];
  user: Record<string, unknown> | null;
  request: Record<string, unknown> | null;
  contexts: Record<string, unknown>;
  breadcrumbs: Record<string, unknown>[];
  modules: Record<string, unknown>;
  extra: Record<string, unknown>;
  sdk: Record<string, unknown> | null;
  exceptions: ExceptionValue[];
  isUnhandled: boolean;
  sizeBytes: number;
}

export type IssueStatus = "unresolved" | "resolved" | "ignored";

export interface IssueActivity {
  id: string;
  type: string;
  atMs: number;
  data: Record<string, unknown>;
}

export interface Issue {
  id: string;
  shortId: string;
  hash: string;
  status: IssueStatus;
  substatus: string | null;
  statusDetails: Record<string, unknown>;
  resolvedAtMs: number | null;
  /** Release that a release-bound resolution is measured from; null for a plain one. */
  resolution: { kind: "inRelease" | "inNextRelease"; release: string } | null;
  ignore: { untilMs: number | null; untilCount: number | null } | null;
  firstSeenMs: number;
  lastSeenMs: number;
  count: number;
  userKeys: Set<string>;
  level: string;
  firstRelease: string | null;
  lastRelease: string | null;
  isUnhandled: boolean;
  latest: StoredEvent;
  events: StoredEvent[];
  activity: IssueActivity[];
}

export interface CommitFacts {
  id: string;
  message: string;
  authorName: string | null;
  authorEmail: string | null;
  repository: string | null;
  dateMs: number;
}

export interface Release {
  number: number;
  version: string;
  createdMs: number;
  releasedMs: number | null;
  ref: string | null;
  url: string | null;
  commits: CommitFacts[];
  firstEventMs: number | null;
  lastEventMs: number | null;
  newGroups: number;
}

export interface SessionBucket {
  minuteMs: number;
  release: string | null;
  environment: string | null;
  total: number;
  errored: number;
  crashed: number;
  abnormal: number;
}

export interface AlertRule {
  name: string;
  /** "Perform these actions at most once every …" for one issue. */
  everyMs: number;
}

export interface SentryDelivery {
  requestId: string;
  resource: string;
  action: string;
  atMs: number;
  body: string;
  headers: Record<string, string>;
  /** null when nobody answered within Sentry's second, or the delivery was dropped. */
  status: number | null;
  error: string | null;
}

export interface DemoSentryOptions {
  /** Where the journal lives; a second start on the same directory remembers everything. */
  dir: string;
  port?: number;
  org: string;
  project: string;
  /** A token with every scope that Patchpilot asks for. */
  orgAuthToken: string;
  /** Further tokens, each with the scopes it has (`event:read`, `event:write`, `org:read`, …). */
  tokens?: Record<string, string[]>;
  clientSecret: string;
  webhookUrl: string | null;
  alertRule?: AlertRule;
  /** `error.created` for every event: Business plan and above. */
  sendErrorWebhooks?: boolean;
  sendInstallationWebhook?: boolean;
  log: Log;
}
