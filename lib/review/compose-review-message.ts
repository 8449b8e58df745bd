import type { EarlierFinding } from "./decide-findings.ts";
import type { ReadFile } from "./decide-reading.ts";
import type { Reading } from "./model.ts";
import type { Remark, ReviewedPull } from "./ports.ts";
import { renderPath } from "./render-diff.ts";
import {
  ends,
  type Fence,
  newest,
  oneLineOf,
  renderChanges,
  renderEarlier,
  renderFiles,
  renderWords,
} from "./render-material.ts";

/** Production trouble that code of these paths caused before. */
export interface RelatedIncident {
  number: number;
  title: string;
  path: string;
  /** What it taught, or null. */
  lesson: string | null;
  url: string | null;
}

export interface FailedCheck {
  name: string;
  url: string | null;
  /** What it says, or "" where that could not be read. */
  text: string;
}

/** All that a review may rest on. Text from outside is as it came: it is fenced here. */
export interface ReviewMaterial {
  pull: Pick<ReviewedPull, "number" | "title" | "body" | "author" | "headRef" | "baseRef" | "isDraft" | "labels">;
  files: readonly ReadFile[];
  left: Reading["left"];
  /** Files at the head, in the order in which they are worth sending. */
  texts: readonly { path: string; text: string }[];
  owners: readonly { path: string; owners: readonly string[] }[];
  /** The repository's guides for contributors. */
  guides: readonly { path: string; text: string }[];
  issue: { number: number; title: string; body: string } | null;
  incidents: readonly RelatedIncident[];
  failedChecks: readonly FailedCheck[];
  earlier: readonly EarlierFinding[];
  /** What people said in the conversation and under our comments, oldest first. */
  remarks: readonly (Pick<Remark, "author" | "text"> & { findingId?: string })[];
  wantsStyle: boolean;
}

/** Shares of the message that the parts may take at most; the change has its own, and files at the head get what is left. */
const SHARE = {
  body: 0.06,
  left: 0.03,
  earlier: 0.05,
  remarks: 0.04,
  owners: 0.01,
  issue: 0.05,
  guides: 0.03,
  incidents: 0.03,
  checks: 0.07,
};

const list = (lines: readonly string[]) => lines.map((line) => `- ${line}`).join("\n");

function composePull({ pull, wantsStyle }: ReviewMaterial, { mark, limit }: Fence): string {
  const room = Math.floor(limit * SHARE.body);
  const kind = pull.isDraft ? "a draft" : "a pull request";
  const about = [
    `title: ${oneLineOf(pull.title, 300)}`,
    `author: ${oneLineOf(pull.author.login, 60)}${pull.author.isBot ? " (a bot)" : ""}, labels: ${oneLineOf(pull.labels.join(", "), 200) || "none"}`,
    `from ${oneLineOf(pull.headRef, 100)} into ${oneLineOf(pull.baseRef, 100)}`,
    "",
    pull.body.slice(0, room * 4),
  ].join("\n");
  const style = wantsStyle ? "Style is asked for." : "Style is not asked for.";
  return `Review ${kind}. ${style}\n\n${renderWords(about, { mark, source: "what its author says of it", limit: room })}`;
}

/** What surrounds the change: who answers for it, why it is made, what went wrong there before, what checks say. */
function composeContext(material: ReviewMaterial, { mark, limit }: Fence): (string | null)[] {
  const { issue, owners, guides, incidents, failedChecks } = material;
  const words = (text: string, source: string, share: number) =>
    text.trim() === "" ? null : renderWords(text, { mark, source, limit: Math.floor(limit * share) });
  const owned = owners.slice(0, 30).map((one) => `${one.path}: ${one.owners.join(", ")}`);
  const checkRoom = Math.floor((limit * SHARE.checks) / Math.max(1, failedChecks.length));
  return [
    words(list(owned), "who owns the changed files", SHARE.owners),
    issue && words(`#${issue.number} ${issue.title}\n\n${issue.body}`, "the issue that it is for", SHARE.issue),
    words(
      guides.map((guide) => `${guide.path}:\n${guide.text.slice(0, limit)}`).join("\n\n"),
      "the repository's guide for contributors",
      SHARE.guides,
    ),
    words(
      list(
        incidents.map((one) => `INC-${one.number} ${one.title} (${one.path})${one.lesson ? `: ${one.lesson}` : ""}`),
      ),
      "incidents in production that this code caused before",
      SHARE.incidents,
    ),
    ...failedChecks.map((check) =>
      renderWords(`${check.name}\n${ends(check.text, checkRoom - 200)}`, {
        mark,
        source: "a check that failed on this head",
        limit: checkRoom,
      }),
    ),
  ];
}

function composeDiscussion({ earlier, remarks }: ReviewMaterial, { mark, limit }: Fence): (string | null)[] {
  const said = remarks.map(
    ({ author, text, findingId }) =>
      `- ${oneLineOf(author.login, 60)}${findingId === undefined ? "" : ` on finding ${findingId}`}: ${oneLineOf(text, 600)}`,
  );
  const room = (share: number) => Math.floor(limit * share);
  const data = (text: string, source: string, share: number) =>
    text === "" ? null : renderWords(text, { mark, source, limit: room(share) });
  return [
    data(newest(renderEarlier(earlier).split("\n"), room(SHARE.earlier)), "findings of earlier reviews", SHARE.earlier),
    data(newest(said, room(SHARE.remarks)), "what people said", SHARE.remarks),
  ];
}

function composeLeft(left: Reading["left"], { mark, limit }: Fence): string | null {
  if (left.length === 0) return null;
  const shown = left.slice(0, 40).map(({ path, why }) => `- ${renderPath(path)}: ${why}`);
  const more = left.length > 40 ? [`- and ${left.length - 40} more`] : [];
  return renderWords([...shown, ...more].join("\n"), {
    mark,
    source: "changed files that are not shown",
    limit: Math.min(6_000, Math.floor(limit * SHARE.left)),
  });
}

/** The message of the first pass. Everything that others wrote is between marks; never longer than the fence's limit. */
export function composeReviewMessage(material: ReviewMaterial, fence: Fence): string {
  const end = "Answer with the review.";
  const { mark } = fence;
  let left = fence.limit - end.length;
  const take = (parts: readonly (string | null)[]) =>
    parts.filter((part) => {
      if (part === null || part.length + 2 > left) return false;
      left -= part.length + 2;
      return true;
    });
  // The change comes first where room is short: what surrounds it helps to judge it, and is nothing without it.
  const change = take(renderChanges(material.files, { mark, limit: left }));
  const around = take([
    composePull(material, fence),
    composeLeft(material.left, fence),
    ...composeDiscussion(material, fence),
    ...composeContext(material, fence),
  ]);
  const files = renderFiles(material.texts, { mark, limit: left });
  return [...around, ...change, ...files, end].join("\n\n");
}
