import * as z from "zod";
import type { WritePermit } from "../../kernel/write.ts";
import type { CheckAnnotation, CodeHost } from "../../repair/ports.ts";
import { assertPermit } from "../../runtime/outbound.ts";
import { authoredSchema, type GitHubClient } from "./client.ts";

/** `conclusion` is null while it runs. */
type CheckInput = Omit<Parameters<CodeHost["ensureCheckRun"]>[1], "conclusion"> & { conclusion: string | null };

const checkSchema = z.object({
  id: z.number(),
  html_url: z.string().nullish(),
  url: z.string(),
  external_id: z.string().nullish(),
  conclusion: z.string().nullish(),
  output: z.object({ title: z.string().nullish(), summary: z.string().nullish() }).nullish(),
  app: authoredSchema.shape.performed_via_github_app,
});
const pageSchema = z.object({ check_runs: z.array(checkSchema) }).transform((page) => page.check_runs);
type CheckRun = z.infer<typeof checkSchema>;

const ROUTE = "/repos/{owner}/{repo}/check-runs";
/** GitHub refuses summaries of more than 65,535 characters. */
const MAX_SUMMARY = 65_000;
/** Of one call (docs.github.com, "Create a check run"); the gate names fewer. */
const MAX_ANNOTATIONS = 50;

const urlOf = (run: CheckRun) => ({ url: run.html_url ?? run.url });

/** Only an App can create check runs, and only its own can it change: others of the same name are left alone. */
async function findCheckRun(client: GitHubClient, input: CheckInput): Promise<CheckRun | null> {
  const query = { ref: input.sha, check_name: input.name, filter: "all" };
  const route = "GET /repos/{owner}/{repo}/commits/{ref}/check-runs";
  for await (const run of client.list(route, query, pageSchema)) {
    const isOurs = run.app ? await client.isOurs({ performed_via_github_app: run.app }) : true;
    if (isOurs && run.external_id === input.externalId) return run;
  }
  return null;
}

function toAnnotation({ path, line, level, title, message }: CheckAnnotation) {
  return { path, start_line: line, end_line: line, annotation_level: level, title, message };
}

/** Creates or corrects the check run of this name and external id on `sha`. */
export async function ensureCheckRun(
  client: GitHubClient,
  permit: WritePermit,
  input: CheckInput,
): Promise<{ url: string }> {
  assertPermit(permit, "github.check-run");
  const output = { title: input.title, summary: input.summary.slice(0, MAX_SUMMARY) };
  const found = await findCheckRun(client, input);
  const isRight =
    found !== null &&
    (found.conclusion ?? null) === input.conclusion &&
    found.output?.title === output.title &&
    found.output.summary === output.summary;
  if (found && isRight) return urlOf(found);
  // GitHub adds a correction's annotations to those that are there: only the first call brings them.
  const annotations = found ? [] : (input.annotations ?? []).slice(0, MAX_ANNOTATIONS).map(toAnnotation);
  const shown = annotations.length > 0 ? { ...output, annotations } : output;
  const state =
    input.conclusion === null ? { status: "in_progress" } : { status: "completed", conclusion: input.conclusion };
  const body = { name: input.name, ...state, output: shown };
  const [route, target] = found
    ? [`PATCH ${ROUTE}/{check_run_id}`, { check_run_id: found.id }]
    : [`POST ${ROUTE}`, { head_sha: input.sha, external_id: input.externalId }];
  return urlOf(await client.write(permit, "github.check-run", route, { ...target, ...body }, checkSchema));
}
