import * as z from "zod";
import { mayCommand } from "../kernel/may-command.ts";
import { readCommandWord } from "../kernel/read-command-text.ts";
import { readPlainWords } from "../kernel/read-plain-words.ts";

export const INTENTS = [
  "implement",
  "plan",
  "approve",
  "retry",
  "pause",
  "resume",
  "rollback",
  "ignore",
  "status",
] as const;
export type Intent = (typeof INTENTS)[number] | "none";

const WORDS: Record<string, (typeof INTENTS)[number]> = {
  fix: "implement",
  plan: "plan",
  approve: "approve",
  retry: "retry",
  pause: "pause",
  resume: "resume",
  rollback: "rollback",
  ignore: "ignore",
  status: "status",
};

/** A comment and who wrote it, as `explain intent` takes it. */
export const intentFactsSchema = z.object({
  comment: z.string(),
  author: z.object({
    login: z.string(),
    type: z.string(),
    permission: z.enum(["admin", "maintain", "write", "triage", "read", "none"]),
  }),
});
export type IntentFacts = z.infer<typeof intentFactsSchema>;

export interface IntentDecision {
  intent: Intent;
  allowed: boolean;
  reason: string;
}

/**
 * What a comment asks for, by a command or in plain words, and whether its author may: only people with write permission
 * are obeyed.
 */
export function decideIntent({ comment, author }: IntentFacts): IntentDecision {
  const read = readIntent(comment);
  if ("none" in read) return { intent: "none", allowed: false, reason: read.none };
  return { intent: read.intent, ...mayCommand(author) };
}

function readIntent(comment: string): { intent: (typeof INTENTS)[number] } | { none: string } {
  const word = readCommandWord(comment);
  if (word === null) {
    const plain = readPlainWords(comment);
    if (plain === null) return { none: "the comment begins with no command, and its words clearly ask for nothing" };
    return { intent: plain.asks === "start" ? "implement" : "approve" };
  }
  const intent = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
  return intent === undefined ? { none: `there is no command ${word}` } : { intent };
}
