import * as z from "zod";
import { readCommandWord } from "../kernel/read-command-text.ts";

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

const WORDS: Record<string, Intent> = {
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

/** What a comment asks for, and whether its author may: only people with write permission are obeyed. */
export function decideIntent({ comment, author }: IntentFacts): IntentDecision {
  const word = readCommandWord(comment);
  if (word === null) return { intent: "none", allowed: false, reason: "the comment does not begin with a command" };
  const intent = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
  if (intent === undefined) return { intent: "none", allowed: false, reason: `there is no command ${word}` };
  if (author.type !== "User")
    return { intent, allowed: false, reason: `${author.login} is a ${author.type}, and only people are obeyed` };
  if (author.permission !== "admin" && author.permission !== "maintain" && author.permission !== "write") {
    return {
      intent,
      allowed: false,
      reason: `${author.login} has ${author.permission} permission, and write is needed`,
    };
  }
  return { intent, allowed: true, reason: `${author.login} has ${author.permission} permission` };
}
