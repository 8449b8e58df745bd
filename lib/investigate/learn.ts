import { AppError } from "../kernel/errors.ts";

/** Asks for one thing. What a provider does not answer is noted as unknown, with its reason, and the answer is null. */
export type Learn = <T>(what: string, ask: () => Promise<T>) => Promise<T | null>;

/**
 * A `Learn` that adds to `unknown`. What is `needed` is waited for while the provider may answer yet: such an error is
 * thrown, and the job comes again.
 */
export function createLearn(unknown: string[], how: { isNeeded?: boolean } = {}): Learn {
  return async (what, ask) => {
    try {
      return await ask();
    } catch (thrown) {
      if (!(thrown instanceof AppError) || (how.isNeeded && thrown.retry !== "never")) throw thrown;
      const { provider, status } = thrown.context;
      const isAnswer = typeof provider === "string" && typeof status === "number";
      unknown.push(`${what}: ${isAnswer ? `${provider} answered ${status}` : thrown.message}`);
      return null;
    }
  };
}
