import type { Incident } from "../incidents/index.ts";
import type { Investigation } from "../investigate/compose-investigation.ts";
import { AppError } from "../kernel/errors.ts";
import { redact } from "../kernel/redact.ts";
import type { Context } from "../runtime/context.ts";
import type { Consequences } from "./approval-model.ts";
import type { ApprovalRow } from "./approval-store.ts";
import { decideMove, isMigrationPath, type MoveDecision } from "./decide-rollback.ts";
import type { MoveOutside } from "./move-outside.ts";
import type { ProductionDeployment } from "./ports.ts";
import { findMergedRepair } from "./store.ts";

const HOUR_MS = 3_600_000;
const RECENT_DEPLOYMENTS = 30;
const MOST_COMMITS = 50;
const SHOWN_COMMITS = 10;
const MOST_TEXT = 100;

export type Move = Extract<MoveDecision, { type: "move" }>;

/** Where production could be moved to now, by what Vercel says. `rolledBack`: our last rollback that moved it. */
export async function findMove(
  ctx: Context,
  outside: MoveOutside,
  { incident, rolledBack }: { incident: Incident; rolledBack: ApprovalRow | null },
): Promise<MoveDecision> {
  if (outside.deployments === null || outside.traffic === null)
    return { type: "none", reason: "Vercel is not configured" };
  if (outside.approvalKey === null) return { type: "none", reason: "no key is set that could sign approvals" };
  const deployments = await outside.deployments.listProductionDeployments(RECENT_DEPLOYMENTS);
  const beganAt = incident.reopenedAt ?? incident.firstSeenAt;
  const repairedId = rolledBack === null ? null : await findRepaired(ctx, outside, incident, deployments);
  return decideMove({ deployments, beganAt, rolledBack, repairedId });
}

/** The newest ready deployment that contains the incident's merged repair, or null. */
async function findRepaired(
  ctx: Context,
  outside: MoveOutside,
  incident: Incident,
  deployments: readonly ProductionDeployment[],
): Promise<string | null> {
  const repair = await findMergedRepair(ctx.db.db, incident.id);
  if (repair === null || outside.commits === null) return null;
  for (const { deploymentId, sha, state, createdAt } of deployments) {
    if (state !== "ready" || sha === null || Date.parse(createdAt) < repair.mergedAt.getTime() - HOUR_MS) continue;
    const contains = await outside.commits.containsCommit({ ancestor: repair.mergeSha, descendant: sha });
    if (contains === true) return deploymentId;
  }
  return null;
}

/** What is known of a move: the suspect commit, the error on the other deployment, and what else moves with production. */
export async function gatherMove(outside: MoveOutside, incident: Incident, move: Move) {
  const [older, newer] = move.kind === "rollback" ? [move.to, move.from] : [move.from, move.to];
  const between = await readBetween(outside, older.sha, newer.sha);
  const change = (incident.investigation as Investigation | null)?.change;
  const sha = change !== undefined && "sha" in change ? change.sha : null;
  return {
    suspect: sha === null ? null : { sha, isMoved: between === null ? null : between.shas.includes(sha) },
    eventsOnTarget: await countOnTarget(outside, incident, move),
    consequences: await readConsequences(outside, { older, newer, between }),
  };
}

async function readBetween(outside: MoveOutside, base: string | null, head: string | null) {
  return base === null || head === null ? null : learn(() => outside.changes?.listCommitsBetween(base, head));
}

/** What cannot be learnt is unknown, not a failure: the offer says so. What may pass by itself is asked again. */
async function learn<T>(ask: () => Promise<T> | undefined): Promise<T | null> {
  try {
    return (await ask()) ?? null;
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.retry === "never") return null;
    throw thrown;
  }
}

/** Events of this error on the release of the deployment that production would go to; null: nobody can say. */
async function countOnTarget(outside: MoveOutside, incident: Incident, { to }: Move): Promise<number | null> {
  const errors = outside.errors(incident.source);
  const issueId = incident.sourceIssueId;
  if (errors === null || issueId === null || to.sha === null) return null;
  const from = to.readyAt ?? to.createdAt;
  const range = {
    environment: incident.environment,
    from,
    to: new Date(Date.parse(incident.lastSeenAt.toISOString()) + 1).toISOString(),
  };
  const listed = await learn(() => errors.listEvents({ issueId, ...range }));
  return listed === null ? null : listed.events.filter((event) => event.release === to.sha).length;
}

async function readConsequences(
  outside: MoveOutside,
  facts: {
    older: ProductionDeployment;
    newer: ProductionDeployment;
    between: { shas: string[]; total: number } | null;
  },
): Promise<Consequences> {
  const { older, newer, between } = facts;
  const moved = new Set(between?.shas ?? []);
  const { changes } = outside;
  const head = newer.sha;
  const recent =
    between === null || head === null ? null : await learn(() => changes?.listRecentCommits(head, MOST_COMMITS));
  const commits = recent?.filter(({ sha }) => moved.has(sha)) ?? null;
  // Only when every commit's files were read can it be said that none is a migration.
  const isWhole = commits !== null && between !== null && commits.length >= between.total;
  const migrations = commits?.flatMap(({ files }) => files.filter(isMigrationPath)) ?? [];
  return {
    commits: between && {
      total: between.total,
      shown: (commits ?? []).slice(0, SHOWN_COMMITS).map(({ sha, message }) => ({ sha, message: firstLine(message) })),
    },
    pulls: between && (await readPulls(outside, between.shas.slice(0, SHOWN_COMMITS))),
    variables: await learn(() => outside.traffic?.listChangedVariables(older.createdAt)),
    migrations: isWhole || migrations.length > 0 ? [...new Set(migrations)].slice(0, SHOWN_COMMITS) : null,
  };
}

async function readPulls(outside: MoveOutside, shas: readonly string[]) {
  const pulls = new Map<number, { number: number; title: string; url: string }>();
  for (const sha of shas) {
    const pull = await learn(() => outside.changes?.findPullRequestOf(sha));
    if (pull) pulls.set(pull.number, { ...pull, title: firstLine(pull.title) });
  }
  return [...pulls.values()];
}

function firstLine(text: string): string {
  return redact(text.split("\n")[0]?.slice(0, 1_000) ?? "").text.slice(0, MOST_TEXT);
}
