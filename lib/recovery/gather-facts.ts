import type { Incident } from "../incidents/index.ts";
import type { DeploymentDecision, JudgedDeployment } from "./decide-deployment.ts";
import { listBaseline, listedAt, listSince } from "./list-baseline.ts";
import type { RecoveryFacts } from "./model.ts";
import type {
  CommitGraph,
  Deployments,
  DurationHistory,
  ErrorHistory,
  EventMark,
  HealthProbe,
  ProductImpact,
  SessionHistory,
} from "./ports.ts";
import { countSessions, countSessionsSince } from "./read-sessions.ts";
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
  /** How long work takes, by a source; null where it does not measure. */
  durations(source: string): DurationHistory | null;
  health: HealthProbe;
  /** The operator's check of the failing route; null where the policy has none. */
  probe: HealthProbe | null;
  impact: ProductImpact;
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
export function containment(commits: CommitGraph, repairSha: string): (sha: string) => Promise<boolean | null> {
  const known = new Map<string, Promise<boolean | null>>([[repairSha, Promise.resolve(true)]]);
  return (sha) => {
    const answer = known.get(sha) ?? commits.containsCommit({ ancestor: repairSha, descendant: sha });
    known.set(sha, answer);
    return answer;
  };
}

/** One look at an incident whose repair serves production. */
export interface Look {
  incident: Incident;
  repair: MergedRepair;
  serving: Extract<DeploymentDecision, { type: "serving" }>;
  now: Date;
  /** When production was rolled back in between, which ends the failing period; null: it was not. */
  rolledBackAt: Date | null;
}

/** When the error began to fail, until when that counts, and since when the repair serves. */
export function readEdges({ incident, serving, rolledBackAt }: Omit<Look, "repair">) {
  const readyAt = new Date(serving.readyAt);
  const beganAt = incident.reopenedAt ?? incident.firstSeenAt;
  const isRolledBack = rolledBackAt !== null && rolledBackAt > beganAt && rolledBackAt < readyAt;
  return { beganAt, failedUntil: isRolledBack ? rolledBackAt : readyAt, readyAt };
}

/** Counts the error before and since the repair reached production, and asks production for its health. */
export async function gatherFacts(outside: RecoveryOutside, input: Look): Promise<RecoveryFacts> {
  const { incident, repair, serving, now } = input;
  const { baselineHours } = outside.settings;
  const { beganAt, failedUntil, readyAt } = readEdges(input);
  const listed = listedAt(outside.errors(incident.source), incident);
  const { from, events: before } = await listBaseline(listed, { beganAt, until: failedUntil, baselineHours });
  const after = await listSince(listed, readyAt, now);
  const since = await splitByRelease(outside.commits, repair.mergeSha, after);
  const used = await readUse(outside, incident, { from, failedUntil, readyAt, now });
  const hourly = {
    before: hourlyCounts(before, from, failedUntil),
    since: hourlyCounts(since.repaired, readyAt, now),
  };
  const health = await outside.health.check();
  const probe = (await outside.probe?.check()) ?? null;
  const status = listed === null ? null : await listed.errors.findStatus(listed.issueId);
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
    probe,
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
  outside: RecoveryOutside,
  incident: Incident,
  span: { from: Date; failedUntil: Date; readyAt: Date; now: Date },
) {
  const sessions = outside.sessions(incident.source);
  const issueId = incident.sourceIssueId;
  if (sessions === null || issueId === null) return null;
  const list = (from: Date, to: Date) =>
    sessions.listSessions({
      issueId,
      environment: incident.environment,
      from: from.toISOString(),
      to: to.toISOString(),
    });
  // Two questions: the shorter the time, the finer a source counts.
  const listed = await list(span.from, span.failedUntil);
  const before = listed && countSessions(listed, span.from.getTime(), span.failedUntil.getTime());
  if (before === null || before.total <= 0) return null;
  const [readyMs, nowMs] = [span.readyAt.getTime(), span.now.getTime()];
  const countedUntilMs = nowMs + outside.settings.ingestLagSeconds * 1_000;
  const recent = (await list(span.readyAt, span.now)) ?? [];
  return { before, since: countSessionsSince(recent, readyMs, nowMs, countedUntilMs) };
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
