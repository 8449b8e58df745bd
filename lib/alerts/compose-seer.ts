import * as z from "zod";
import { quietMarkdown } from "../kernel/quiet-text.ts";

export const SEER_HEADINGS = {
  root_cause_completed: "Root cause",
  solution_completed: "Solution",
  coding_completed: "Code",
  pr_created: "Pull requests",
} as const;
/** In the order in which Seer works. */
const ACTIONS = ["root_cause_completed", "solution_completed", "coding_completed", "pr_created"] as const;

const detailSchema = z.object({
  action: z.enum(ACTIONS),
  runId: z.string().nullable(),
  description: z.string().nullable(),
  steps: z.array(z.string()),
  changes: z.array(z.object({ title: z.string(), description: z.string().nullable() })),
  pullRequests: z.array(
    z.object({ url: z.string(), repository: z.string().nullable(), number: z.number().nullable() }),
  ),
});
export type SeerResult = z.infer<typeof detailSchema>;

/** Of every kind of result the one of Seer's newest run, whatever came last: deliveries overtake each other. */
export function readSeerResults(timeline: readonly { kind: string; detail: unknown }[]): SeerResult[] {
  const newest = new Map<SeerResult["action"], SeerResult>();
  for (const entry of timeline) {
    const parsed = entry.kind === "seer" ? detailSchema.safeParse(entry.detail) : null;
    if (!parsed?.success) continue;
    const before = newest.get(parsed.data.action);
    if (before === undefined || runOf(parsed.data) >= runOf(before)) newest.set(parsed.data.action, parsed.data);
  }
  return ACTIONS.flatMap((action) => newest.get(action) ?? []);
}

const runOf = ({ runId }: SeerResult) => (runId !== null && /^\d{1,15}$/.test(runId) ? Number(runId) : 0);

/** What Sentry's Seer said of the incident, as a section of its issue; null where it said nothing. At most about 10,000 characters. */
export function composeSeerSection(timeline: readonly { kind: string; detail: unknown }[]): string | null {
  const told = readSeerResults(timeline).map(renderResult);
  if (told.length === 0) return null;
  const note = "_Written by Sentry's Seer: its opinion, which Patchpilot neither checked nor works by._";
  return `<details><summary>What Sentry's Seer thinks</summary>\n\n${note}\n\n${told.join("\n\n")}\n\n</details>`;
}

function renderResult(result: SeerResult): string {
  const quiet = (text: string) => quietMarkdown(text, 1_500);
  const lines = [
    ...result.steps.map((step, index) => `${index + 1}. ${quiet(step)}`),
    ...result.changes.map(
      ({ title, description }) => `- ${quiet(title)}${description ? `: ${quiet(description)}` : ""}`,
    ),
    ...result.pullRequests.flatMap((pull) => linkOf(pull) ?? []),
  ];
  const words = [result.description && quiet(result.description), lines.join("\n")].filter((part) => part);
  return `**${SEER_HEADINGS[result.action]}**${words.length > 0 ? `\n\n${words.join("\n\n")}` : ": no text came with it"}`;
}

function linkOf({ url, repository, number }: SeerResult["pullRequests"][number]): string | null {
  if (!/^https:\/\/[^\s()<>|`[\]]{1,300}$/.test(url)) return null;

  const name = [repository && quietMarkdown(repository, 100), number].filter((part) => part !== null).join(" ");
  return `- [${name || "pull request"}](${url})`;
}
