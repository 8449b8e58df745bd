import { findLatestAlert, getIncident, type Incident } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import type { Stage } from "../kernel/write.ts";
import type { SlowMeasure } from "../performance/model.ts";
import type { Context } from "../runtime/context.ts";
import { composeInvestigation } from "./compose-investigation.ts";
import { composeSlowEvent } from "./compose-slow-event.ts";
import { type EvidenceOutside, gatherEvidence } from "./gather-evidence.ts";
import { keepFindings } from "./keep-findings.ts";
import { createLearn } from "./learn.ts";
import type { ErrorSource, RepositoryReader, SourceEvent } from "./ports.ts";
import { rankSuspects } from "./rank-suspects.ts";
import { tokensOf } from "./read-tokens.ts";
import { recallLessons } from "./recall-lessons.ts";

export interface InvestigateOutside extends EvidenceOutside {
  /** A source's API; null where it is not configured. */
  errors(source: string): ErrorSource | null;
  /** null where GitHub is not configured: frames are kept, but not mapped to files. */
  repository: RepositoryReader | null;
  settings: { stage: Stage; asksModel: boolean };
}

const RECENT_COMMITS = 30;

/** Gathers the evidence of one incident: its event, the code that it happened in, who touched it last, what helped before. */
export async function investigateIncident(
  ctx: Context,
  outside: InvestigateOutside,
  input: { incidentId: string },
): Promise<JobOutcome> {
  const incident = await getIncident(ctx.db.db, input.incidentId);
  if (incident.state !== "investigating") return DONE;
  const unknown: string[] = [];
  const event = await readEvent(ctx, outside, incident, unknown);
  const code = await createLearn(unknown, { isNeeded: true })("the code", () =>
    readCode(outside.repository, event?.release ?? incident.release),
  );
  const tokens = event ? tokensOf(event.excerpt) : [];
  const lessons = await recallLessons(ctx.db.db, {
    projectId: incident.projectId,
    incidentId: incident.id,
    event: event?.excerpt ?? null,
    files: code?.paths ?? null,
  });
  const ranking = rankSuspects({
    frames: event?.excerpt.frames ?? [],
    repoFiles: code?.paths ?? [],
    recentCommits: code?.commits ?? [],
    lessons: lessons.facts,
    errorType: event?.excerpt.errorType ?? null,
    errorMessage: event?.excerpt.errorMessage ?? null,
  });
  const surroundings = await gatherEvidence(ctx, outside, { incident, event, code, ranking, unknown });
  const investigation = composeInvestigation({
    event,
    code,
    surroundings,
    ranking,
    lessons: lessons.told,
    tokens,
    at: ctx.clock.now().toISOString(),
  });
  await keepFindings(ctx, outside, { incident, found: investigation, release: event?.release ?? null });
  return DONE;
}

/** The newest event by the source's API, else as the webhook told it. */
async function readEvent(
  ctx: Context,
  outside: InvestigateOutside,
  incident: Incident,
  unknown: string[],
): Promise<SourceEvent | null> {
  if (incident.kind === "performance") {
    const measure = incident.measure as SlowMeasure | null;
    return measure && composeSlowEvent(measure, incident.environment);
  }
  const delivery = await findLatestAlert(ctx.db.db, incident.id);
  const signal = delivery?.signal;
  const told =
    signal?.kind === "alert" && signal.event !== null
      ? { excerpt: signal.event, release: signal.release, environment: signal.environment }
      : null;
  const errors = outside.errors(incident.source);
  const issueId = incident.sourceIssueId;
  if (errors === null || issueId === null) return told;
  const learn = createLearn(unknown, { isNeeded: told === null });
  return (await learn("the newest event", () => errors.findLatestEvent(issueId))) ?? told;
}

/** The repository as it was in the failing release, or at the default branch's head where the release names no commit. */
async function readCode(repository: RepositoryReader | null, release: string | null) {
  if (repository === null) return null;
  const branch = await repository.defaultBranch();
  const released = release === null ? null : await repository.findCommit(release);
  const sha = released ?? (await repository.findCommit(branch));
  if (sha === null) return null;
  const files = await repository.listFiles(sha);
  const commits = await repository.listRecentCommits(sha, RECENT_COMMITS);
  return { sha, isRelease: released !== null, branch, paths: files.paths, isTruncated: files.truncated, commits };
}
