import { incidents } from "../../lib/db/schema/index.ts";
import type { EvalCase } from "../../lib/evals/case-model.ts";
import { tokensOf } from "../../lib/investigate/read-tokens.ts";
import { saveLesson } from "../../lib/investigate/store.ts";
import { frameOf } from "./recorded-errors.ts";
import { type EvalWorld, PROJECT } from "./world.ts";

const DAY_MS = 86_400_000;

/** How the identity of an incident begins that was only told of. */
export const TAUGHT = "taught:";

/** Puts earlier incidents and what they taught into the memory, as `investigate.write-lesson` leaves them. */
export async function teachLessons({ ctx }: EvalWorld, lessons: EvalCase["lessons"]): Promise<void> {
  for (const [index, lesson] of lessons.entries()) {
    const at = new Date(ctx.clock.now().getTime() - (30 + index) * DAY_MS);
    const incidentId = ctx.newId("inc");
    const { type: errorType, message: errorMessage, outcome, fixFiles, cause, summary, failed } = lesson;
    const told = lesson.frames.map(frameOf);
    await ctx.db.db.insert(incidents).values({
      id: incidentId,
      projectId: PROJECT,
      identityKey: `${TAUGHT}${index}`,
      source: "sentry",
      kind: "error",
      state: "recovered",
      title: `${errorType}: ${errorMessage}`,
      level: "error",
      firstSeenAt: at,
      lastSeenAt: at,
      createdAt: at,
      updatedAt: at,
      closedAt: at,
    });
    await saveLesson(ctx.db.db, {
      id: ctx.newId("les"),
      projectId: PROJECT,
      incidentId,
      outcome,
      errorType,
      errorMessage,
      frames: told.map(({ filename, function: name, inApp }) => ({ filename, function: name, inApp })),
      tokens: tokensOf({ errorType, frames: told }),
      fixFiles,
      cause,
      attempts: failed.map(({ why, files }, attempt) => ({
        attempt: attempt + 1,
        outcome: "failed" as const,
        why,
        files,
        pullRequestUrl: null,
      })),
      summary,
      createdAt: at,
    });
  }
}
