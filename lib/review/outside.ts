import type { HeldWrite, WriteKind, WritePermit } from "../kernel/write.ts";
import type { Price, SpendLimits } from "../llm/model.ts";
import type { LanguageModel } from "../llm/ports.ts";
import type { Outbound } from "../runtime/outbound.ts";
import type { ReviewPolicy } from "./model.ts";
import type { ReviewHost } from "./ports.ts";

/** What reviewing works with. */
export interface ReviewOutside {
  host: ReviewHost;
  /** Where a first answer to an issue is looked up. */
  code: {
    webUrl(): Promise<string>;
    findCommit(ref: string): Promise<string | null>;
    /** Paths of files that hold these words, best first. */
    findFiles(words: string, limit: number): Promise<string[]>;
  };
  /** null where none is configured: nothing is reviewed. */
  model: LanguageModel | null;
  outbound: Outbound;
  settings: {
    projectId: string;
    policy: ReviewPolicy;
    prices: Readonly<Record<string, Price>>;
    dailyUsd: number | null;
    maxOutputTokens: number;
    callSeconds: number;
  };
}

/** The reading, the refuting pass, and what of them failed and may have been billed. */
const MOST_STEPS = 8;

/** What one review may take, all its calls together. */
export function limitsOf({ policy, dailyUsd }: ReviewOutside["settings"]): SpendLimits {
  return { maxSteps: MOST_STEPS, maxTokens: policy.maxTokens, maxUsd: policy.maxUsd, dailyUsd };
}

/** How long the kill switch holds something before it is tried again. */
export const HELD_RETRY_MS = 60_000;

/** Writes of one job: after the first that is held, nothing more is sent. */
export interface Writer {
  held: HeldWrite | null;
  /** null: held. */
  send<T>(kind: WriteKind, write: (permit: WritePermit) => Promise<T>): Promise<T | null>;
}

export function createWriter(outbound: Outbound): Writer {
  const writer: Writer = {
    held: null,
    async send(kind, write) {
      if (writer.held !== null) return null;
      const result = await outbound.write(kind, write);
      if (!result.held) return result.value;
      writer.held = result;
      return null;
    },
  };
  return writer;
}
