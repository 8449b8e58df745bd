import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { caseSchema, type EvalCase } from "../../lib/evals/case-model.ts";

const FOLDER = join(import.meta.dirname, "cases");
const draftSchema = z.record(z.string(), z.unknown());
type Draft = z.infer<typeof draftSchema>;

const isDraft = (value: unknown): value is Draft =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** `over` laid over `base`: members of objects one by one, lists and everything else whole. */
function layOver(base: Draft, over: Draft): Draft {
  const merged = { ...base };
  for (const [name, value] of Object.entries(over)) {
    const below = merged[name];
    merged[name] = isDraft(below) && isDraft(value) ? layOver(below, value) : value;
  }
  return merged;
}

function readDraft(name: string, depth = 0): Draft {
  if (depth > 3) throw new Error(`case ${name}: \`like\` leads in a circle`);
  const { like, ...own } = draftSchema.parse(parse(readFileSync(join(FOLDER, `${name}.yaml`), "utf8")));
  return typeof like === "string" ? layOver(readDraft(like, depth + 1), own) : own;
}

/** One case by its file's name. A case may be `like` another: then it holds only what is different. */
function readCase(name: string): EvalCase {
  const read = caseSchema.safeParse({ ...readDraft(name), name });
  if (read.success) return read.data;
  const faults = read.error.issues.map((issue) => `${issue.path.join(".") || "the whole"}: ${issue.message}`);
  throw new Error(`test/evals/cases/${name}.yaml: ${faults.join("; ")}`);
}

export function readCases(): EvalCase[] {
  const names = readdirSync(FOLDER).filter((file) => file.endsWith(".yaml"));
  return names.sort().map((file) => readCase(basename(file, ".yaml")));
}
