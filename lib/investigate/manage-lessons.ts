import { recordTimeline } from "../incidents/index.ts";
import { actorText } from "../kernel/actor.ts";
import { AppError } from "../kernel/errors.ts";
import { redact } from "../kernel/redact.ts";
import type { Context } from "../runtime/context.ts";
import { inTransaction } from "../runtime/in-transaction.ts";
import { type LessonChanges, type LessonView, lessonChangesSchema, type MemoryPolicy } from "./lesson-model.ts";
import { readLesson } from "./read-lesson.ts";
import {
  addCorrection,
  findLesson,
  type LessonRow,
  listLessonRows,
  listOverdueLessons,
  removeLessons,
} from "./store.ts";

const DAY_MS = 86_400_000;
/** Forgotten at a time. */
const SWEEP = 1_000;

function viewLesson(row: LessonRow): LessonView {
  const { id, incidentId, errorType, errorMessage, attempts, verdict, pullRequestUrl, corrections } = row;
  const { outcome, cause, summary, fixFiles } = readLesson(row);
  const told = { id, incidentId, outcome, errorType, errorMessage, cause, summary, fixFiles };
  return { ...told, attempts, verdict, pullRequestUrl, corrections, createdAt: row.createdAt.toISOString() };
}

/** Lessons of a project, newest first; `nextSeq` is where the next page begins, null at the end. */
export async function listLessons(
  ctx: Context,
  projectId: string,
  { beforeSeq, limit }: { beforeSeq: number | null; limit: number },
): Promise<{ items: LessonView[]; nextSeq: number | null }> {
  const rows = await listLessonRows(ctx.db.db, projectId, { beforeSeq, limit: limit + 1 });
  const items = rows.slice(0, limit);
  return { items: items.map(viewLesson), nextSeq: rows.length > limit ? (items.at(-1)?.seq ?? null) : null };
}

/** The lesson, or AppError `lesson_not_found`. */
export async function getLesson(ctx: Context, projectId: string, id: string): Promise<LessonView> {
  return viewLesson(await mustFind(ctx, projectId, id));
}

async function mustFind(ctx: Context, projectId: string, id: string): Promise<LessonRow> {
  const row = await findLesson(ctx.db.db, projectId, id);
  if (row === null) {
    throw new AppError("lesson_not_found", `there is no lesson ${id.slice(0, 60)}`, { retry: "never" });
  }
  return row;
}

/** A person knows better: kept beside what was written, with who and when, and over everything written later. */
export async function correctLesson(
  ctx: Context,
  input: { projectId: string; id: string; changes: LessonChanges; reason: string | null },
): Promise<LessonView> {
  const row = await mustFind(ctx, input.projectId, input.id);
  const changes = cleanChanges(input.changes);
  const at = ctx.clock.now().toISOString();
  const reason = input.reason === null ? null : redact(input.reason).text;
  const corrected = await inTransaction(ctx, async (tx) => {
    const updated = await addCorrection(tx, row.id, { at, by: actorText(ctx.actor), reason, changes });
    if (updated === null) return null;
    const names = Object.keys(changes).join(", ");
    const summary = `the lesson of this incident was corrected (${names})${reason ? `: ${reason}` : ""}`;
    const detail = { lessonId: row.id, changes };
    await recordTimeline(tx, ctx, row.incidentId, { kind: "lesson_corrected", summary, detail });
    return updated;
  });
  if (corrected === null) throw new AppError("lesson_not_found", "it was forgotten meanwhile", { retry: "never" });
  return viewLesson(corrected);
}

/** A lesson tells nothing that was not redacted, a person's words included. */
function cleanChanges({ cause, summary, outcome, fixFiles }: LessonChanges): LessonChanges {
  return lessonChangesSchema.parse({
    ...(cause !== undefined && { cause: redact(cause).text }),
    ...(summary !== undefined && { summary: redact(summary).text }),
    ...(outcome !== undefined && { outcome }),
    ...(fixFiles !== undefined && { fixFiles }),
  });
}

/** Forgets a lesson at a person's word. It comes back only when its incident ends again. */
export async function forgetLesson(ctx: Context, input: { projectId: string; id: string }): Promise<void> {
  const row = await mustFind(ctx, input.projectId, input.id);
  await inTransaction(ctx, async (tx) => {
    if ((await removeLessons(tx, [row.id])) === 0) return;
    const entry = { kind: "lesson_forgotten", summary: "the lesson of this incident was forgotten on request" };
    await recordTimeline(tx, ctx, row.incidentId, { ...entry, detail: { lessonId: row.id } });
  });
}

/** Forgets what the policy keeps no longer, the oldest first and so many at a time; answers how many those were. */
export async function forgetOldLessons(
  ctx: Context,
  input: { projectId: string; policy: MemoryPolicy },
): Promise<{ forgotten: number }> {
  const before = new Date(ctx.clock.now().getTime() - input.policy.keepDays * DAY_MS);
  const most = input.policy.maxLessons;
  const overdue = await listOverdueLessons(ctx.db.db, input.projectId, { before, most, limit: SWEEP });
  if (overdue.length === 0) return { forgotten: 0 };
  return { forgotten: await inTransaction(ctx, (tx) => removeLessons(tx, overdue)) };
}
