import { matchesAny } from "../kernel/match-paths.ts";
import type { CodeHost } from "../repair/ports.ts";
import type { Context } from "../runtime/context.ts";
import { idFrom } from "../runtime/ids.ts";
import { composeItemProposal, composeLinkDraft } from "./compose-proposal.ts";
import { makeIssues, readPlace, type WorkOutside } from "./make-issues.ts";
import type { BacklogPolicy, ChecklistItem, Proposed } from "./model.ts";
import { linkItems, normalize, readChecklist } from "./read-checklist.ts";

export interface BacklogOutside extends WorkOutside {
  code: Pick<
    CodeHost,
    "defaultBranch" | "findBranchHead" | "readFiles" | "ensureBranch" | "ensureCommit" | "ensurePullRequest"
  >;
  settings: BacklogPolicy;
}

export interface BacklogReport {
  items: Proposed[];
  /** The draft that names the issues in their files; null where nothing is to be named, or nothing was applied. */
  draft: { number: number; url: string } | null;
  /** What becomes of the files, for people. */
  files: string;
}

const BRANCH_PREFIX = "patchpilot/backlog-";

interface LinkedItem {
  item: ChecklistItem;
  issue: { number: number; url: string };
}

/**
 * Makes issues of the open items of the repository's checklists, and names each issue at its item by a draft pull request.
 * An item is known again by its file and its words, in the signed marker of the issue made from it, so that a second look
 * makes nothing twice. Writes only with `isApplied`.
 */
export async function keepBacklog(
  ctx: Context,
  outside: BacklogOutside,
  input: { projectId: string; isApplied: boolean },
): Promise<BacklogReport> {
  const place = await readPlace(outside.code);
  const paths = (await outside.work.listFiles(place.sha)).filter((path) => matchesAny(outside.settings.paths, path));
  const texts = await outside.code.readFiles(paths, place.sha);
  const items = [...texts].flatMap(([path, text]) => (text === null ? [] : readChecklist(path, text)));
  const marks = await Promise.all(items.map((item) => markOf(input.projectId, item)));
  const proposals = items.map((item, index) => composeItemProposal(item, marks[index] ?? ""));
  const { maxNewIssues } = outside.settings;
  const proposed = await makeIssues(ctx, outside, proposals, { maxNewIssues, full: null, isApplied: input.isApplied });
  const linked = items.flatMap((item, index): LinkedItem[] => {
    const issue = proposed[index]?.issue;
    return issue ? [{ item, issue }] : [];
  });
  const named = await decideNaming(outside, input.projectId, linked);
  if ("files" in named || !input.isApplied) {
    const files =
      "files" in named ? named.files : `would name ${linked.length} issues in the files by a draft pull request`;
    return { items: proposed, draft: "files" in named ? named.draft : null, files };
  }
  return {
    items: proposed,
    ...(await nameIssues(outside, { ...place, branch: named.branch, base: place.branch }, texts, linked)),
  };
}

const markOf = async (projectId: string, item: ChecklistItem) =>
  `backlog:${await idFrom("wrk", [projectId, item.path, normalize(item.text)])}`;

/**
 * Whether a draft is to name these issues, and on which branch. One draft at a time, as a second one would touch the same
 * lines; and one that a person closed is not opened again for the same issues.
 */
async function decideNaming(
  { work }: BacklogOutside,
  projectId: string,
  linked: readonly LinkedItem[],
): Promise<{ branch: string } | Pick<BacklogReport, "draft" | "files">> {
  if (linked.length === 0) return { draft: null, files: "no issue is missing in the files" };
  const pulls = await work.listPulls(BRANCH_PREFIX);
  const open = pulls.find((pull) => pull.state === "open");
  if (open)
    return { draft: open, files: `pull request #${open.number} names issues in the files, and waits for a person` };
  const what = linked.map(({ item, issue }) => `${item.path} ${issue.number}`).toSorted();
  const branch = `${BRANCH_PREFIX}${(await idFrom("wrk", [projectId, ...what])).slice(4, 16)}`;
  const closed = pulls.find((pull) => pull.branch === branch && !pull.isMerged);
  if (closed) return { draft: null, files: `a person closed pull request #${closed.number}, which named these issues` };
  return { branch };
}

async function nameIssues(
  { code, outbound }: BacklogOutside,
  { branch, base, sha }: { branch: string; base: string; sha: string },
  texts: ReadonlyMap<string, string | null>,
  linked: readonly LinkedItem[],
): Promise<Pick<BacklogReport, "draft" | "files">> {
  const additions = [...texts].flatMap(([path, text]) => {
    const own = linked.filter(({ item }) => item.path === path);
    const links = new Map(own.map(({ item, issue }) => [item.line, issue]));
    return text === null || own.length === 0 ? [] : [{ path, content: linkItems(text, links) }];
  });
  const draft = composeLinkDraft(
    linked.map(({ item, issue }) => ({ path: item.path, line: item.line, number: issue.number })),
  );
  const held = (detail: string) => ({ draft: null, files: `would name issues in the files: ${detail}` });
  const made = await outbound.write("github.branch", (permit) => code.ensureBranch(permit, { branch, sha }));
  if (made.held) return held(made.detail);
  const trailer = `Patchpilot-Backlog: ${branch.slice(BRANCH_PREFIX.length)}`;
  const commit = { branch, parentSha: sha, headline: draft.title, body: draft.body, trailer, additions, deletions: [] };
  const committed = await outbound.write("github.commit", (permit) => code.ensureCommit(permit, commit));
  if (committed.held) return held(committed.detail);
  const pull = await outbound.write("github.pull-request", (permit) =>
    code.ensurePullRequest(permit, { branch, base, title: draft.title, body: draft.body }),
  );
  if (pull.held) return held(pull.detail);
  return { draft: pull.value, files: `pull request #${pull.value.number} names ${linked.length} issues in the files` };
}
