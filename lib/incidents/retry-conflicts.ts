import { AppError } from "../kernel/errors.ts";

const MOST_TRIES = 5;

/**
 * Does `work`, which reads an incident and changes it, again when somebody else changed it in the same moment. For work
 * that is no job of its own, and so is repeated by nobody.
 */
export async function retryConflicts<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== "incident_conflict" || tries >= MOST_TRIES) throw error;
    }
  }
}
