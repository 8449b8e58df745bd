import { findIncident, type Incident } from "../incidents/index.ts";
import { readFileRole } from "../kernel/read-file-role.ts";
import type { HeldWrite, WriteKind, WritePermit } from "../kernel/write.ts";
import type { Context } from "../runtime/context.ts";
import type { Outbound } from "../runtime/outbound.ts";
import { composeBranchName, composeHeadline, composePullRequestBody } from "./compose-pull-request.ts";
import type { GateJudgement } from "./decide-run-end.ts";
import type { FileChange } from "./diff-model.ts";
import { getContentsAfter } from "./get-contents.ts";
import type { RepositoryRules } from "./get-rules.ts";
import type { RunReport } from "./model.ts";
import type { CheckAnnotation, CodeHost } from "./ports.ts";
import type { Published } from "./published-model.ts";
import { readConvention } from "./read-convention.ts";
import { listOpenPullRequests, type RunRow } from "./store.ts";

export interface DraftInput {
  run: RunRow;
  incident: Incident;
  report: RunReport;
  rules: RepositoryRules;
  gate: GateJudgement;
  approvedBy: string | null;
  files: readonly FileChange[];
  notes: readonly string[];
}

export type DraftOutcome =
  | { type: "published"; draft: Published }
  | { type: "held"; write: HeldWrite }
  | { type: "dropped"; reason: string; incident: Incident };

/** How many commits tell how a repository writes its messages. */
const COMMITS_READ = 30;

class Held extends Error {
  readonly write: HeldWrite;
  constructor(write: HeldWrite) {
    super(write.detail);
    this.write = write;
  }
}

class Dropped extends Error {
  readonly incident: Incident;
  constructor(incident: Incident) {
    super(`the incident is ${incident.state}`);
    this.incident = incident;
  }
}

/**
 * Branch, verified commit, draft pull request, labels, check run. The incident is read again right before each of them: one
 * that resolved by itself, or that a person ignored, meanwhile gets nothing more.
 */
export async function writeDraft(
  ctx: Context,
  { codeHost, outbound }: { codeHost: CodeHost; outbound: Outbound },
  input: DraftInput,
): Promise<DraftOutcome> {
  const passing = async <T>(kind: WriteKind, write: (permit: WritePermit) => Promise<T>): Promise<T> => {
    const now = await findIncident(ctx.db.db, input.incident.id);
    if (now !== null && now.state !== "repairing") throw new Dropped(now);
    const result = await outbound.write(kind, write);
    if (result.held) throw new Held(result);
    return result.value;
  };
  try {
    return { type: "published", draft: await write(ctx, codeHost, input, passing) };
  } catch (error) {
    if (error instanceof Held) return { type: "held", write: error.write };
    if (error instanceof Dropped) return { type: "dropped", reason: error.message, incident: error.incident };
    throw error;
  }
}

type Passing = <T>(kind: WriteKind, write: (permit: WritePermit) => Promise<T>) => Promise<T>;

async function write(ctx: Context, codeHost: CodeHost, input: DraftInput, passing: Passing): Promise<Published> {
  const { run, incident } = input;
  // The title as the run was given it: the incident's own follows the source, and a repeated run has to find its branch.
  const branch = composeBranchName(incident.number, run.brief.title, run.attempt);
  const contents = await getContentsAfter(codeHost, input.files, run.baseSha);
  // A person may have merged, and the branch be gone, before we could write down that the pull request was open.
  const earlier = await codeHost.findPullRequestOfBranch(branch);
  if (earlier?.state === "closed") {
    const { number, url, isDraft, headSha: sha } = earlier;
    const commit = { sha, url, isVerified: await codeHost.isVerifiedCommit(sha) };
    return { branch, commit, pullRequest: { number, url, isDraft }, supersededIds: [] };
  }
  const headline = await titleOf(codeHost, input);
  await passing("github.branch", (permit) => codeHost.ensureBranch(permit, { branch, sha: run.baseSha }));
  const commit = await passing("github.commit", (permit) =>
    codeHost.ensureCommit(permit, {
      ...{ branch, parentSha: run.baseSha, headline },
      body: incident.issueUrl ? `Repairs ${incident.issueUrl}` : `Repairs incident ${incident.number}`,
      trailer: `Patchpilot-Run: ${run.id}`,
      ...contents,
    }),
  );
  const pullRequest = await passing("github.pull-request", (permit) =>
    codeHost.ensurePullRequest(permit, { branch, base: run.baseBranch, title: headline, body: bodyOf(input) }),
  );
  const { number } = pullRequest;
  await passing("github.label", (permit) => codeHost.ensureLabels(permit, { number, labels: labelsOf(incident) }));
  await passing("github.check-run", (permit) => codeHost.ensureCheckRun(permit, checkOf(input, commit.sha)));
  const supersededIds = await closeSuperseded(ctx, codeHost, { incident, number, passing });
  return { branch, commit, pullRequest, supersededIds };
}

/** Drafts of earlier attempts that nobody needs any more say so and are closed; answers their ids. */
async function closeSuperseded(
  ctx: Context,
  codeHost: CodeHost,
  { incident, number, passing }: { incident: Incident; number: number; passing: Passing },
): Promise<string[]> {
  const superseded = await listOpenPullRequests(ctx.db.db, incident.id, number);
  for (const old of superseded) {
    const comment = `Superseded by #${number}: a later attempt repairs the same incident. Nothing of this branch is lost; reopen it if it was the better one.`;
    await passing("github.pull-request", (permit) =>
      codeHost.ensurePullRequestClosed(permit, { number: old.number, comment }),
    );
  }
  return superseded.map((old) => old.id);
}

const pathOf = (file: FileChange) => file.newPath ?? file.oldPath ?? "";

async function titleOf(codeHost: CodeHost, { run, files }: DraftInput): Promise<string> {
  const convention = readConvention(await codeHost.listRecentMessages(run.baseSha, COMMITS_READ));
  const paths = files.map(pathOf).filter((path) => readFileRole(path) === "source");
  return composeHeadline({ title: run.brief.title, taskKind: run.taskKind, convention, paths });
}

function bodyOf({ run, incident, report, gate, approvedBy, notes, rules, files }: DraftInput): string {
  return composePullRequestBody({
    ...{ report, gate, approvedBy, notes },
    incidentNumber: incident.number,
    issueNumber: incident.issueNumber,
    attempt: run.attempt,
    brief: run.brief,
    baseSha: run.baseSha,
    files: files.map((file) => ({ path: pathOf(file), addedLines: file.addedLines, deletedLines: file.deletedLines })),
    template: rules.template,
  });
}

function labelsOf(incident: Incident): string[] {
  return ["patchpilot", ...(incident.priority ? [`patchpilot:${incident.priority}`] : [])];
}

/** The gate's judgement as a check run; what a person approved stands at its line. */
function checkOf({ run, gate, files, notes, approvedBy }: DraftInput, sha: string) {
  const rules = gate.reasons.map(({ rule, path, detail }) => `- ${rule}${path ? ` (${path})` : ""}: ${detail}`);
  const written = new Set(files.flatMap((file) => (file.newPath === null ? [] : [file.newPath])));
  const annotations = gate.reasons.flatMap(({ rule, path, line, detail }): CheckAnnotation[] =>
    path !== undefined && written.has(path)
      ? [{ path, line: line ?? 1, level: "warning", title: rule, message: detail }]
      : [],
  );
  return {
    name: "patchpilot/gate",
    sha,
    conclusion: "success" as const,
    title: approvedBy ? `Approved by ${approvedBy}` : "The patch keeps to the rules",
    summary: [`${files.length} files were judged.`, ...rules, ...notes.map((note) => `- ${note}`)].join("\n"),
    externalId: run.id,
    annotations,
  };
}
