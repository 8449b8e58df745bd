import { changeIncident, findLatestAlert, getIncident, type Incident } from "../incidents/index.ts";
import { DONE, type JobOutcome } from "../jobs/model.ts";
import { enqueue } from "../jobs/outbox.ts";
import { type Stage, stageIncludes } from "../kernel/write.ts";
import type { SlowMeasure } from "../performance/model.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { composeInvestigation } from "./compose-investigation.ts";
import { composeSlowEvent } from "./compose-slow-event.ts";
import type { ErrorSource, RepositoryReader, SourceEvent } from "./ports.ts";
import { rankSuspects } from "./rank-suspects.ts";
import { tokensOf } from "./read-tokens.ts";
import { findSimilarLessons, type LessonRow } from "./store.ts";

export interface InvestigateOutside {
  /** A source's API; null where it is not configured. */
  errors(source: string): ErrorSource | null;
  /** null where GitHub is not configured: frames are kept, but not mapped to files. */
  repository: RepositoryReader | null;
  settings: { stage: Stage };
}

const RECENT_COMMITS = 30;
const SIMILAR_LESSONS = 5;

/** Gathers the evidence of one incident: its event, the code that it happened in, who touched it last, what helped before. */
export async function investigateIncident(
  ctx: Context,
  outside: InvestigateOutside,
  input: { incidentId: string },
): Promise<JobOutcome> {
  const incident = await getIncident(ctx.db.db, input.incidentId);
  if (incident.state !== "investigating") return DONE;
  const event = await readEvent(ctx, outside, incident);
  const code = await readCode(outside.repository, event?.release ?? incident.release);
  const tokens = event ? tokensOf(event.excerpt) : [];
  const lessons = await findSimilarLessons(ctx.db.db, incident.projectId, tokens, SIMILAR_LESSONS);
  const ranking = rankSuspects({
    frames: event?.excerpt.frames ?? [],
    repoFiles: code?.paths ?? [],
    recentCommits: code?.commits ?? [],
    lessons: lessons.map(lessonFacts),
    errorType: event?.excerpt.errorType ?? null,
    errorMessage: event?.excerpt.errorMessage ?? null,
  });
  const investigation = composeInvestigation({
    event,
    code,
    ranking,
    lessons,
    tokens,
    at: ctx.clock.now().toISOString(),
  });
  const repairs = stageIncludes(outside.settings.stage, "repair") && code !== null;
  await inTransaction(ctx, async (tx) => {
    await changeIncident(tx, ctx, incident, {
      command: repairs ? null : "observe",
      patch: { investigation: { ...investigation }, ...(event?.release && { release: event.release }) },
      entry: { kind: "investigated", summary: investigation.summary, detail: { ...investigation } },
    });
    await enqueue(tx, ctx, "alerts.update-issue", { incidentId: incident.id });
    if (repairs) await enqueue(tx, ctx, "repair.start-repair", { incidentId: incident.id });
  });
  return DONE;
}

/** The newest event by the source's API, else as the webhook told it. */
async function readEvent(ctx: Context, outside: InvestigateOutside, incident: Incident): Promise<SourceEvent | null> {
  if (incident.kind === "performance") {
    const measure = incident.measure as SlowMeasure | null;
    return measure && composeSlowEvent(measure, incident.environment);
  }
  const errors = outside.errors(incident.source);
  if (errors !== null && incident.sourceIssueId !== null) {
    const event = await errors.findLatestEvent(incident.sourceIssueId);
    if (event !== null) return event;
  }
  const delivery = await findLatestAlert(ctx.db.db, incident.id);
  const signal = delivery?.signal;
  if (signal?.kind !== "alert" || signal.event === null) return null;
  return { excerpt: signal.event, release: signal.release, environment: signal.environment };
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

function lessonFacts(lesson: LessonRow) {
  return {
    errorType: lesson.errorType,
    errorMessage: lesson.errorMessage,
    frames: lesson.frames.map((frame) => ({ ...frame, absPath: null, line: null, column: null })),
    fixFiles: lesson.fixFiles,
    outcome: lesson.outcome,
  };
}
