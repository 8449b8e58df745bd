import type { Incident } from "../incidents/index.ts";
import type { DeploymentDecision, JudgedDeployment } from "./decide-deployment.ts";
import type { RecoveryFacts } from "./model.ts";
import type { CommitGraph, Deployments, ErrorHistory, EventMark, HealthProbe, SessionHistory } from "./ports.ts";
import { countSessions } from "./read-sessions.ts";
import type { RecoverySettings } from "./settings.ts";
import type { MergedRepair } from "./store.ts";

export interface RecoveryOutside {
  /** null where Vercel is not configured: then no deployment can be tied to the repair, and nothing is proved. */
  deployments: Deployments | null;
  commits: CommitGraph;
  /** A source's API; null where it is not configured. */
  errors(source: string): ErrorHistory | null;
  /** How much production is used, by a source; null where it does not know. */
  sessions(source: string): SessionHistory | null;
  health: HealthProbe;
  settings: RecoverySettings;
}

const HOUR_MS = 3_600_000;
const RECENT_DEPLOYMENTS = 30;
/** Hourly counts say something about rhythm and bursts only over more than a few hours. */
const HOURLY_FROM_HOURS = 3;

/** The newest production deployments, each with whether it holds the repair. */
export async function judgeDeployments(outside: RecoveryOutside, repair: MergedRepair): Promise<JudgedDeployment[]> {
  const found = (await outside.deployments?.listProductionDeployments(RECENT_DEPLOYMENTS)) ?? [];
  const contains = containment(outside.commits, repair.mergeSha);
  const judged: JudgedDeployment[] = [];
  for (const deployment of found) {
    const isBefore = Date.parse(deployment.createdAt) < repair.mergedAt.getTime() - HOUR_MS;
    const containsRepair = isBefore ? false : deployment.sha === null ? null : await contains(deployment.sha);
    judged.push({ ...deployment, containsRepair });
  }
  return judged;
}

/** Whether a commit contains the repair, asking the code host once a commit. */
function containment(commits: CommitGraph, repairSha: string): (sha: string) => Promise<boolean | null> {
  const known = new Map<string, Promise<boolean | null>>([[repairSha, Promise.resolve(true)]]);
  return (sha) => {
    const answer = known.get(sha) ?? commits.containsCommit({ ancestor: repairSha, descendant: sha });
    known.set(sha, answer);
    return answer;
  };
}

/** Counts the error before and since the repair reached production, and asks production for its health. */
export async function gatherFacts(
  outside: RecoveryOutside,
  input: {
    incident: Incident;
    repair: MergedRepair;
    serving: Extract<DeploymentDecision, { type: "serving" }>;
    now: Date;
    /** When production was rolled back in between, which ends the failing period; null: it was not. */
    rolledBackAt: Date | null;
  },
): Promise<RecoveryFacts> {
  const { incident, repair, serving, now, rolledBackAt } = input;
  const readyAt = new Date(serving.readyAt);
  const beganAt = incident.reopenedAt ?? incident.firstSeenAt;
  const isRolledBack = rolledBackAt !== null && rolledBackAt > beganAt && rolledBackAt < readyAt;
  const failedUntil = isRolledBack ? rolledBackAt : readyAt;
  const earliest = failedUntil.getTime() - outside.settings.baselineHours * HOUR_MS;
  const from = new Date(Math.min(Math.max(beganAt.getTime(), earliest), failedUntil.getTime()));
  const errors = outside.errors(incident.source);
  const issueId = incident.sourceIssueId;
  const range = { environment: incident.environment, from: from.toISOString(), to: now.toISOString() };
  const listed = issueId && errors ? await errors.listEvents({ issueId, ...range }) : null;
  const before = (listed?.events ?? []).filter((event) => Date.parse(event.at) < failedUntil.getTime());
  const after = (listed?.events ?? []).filter((event) => Date.parse(event.at) >= readyAt.getTime());
  const since = await splitByRelease(outside.commits, repair.mergeSha, after);
  const used = issueId ? await readUse(outside.sessions(incident.source), { issueId, ...range }, { failedUntil, readyAt }) : null;
  const hourly = {
    before: hourlyCounts(before, from, failedUntil),
    since: hourlyCounts(since.repaired, readyAt, now),
  };
  const health = await outside.health.check();
  const status = issueId && errors ? await errors.findStatus(issueId) : null;
  return {
    now: now.toISOString(),
    incident: { firstSeenAt: incident.firstSeenAt.toISOString(), lastSeenAt: incident.lastSeenAt.toISOString() },
    baseline: {
      events: before.length,
      hours: Math.max((failedUntil.getTime() - from.getTime()) / HOUR_MS, 1 / 3_600),
      sessions: used?.before.total ?? null,
      hourly: hourly.before,
      hourlySessions: hourly.before && (used?.before.hourly ?? null),
    },
    repair: { mergedAt: repair.mergedAt.toISOString(), sha: repair.mergeSha },
    deployment: { state: "READY", readyAt: serving.readyAt, containsRepair: true },
    health: health.status,
    since: {
      events: since.repaired.length,
      eventsOnOldReleases: since.old.length,
      hours: (now.getTime() - readyAt.getTime()) / HOUR_MS,
      sessions: used?.since.total ?? null,
      hourly: hourly.since,
      hourlySessions: hourly.since && (used?.since.hourly ?? null),
    },
    sentryStatus: status ?? "unknown",
    history: { attempts: incident.attempts, partialStreak: incident.partialStreak },
  };
}

/** Sessions before and since. A source that counted none before does not count them at all, which is not "nobody came". */
async function readUse(
  sessions: SessionHistory | null,
  range: { issueId: string; environment: string | null; from: string; to: string },
  edges: { failedUntil: Date; readyAt: Date },
) {
  const buckets = (await sessions?.listSessions(range)) ?? null;
  if (buckets === null) return null;
  const before = countSessions(buckets, Date.parse(range.from), edges.failedUntil.getTime());
  if (before.total <= 0) return null;
  return { before, since: countSessions(buckets, edges.readyAt.getTime(), Date.parse(range.to)) };
}

/** Events on releases that do not hold the repair are stragglers. An unknown release counts against the repair. */
async function splitByRelease(commits: CommitGraph, repairSha: string, events: readonly EventMark[]) {
  const contains = containment(commits, repairSha);
  const repaired: EventMark[] = [];
  const old: EventMark[] = [];
  for (const event of events) {
    const isOld = event.release !== null && (await contains(event.release)) === false;
    (isOld ? old : repaired).push(event);
  }
  return { repaired, old };
}

/** Events an hour, oldest first, ending at `to`; null for a span too short to have hours. */
function hourlyCounts(events: readonly EventMark[], from: Date, to: Date): number[] | null {
  const hours = (to.getTime() - from.getTime()) / HOUR_MS;
  if (hours < HOURLY_FROM_HOURS) return null;
  const counts = new Array<number>(Math.ceil(hours)).fill(0);
  for (const event of events) {
    const index = Math.floor((Date.parse(event.at) - from.getTime()) / HOUR_MS);
    if (index >= 0 && index < counts.length) counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts;
}
