import { baseNameOf, type FramePath, isCode, isSupportPath, languageOf, stemOf } from "./decide-path.ts";

/** A repository path that a frame may mean; `confidence` 0..1, `isCompiled` when the frame named build output. */
export type PathMatch = {
  path: string;
  confidence: number;
  isCompiled: boolean;
  isBundled: boolean;
  isAmbiguous: boolean;
};

/** Directories that build tools write into, and those that they read from. `lib` and `server` are either. */
const OUTPUT_DIRS = new Set(
  "dist build out lib esm cjs es output compiled .next server .output .svelte-kit .vercel functions target bin js".split(
    " ",
  ),
);
const SOURCE_DIRS = new Set("src lib app source sources server client ts".split(" "));
/** File names that every directory may have: without a directory that fits they name no file. */
const GENERIC_STEMS = new Set(
  "index main app server client utils util helpers types constants config route page layout handler".split(" "),
);

/** Repository paths by stem, only for the stems asked for: one pass, no index of the whole repository. */
export function indexByStem(repoFiles: readonly string[], stems: ReadonlySet<string>): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const path of repoFiles) {
    const stem = stemOf(path);
    if (!stems.has(stem)) continue;
    const list = found.get(stem);
    if (list) list.push(path);
    else found.set(stem, [path]);
  }
  return found;
}

type Tail = { matched: number; isWhole: boolean; isCompiled: boolean };

/** Counts the trailing segments that a frame and a repository path share, seeing `dist/x.js` and `src/x.ts` as one. */
function tailOf(frame: readonly string[], candidate: readonly string[]): Tail {
  let matched = 1;
  let isCompiled = false;
  let i = frame.length - 2;
  let j = candidate.length - 2;
  while (i >= 0) {
    const ours = frame[i] ?? "";
    const theirs = candidate[j];
    if (theirs !== undefined && ours === theirs) {
      matched += 1;
      j -= 1;
    } else if (OUTPUT_DIRS.has(ours) && theirs !== undefined && SOURCE_DIRS.has(theirs)) {
      matched += 0.8;
      isCompiled = true;
      j -= 1;
    } else if (OUTPUT_DIRS.has(ours)) {
      isCompiled = true;
    } else break;
    i -= 1;
  }
  if (isCompiled && j === 0 && SOURCE_DIRS.has(candidate[0] ?? "")) j = -1;
  return { matched, isWhole: j < 0, isCompiled };
}

type Quality = { quality: number; shared: number; isWhole: boolean; isCompiled: boolean };

function qualityOf(frame: FramePath, name: string, candidate: string): Quality {
  const segments = candidate.split("/");
  const tail = tailOf(frame.segments, segments);
  const isSameName = segments.at(-1) === name;
  const bonus = (tail.isWhole ? 0.75 : 0) + (isSameName ? 0.5 : 0) - (isSupportPath(candidate) ? 0.5 : 0);
  const isCompiled = tail.isCompiled || !isSameName;
  return { quality: tail.matched + bonus, shared: tail.matched, isWhole: tail.isWhole, isCompiled };
}

type Scored = { path: string; isKnown: boolean } & Quality;

function compareScored(a: Scored, b: Scored): number {
  return (
    b.quality - a.quality ||
    Number(b.isKnown) - Number(a.isKnown) ||
    a.path.length - b.path.length ||
    (a.path < b.path ? -1 : 1)
  );
}

/** How sure a match is; null when it is too weak to name a file. */
function confidenceOf(frame: FramePath, stem: string, best: Scored, rivals: number): number | null {
  const isBareName = best.shared < 1.5 && !best.isWhole;
  if (isBareName && (rivals > 1 || GENERIC_STEMS.has(stem))) return null;
  if (frame.kind === "bundled" && best.shared < (best.isWhole ? 1.5 : 2.5)) return null;
  if (frame.kind === "vendor" && best.shared < 2) return null;
  let confidence = isBareName ? 0.5 : 1;
  if (rivals > 1) confidence *= 0.7;
  if (frame.kind === "bundled") confidence *= 0.7;
  const reachesPackage = frame.packageStart !== null && best.shared > frame.segments.length - frame.packageStart;
  if (frame.kind === "vendor" && !reachesPackage) confidence *= 0.6;
  return confidence;
}

/**
 * The repository path that a frame most likely means, or null. The longest shared tail wins; a whole repository path
 * wins over a part of one; between equals the one in a directory that other frames are known to be in, then the shortest.
 * A bare file name is only trusted when it is rare and not a name like `index`.
 */
export function findRepoPath(
  frame: FramePath,
  index: ReadonlyMap<string, string[]>,
  knownRoots: ReadonlySet<string>,
): PathMatch | null {
  const name = baseNameOf(frame);
  if (name === null) return null;
  const stem = stemOf(name);
  const language = languageOf(name);
  const candidates = (index.get(stem) ?? []).filter(
    (path) => (isCode(path) && languageOf(path) === language) || path === name || path.endsWith(`/${name}`),
  );
  const scored = candidates
    .map((path): Scored => ({ path, isKnown: knownRoots.has(rootOf(path)), ...qualityOf(frame, name, path) }))
    .sort(compareScored);
  const best = scored[0];
  if (!best) return null;
  const rivals = scored.filter((one) => one.quality === best.quality && one.isKnown === best.isKnown).length;
  const confidence = confidenceOf(frame, stem, best, rivals);
  if (confidence === null) return null;
  return {
    path: best.path,
    confidence,
    isCompiled: best.isCompiled,
    isBundled: frame.kind === "bundled",
    isAmbiguous: rivals > 1,
  };
}

/** The package or top directory that a repository path lives in. */
export function rootOf(path: string): string {
  const parts = path.split("/");
  const isWorkspace = /^(?:packages|apps|libs|services|modules|plugins)$/.test(parts[0] ?? "");
  return parts.slice(0, isWorkspace ? 2 : 1).join("/");
}
