import * as z from "zod";
import type { ChangedFile } from "../../review/model.ts";
import type { GitHubClient } from "./client.ts";

const ROUTE = "GET /repos/{owner}/{repo}/pulls/{pull_number}/files";
/** GitHub lists no more files of a pull request (docs.github.com, "List pull requests files"). */
const MAX_FILES = 3_000;
/** Page sizes to try, each a part of the one before it. */
const PAGE_SIZES = [50, 10, 1] as const;
/**
 * Once the patches of one answer add up to some 20,000 lines or 1 MB, GitHub lists further files without a patch and with
 * no changed lines at all; on a smaller page the same files are whole (github.com/orgs/community/discussions/213491).
 */
const NEAR_LIMIT = { lines: 15_000, chars: 700_000 };
/** Smaller pages that are asked for, at most; what is still hidden then stays without its patch. */
const MAX_EXTRA_CALLS = 100;

const STATUSES = ["added", "removed", "modified", "renamed", "copied", "changed", "unchanged"] as const;
const fileSchema = z.object({
  filename: z.string(),
  previous_filename: z.string().nullish(),
  status: z.enum(STATUSES).catch("changed"),
  additions: z.number(),
  deletions: z.number(),
  changes: z.number(),
  patch: z.string().nullish(),
});
type File = z.infer<typeof fileSchema>;

/** Rows that look empty because the patches before them filled the answer. */
function isHidden(page: readonly File[]): (file: File) => boolean {
  const patches = page.flatMap(({ patch }) => patch ?? []);
  const chars = patches.reduce((sum, patch) => sum + patch.length, 0);
  const lines = patches.reduce((sum, patch) => sum + patch.split("\n").length, 0);
  const isFull = lines >= NEAR_LIMIT.lines || chars >= NEAR_LIMIT.chars;
  return (file) => isFull && file.changes === 0 && typeof file.patch !== "string";
}

/** The files of a pull request, all that GitHub lists, each with its patch where GitHub shows one. */
export async function listChangedFiles(
  client: GitHubClient,
  number: number,
): Promise<{ files: ChangedFile[]; isComplete: boolean }> {
  let calls = 0;
  let isCut = false;
  const readPage = async (from: number, level: number): Promise<File[]> => {
    const size = PAGE_SIZES[level] ?? 1;
    const query = { pull_number: number, per_page: size, page: from / size + 1 };
    const page = await client.get(ROUTE, query, z.array(fileSchema));
    const hidden = isHidden(page);
    const smaller = PAGE_SIZES[level + 1];
    if (smaller === undefined) return page;
    const files: File[] = [];
    for (let at = 0; at < page.length; at += smaller) {
      const part = page.slice(at, at + smaller);
      const isAsked = part.some(hidden) && calls < MAX_EXTRA_CALLS;
      if (isAsked) calls += 1;
      else isCut ||= part.some(hidden);
      files.push(...(isAsked ? await readPage(from + at, level + 1) : part));
    }
    return files;
  };
  const files: File[] = [];
  for (let from = 0; from < MAX_FILES; from += PAGE_SIZES[0]) {
    const page = await readPage(from, 0);
    files.push(...page);
    if (page.length < PAGE_SIZES[0]) break;
  }
  return { files: files.map(fileOf), isComplete: files.length < MAX_FILES && !isCut };
}

function fileOf({ filename, previous_filename: previous, status, additions, deletions, patch }: File): ChangedFile {
  return {
    path: filename,
    previousPath: status === "renamed" ? (previous ?? null) : null,
    status,
    addedLines: additions,
    deletedLines: deletions,
    patch: patch ?? null,
  };
}
