import type { PerformanceRecoveryFacts } from "./decide-performance-recovery.ts";
import { containment, type Look, type RecoveryOutside, readEdges } from "./gather-facts.ts";
import { beginOf } from "./list-baseline.ts";
import { readSlowWork } from "./read-slow-work.ts";

const HOUR_MS = 3_600_000;

/**
 * How long the same work took before and since the repair reached production. Samples of releases that do not hold the
 * repair are left out of what came since. null: its measure is gone, or the source does not measure.
 */
export async function gatherPerformanceFacts(
  outside: RecoveryOutside,
  look: Look,
): Promise<PerformanceRecoveryFacts | null> {
  const { incident, repair, serving, now } = look;
  const { baselineHours, slowFromMs } = outside.settings;
  const work = readSlowWork(incident.measure, slowFromMs);
  const durations = outside.durations(incident.source);
  const { environment } = incident;
  if (work === null || durations === null || environment === null) return null;
  const { beganAt, failedUntil, readyAt } = readEdges(look);
  const from = beginOf({ beganAt, until: failedUntil, baselineHours });
  const read = async (since: Date, until: Date, withoutReleases: readonly string[]) => {
    const window = { environment, from: since.toISOString(), to: until.toISOString(), withoutReleases };
    const hours = Math.max((until.getTime() - since.getTime()) / HOUR_MS, 1 / 3_600);
    // A source refuses a window without length.
    if (until <= since) return { hours, samples: 0, slow: 0, p95Ms: 0, p99Ms: 0 };
    return { hours, ...(await durations.readDurations(work.key, window, work.thresholdMs)) };
  };
  const old = now > readyAt ? await listOldReleases(outside, look, { readyAt, environment, durations, ...work }) : [];
  return {
    now: now.toISOString(),
    incident: { firstSeenAt: incident.firstSeenAt.toISOString(), lastSeenAt: incident.lastSeenAt.toISOString() },
    repair: { mergedAt: repair.mergedAt.toISOString(), sha: repair.mergeSha },
    deployment: { state: "READY", readyAt: serving.readyAt, containsRepair: true },
    health: (await outside.health.check()).status,
    probe: (await outside.probe?.check()) ?? null,
    history: { attempts: incident.attempts, partialStreak: incident.partialStreak },
    sentryStatus: null,
    thresholdMs: work.thresholdMs,
    before: await read(from, failedUntil, []),
    since: await read(readyAt, now, old),
  };
}

async function listOldReleases(
  { commits }: RecoveryOutside,
  { repair, now }: Look,
  asked: {
    readyAt: Date;
    environment: string;
    durations: NonNullable<ReturnType<RecoveryOutside["durations"]>>;
    key: Parameters<NonNullable<ReturnType<RecoveryOutside["durations"]>>["listReleases"]>[0];
  },
): Promise<string[]> {
  const { readyAt, environment, durations, key } = asked;
  const contains = containment(commits, repair.mergeSha);
  const window = { environment, from: readyAt.toISOString(), to: now.toISOString(), withoutReleases: [] };
  const old: string[] = [];
  for (const release of await durations.listReleases(key, window))
    if ((await contains(release)) === false) old.push(release);
  return old;
}
