import * as z from "zod";
import { AppError } from "../../kernel/errors.ts";
import type { PolledDeployment, UnreadableItem } from "../../reconcile/model.ts";
import type { DeploymentFeed } from "../../reconcile/ports.ts";
import type { Deployments, ProductionDeployment } from "../../recovery/ports.ts";
import { createGet, type Get, nullWhenHidden, type VercelConfig } from "./client.ts";

export type { VercelConfig } from "./client.ts";
export { createTrafficSwitch } from "./traffic.ts";

/** Vercel takes at most 100 a page. */
const MAX_LIMIT = 100;

const time = z.number().nullish();
const itemSchema = z.object({
  uid: z.string(),
  url: z.string().nullish(),
  state: z.string().nullish(),
  readyState: z.string().nullish(),
  readySubstate: z.string().nullish(),
  target: z.string().nullish(),
  created: time,
  createdAt: time,
  ready: time,
  errorMessage: z.string().nullish(),
  isRollbackCandidate: z.boolean().nullish(),
  seatBlock: z.object({ blockCode: z.string().nullish() }).nullish().catch(null),
  meta: z.record(z.string(), z.unknown()).nullish(),
});
type Item = z.infer<typeof itemSchema>;

const projectSchema = z.object({
  targets: z
    .object({ production: z.object({ id: z.string() }).nullish().catch(null) })
    .nullish()
    .catch(null),
});

const STATES: Record<string, ProductionDeployment["state"]> = {
  QUEUED: "queued",
  INITIALIZING: "building",
  BUILDING: "building",
  READY: "ready",
  ERROR: "error",
  CANCELED: "canceled",
  BLOCKED: "blocked",
};

function readText(meta: Item["meta"], key: string): string | null {
  const value = meta?.[key];
  return typeof value === "string" && value !== "" ? value : null;
}

const isoOf = (ms: number | null | undefined) => (typeof ms === "number" ? new Date(ms).toISOString() : null);

/**
 * Whether traffic goes there. PROMOTED only says that a deployment has had production traffic once, so it cannot tell
 * which one has it now; what was never READY, or is STAGED, has none for sure.
 */
function readCurrent(item: Item, currentId: string | null): boolean | null {
  if (currentId !== null) return item.uid === currentId;
  const isServing = (item.readyState ?? item.state) === "READY" && item.readySubstate !== "STAGED";
  return isServing ? null : false;
}

const SEAT_TEXTS: Record<string, string> = {
  TEAM_ACCESS_REQUIRED: "the commit's author has no access to the Vercel team, and needs a seat there",
  COMMIT_AUTHOR_REQUIRED: "Vercel found no account for the commit's author, who needs a seat in the team",
};

/** Why Vercel would not build for this author, in words; `seatBlock.blockCode` is all that it says. */
function seatText({ seatBlock }: Item): string | null {
  const code = seatBlock?.blockCode ?? null;
  return code === null ? null : `${SEAT_TEXTS[code] ?? "the commit's author may not deploy"} (${code})`;
}

function readDeployment(item: Item, currentId: string | null): ProductionDeployment {
  const name = item.readyState ?? item.state ?? "";
  const state = STATES[name];
  const createdAt = isoOf(item.createdAt ?? item.created);
  if (state === undefined || createdAt === null) {
    throw new AppError("provider_bad_answer", "Vercel described a deployment in words that are not known", {
      retry: "never",
      context: { provider: "vercel", deploymentId: item.uid, readyState: name },
    });
  }
  return {
    deploymentId: item.uid,
    sha: readText(item.meta, "githubCommitSha"),
    ref: readText(item.meta, "githubCommitRef"),
    url: item.url ? item.url.replace(/^(?!https?:\/\/)/, "https://") : null,
    state,
    createdAt,
    readyAt: state === "ready" ? isoOf(item.ready) : null,
    isCurrent: readCurrent(item, currentId),
    isRollbackCandidate: item.isRollbackCandidate ?? null,
    errorText: item.errorMessage ?? seatText(item),
  };
}

/** The deployment that production points to; null when this token may not see the project. */
async function findCurrentId(get: Get, projectId: string): Promise<string | null> {
  const answer = await nullWhenHidden(get(`/v9/projects/${encodeURIComponent(projectId)}`, {}, projectSchema));
  return answer?.value.targets?.production?.id ?? null;
}

/**
 * Deployments on Vercel: `GET /v7/deployments` (whose items call their id `uid`), and `GET /v9/projects/{id}` for the
 * one that production points to. At most 100.
 */
export function createVercel(config: VercelConfig): Deployments {
  const get = createGet(config);
  return {
    async listProductionDeployments(limit) {
      const count = String(Math.min(Math.max(1, limit), MAX_LIMIT));
      const query = { projectId: config.projectId, target: "production", limit: count };
      const listSchema = z.object({ deployments: z.array(itemSchema) });
      const answer = await get("/v7/deployments", query, listSchema);
      const currentId = await findCurrentId(get, config.projectId);
      return answer.value.deployments
        .filter((item) => item.target === "production")
        .map((item) => readDeployment(item, currentId))
        .sort((a, b) => b.createdAt.localeCompare(a.createdAt))
        .slice(0, limit);
    },
  };
}

const pageSchema = z.object({
  deployments: z.array(z.unknown()),
  pagination: z
    .object({ next: z.number().nullish().catch(null) })
    .nullish()
    .catch(null),
});
const hintSchema = z
  .object({ uid: z.string(), target: z.string().nullish(), created: time, createdAt: time })
  .partial();

/** One item of a list; what is wrong with it where it cannot be read; null for a preview. */
function readPolled(value: unknown): PolledDeployment | UnreadableItem | null {
  const hint = hintSchema.safeParse(value).data ?? {};
  if (hint.target !== undefined && hint.target !== "production") return null;
  const unreadable = (fault: string): UnreadableItem => ({
    id: hint.uid ?? "unknown",
    at: isoOf(hint.createdAt ?? hint.created),
    fault,
  });
  const item = itemSchema.safeParse(value);
  if (!item.success) return unreadable(`${item.error.issues[0]?.path.join(".")} cannot be read`);
  try {
    const { isCurrent: _c, isRollbackCandidate: _r, errorText: _e, ...deployment } = readDeployment(item.data, null);
    return deployment;
  } catch (thrown) {
    if (thrown instanceof AppError) return unreadable(thrown.message);
    throw thrown;
  }
}

/** DeploymentFeed on Vercel: `GET /v7/deployments` by creation time, newest first; the cursor is `until` of the next page. */
export function createDeploymentFeed(config: VercelConfig): DeploymentFeed {
  const get = createGet(config);
  return {
    async listDeployments({ since, until, cursor }) {
      const range = { since: String(Date.parse(since)), until: cursor ?? String(Date.parse(until)) };
      const query = { projectId: config.projectId, target: "production", limit: String(MAX_LIMIT), ...range };
      const { value } = await get("/v7/deployments", query, pageSchema);
      const read = value.deployments.map(readPolled).filter((one) => one !== null);
      const deployments = read.filter((one) => "state" in one);
      const next = value.pagination?.next;
      const isOlder = deployments.some((one) => one.createdAt < since);
      return {
        items: deployments.filter((one) => one.createdAt >= since),
        unreadable: read.filter((one) => "fault" in one),
        nextCursor: typeof next === "number" && !isOlder ? String(next) : null,
      };
    },
  };
}
