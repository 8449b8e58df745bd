import { findOwners, OWNER_FILES, readOwners } from "../kernel/read-owners.ts";
import type { Context } from "../runtime/context.ts";
import type { FailedCheck, ReviewMaterial } from "./compose-review-message.ts";
import { decideReading, hunksByPath, type ReadingDecision } from "./decide-reading.ts";
import { decideSuspicions, type ReviewSuspicion } from "./decide-suspicions.ts";
import { type Earlier, gatherEarlier } from "./gather-earlier.ts";
import type { ChangedFile, Place } from "./model.ts";
import type { ReviewOutside } from "./outside.ts";
import type { ReviewedPull, ReviewHost } from "./ports.ts";
import { readClosingIssue } from "./read-closing-issue.ts";
import { listIncidentsOfCode, type PullId, type ReviewRow } from "./store.ts";

/** All that a review rests on, as it is now. */
export interface Gathered {
  material: ReviewMaterial;
  reading: ReadingDecision;
  suspicions: ReviewSuspicion[];
  /** `texts`: each finding's file at the head; see decide-earlier.ts. */
  earlier: Earlier & { texts: Map<string, string | null> };
}

const GUIDE_FILES = ["CONTRIBUTING.md", ".github/CONTRIBUTING.md", "docs/CONTRIBUTING.md"] as const;
const MOST_CHECKS = 5;
const MOST_CHECK_TEXT = 6_000;
const MOST_INCIDENTS = 5;

/** Reads the change at its head, and what surrounds it. Everything from outside is as it came. */
export async function gatherReview(
  ctx: Context,
  { host, settings }: Pick<ReviewOutside, "host" | "settings">,
  { row, pull }: { row: ReviewRow; pull: ReviewedPull },
): Promise<Gathered> {
  const id: PullId = { projectId: row.projectId, repository: row.repository, number: row.pullNumber };
  const changed = await host.listChangedFiles(pull.number);
  const reading = decideReading(changed.files, settings.policy, {
    isComplete: changed.isComplete,
    changedLines: pull.addedLines + pull.deletedLines,
  });
  const earlier = await gatherEarlier(ctx, host, id);
  const findings = earlier.findings.map((one) => ({ ...one, place: nowPlaced(changed.files, one.place) }));
  const paths = [...new Set([...reading.contextPaths, ...findings.map((one) => one.place.path)])];
  const texts = await host.readTexts(paths, pull.headSha);
  const rules = await host.readTexts([...OWNER_FILES, ...GUIDE_FILES], pull.baseSha);
  const sent = reading.files.map(({ file }) => file.path);
  const incidents = await listIncidentsOfCode(ctx.db.db, row.projectId, sent, MOST_INCIDENTS);
  const number = readClosingIssue(pull.body, row.repository);
  const material: ReviewMaterial = {
    pull,
    files: reading.files,
    left: reading.reading.left,
    texts: present(reading.contextPaths, texts),
    owners: ownersOf(present(OWNER_FILES, rules)[0]?.text ?? null, sent),
    guides: present(GUIDE_FILES, rules).slice(0, 1),
    issue: number === null ? null : await host.findIssue(number),
    incidents: incidents.map(({ issueUrl: url, ...one }) => ({ ...one, url })),
    failedChecks: await readFailedChecks(host, pull.headSha),
    earlier: findings,
    remarks: [...(await host.listRemarks(pull.number)).filter(({ author }) => !author.isBot), ...earlier.words],
    wantsStyle: settings.policy.style,
  };
  const textsOf = new Map(
    findings.flatMap(({ place: { path } }) => {
      const text = texts.get(path) ?? null;
      return text === null && isThere(changed.files, path) ? [] : [[path, text]];
    }),
  );
  const suspicions = decideSuspicions(hunksByPath(reading.files), proseOf(material));
  return { material, reading, suspicions, earlier: { ...earlier, findings, texts: textsOf } };
}

function proseOf({ pull, remarks }: ReviewMaterial) {
  const said = remarks.map(({ author, text }) => ({ where: `a comment of ${author.login}`, text }));
  return [{ where: "the title", text: pull.title }, { where: "the description", text: pull.body }, ...said];
}

/** Where a place in a file that the change renames is at the head. */
function nowPlaced(files: readonly ChangedFile[], place: Place): Place {
  const renamed = files.find((file) => file.status === "renamed" && file.previousPath === place.path);
  return { ...place, path: renamed?.path ?? place.path };
}

/** Whether the head has this file, by the list of what was changed: one without a text is too large then, or no text. */
function isThere(files: readonly ChangedFile[], path: string): boolean {
  return files.some((file) => file.path === path && file.status !== "removed");
}

function present(paths: readonly string[], texts: ReadonlyMap<string, string | null>) {
  return paths.flatMap((path) => {
    const text = texts.get(path) ?? null;
    return text === null ? [] : [{ path, text }];
  });
}

function ownersOf(codeowners: string | null, paths: readonly string[]): ReviewMaterial["owners"] {
  const rules = codeowners === null ? [] : readOwners(codeowners);
  return paths.flatMap((path) => {
    const owners = findOwners(rules, path) ?? [];
    return owners.length === 0 ? [] : [{ path, owners }];
  });
}

async function readFailedChecks(host: ReviewHost, sha: string): Promise<FailedCheck[]> {
  const failed = (await host.listChecks(sha)).filter((check) => check.state === "failed").slice(0, MOST_CHECKS);
  const read: FailedCheck[] = [];
  for (const { name, url, externalId } of failed) {
    const text = externalId === null ? "" : await host.readCheck({ externalId, limit: MOST_CHECK_TEXT });
    read.push({ name, url, text });
  }
  return read;
}
