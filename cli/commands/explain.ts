import { createInterface } from "node:readline";
import * as z from "zod";
import { explainDelivery } from "../../lib/intake/index.ts";
import { githubIssueTextSchema } from "../../lib/intake/issue-text-model.ts";
import { readGithubIssue } from "../../lib/intake/read-github-issue.ts";
import { suspectsInputSchema } from "../../lib/investigate/model.ts";
import { rankSuspects } from "../../lib/investigate/rank-suspects.ts";
import { messageOf } from "../../lib/kernel/errors.ts";
import { redact } from "../../lib/kernel/redact.ts";
import { decideRecovery } from "../../lib/recovery/decide-recovery.ts";
import { recoveryFactsSchema } from "../../lib/recovery/model.ts";
import { decideGate } from "../../lib/repair/decide-gate.ts";
import { decideIntent, intentFactsSchema } from "../../lib/repair/decide-intent.ts";
import { gateInputSchema } from "../../lib/repair/gate-model.ts";
import { decideTriage } from "../../lib/triage/decide-triage.ts";
import { triageFactsSchema } from "../../lib/triage/model.ts";
import { type Command, UsageError } from "../command.ts";

type Explain = (line: unknown) => unknown | Promise<unknown>;

/** A pure decision behind its schema: what does not fit is `{error}`. */
function topic<S extends z.ZodType>(schema: S, decide: (facts: z.infer<S>) => unknown): Explain {
  return (line) => {
    const read = schema.safeParse(line);
    if (read.success) return decide(read.data);
    const [issue] = read.error.issues;
    const place = issue?.path.join(".");
    return { error: `${place ? `${place}: ` : ""}${issue?.message ?? "not of this topic's shape"}` };
  };
}

const TOPICS: Record<string, Explain> = {
  delivery: explainDelivery,
  "github-issue": topic(githubIssueTextSchema, readGithubIssue),
  triage: topic(triageFactsSchema, (facts) => decideTriage(facts)),
  suspects: topic(suspectsInputSchema, (input) => rankSuspects(input)),
  gate: topic(gateInputSchema, decideGate),
  intent: topic(intentFactsSchema, decideIntent),
  redact: topic(z.object({ text: z.string() }), ({ text }) => redact(text)),
  recovery: topic(recoveryFactsSchema, (facts) => decideRecovery(facts)),
};

async function answerLine(explain: Explain, line: string): Promise<unknown> {
  try {
    return await explain(JSON.parse(line));
  } catch (error) {
    return { error: error instanceof SyntaxError ? `not JSON: ${error.message}` : messageOf(error) };
  }
}

/** Why would it decide that? The live path's own decisions over lines of facts, without network or database. */
export const explain: Command = {
  name: "explain",
  summary: "why would it decide that: one JSON object a line in, one a line out",
  usage: `Usage: patchpilot explain ${Object.keys(TOPICS).join("|")} < lines.jsonl`,
  async run(args) {
    const [name, ...rest] = args.filter((arg) => arg !== "--json");
    const explainTopic = name !== undefined && Object.hasOwn(TOPICS, name) ? TOPICS[name] : undefined;
    if (explainTopic === undefined || rest.length > 0) {
      throw new UsageError(
        `explain takes one topic of ${Object.keys(TOPICS).join(", ")}${name === undefined ? "" : `, not ${args.join(" ")}`}`,
      );
    }
    let hasFault = false;
    for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (line.trim() === "") continue;
      const answer = await answerLine(explainTopic, line);
      if (typeof answer === "object" && answer !== null && "error" in answer) hasFault = true;
      const text = `${JSON.stringify(answer)}\n`;
      if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once("drain", resolve));
    }
    return hasFault ? 1 : 0;
  },
};
