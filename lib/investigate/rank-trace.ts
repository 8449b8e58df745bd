import { baseNameOf, type FramePath, isSupportPath, readFramePath, stemOf } from "./decide-path.ts";
import type { Frame } from "./model.ts";
import { findRepoPath, type PathMatch, rootOf } from "./rank-paths.ts";

/** A piece of evidence for one file; weights add up, reasons are for people. */
export type Evidence = { path: string; weight: number; reason: string };

/** A frame that is a file of the repository; `depth` 0 is the innermost such frame. */
export type TraceHit = {
  path: string;
  depth: number;
  frame: Frame;
  match: PathMatch;
  isThrower: boolean;
  isErrorConstructor: boolean;
};

/** The stack as the repository sees it, innermost first. `callees` are functions of dependencies that were running. */
export type Trace = { hits: TraceHit[]; callees: string[]; notes: string[] };

/** A frame with its names read, before the repository is asked. */
export type ReadFrame = { frame: Frame; paths: FramePath[]; isVendor: boolean };

/** Weights of the stack. A caller counts for less the further it is from the crash. */
export const TRACE_WEIGHTS = {
  /** Each caller is this much less suspect than what it called. */
  decay: 0.6,
  /** A further frame of a file that was seen nearer to the crash. */
  repeat: 0.1,
  /** A frame that the reporter calls not in-app, when others are. */
  notInApp: 0.3,
  /** A file named as a bag of helpers (`utils.ts`): mostly a victim of its caller's arguments. */
  helperFile: 0.6,
  /** A file in a directory of helpers. */
  helperDir: 0.9,
  /** A function that throws on purpose: it complains about what its caller gave it. */
  thrower: 0.6,
  /** The constructor of an error class: it only carries the news. */
  errorConstructor: 0.2,
  /** A test, a script or an example on the stack. */
  support: 0.3,
};
export type TraceWeights = typeof TRACE_WEIGHTS;

const HELPER_NAME =
  "(?:utils?|utilities|helpers?|common|shared|errors?|exceptions?|asserts?|assertions?|emitter|logger|promisify)";
const HELPER_FILE = new RegExp(`(?:^|[/._-])${HELPER_NAME}(?:/index)?\\.[a-z]+$`, "i");
const HELPER_DIR = new RegExp(`(?:^|/)${HELPER_NAME}/`, "i");
const ERROR_FACTORY = /(?:^|[.\s])(?:new \w*(?:Error|Exception)|(?:create|make|build|throw)\w*(?:Error|Exception))$/;
const ERROR_CONSTRUCTOR = /^new \w*(?:Error|Exception)$/;
const COMPLAINER =
  /^(?:(?:[\w$]+\.)*_?(?:assert|invariant|throw|raise|fail|panic)(?:[A-Z_]\w*)?|(?:[\w$]+\.)*(?:create|make)\w*Error)$/;

/** A stack overflow reports thousands of frames; the innermost ones tell all. */
const MAX_FRAMES = 250;

/** The JVM reports a file's bare name and, apart from it, the class: its package is the directory. */
function classPath({ filename, module }: Frame): string | null {
  if (!module || !filename || !/^[^/\\]+\.(?:java|kts?|scala|groovy)$/.test(filename)) return null;
  const packages = module.split(".").slice(0, -1);
  return packages.length === 0 ? null : `${packages.join("/")}/${filename}`;
}

/** Reads every frame's names, innermost first. */
export function readFrames(frames: readonly Frame[]): ReadFrame[] {
  return frames
    .slice(-MAX_FRAMES)
    .reverse()
    .map((frame) => {
      const names = [frame.filename, frame.absPath, classPath(frame)]
        .filter((name) => name !== null)
        .filter((name) => name !== "");
      const paths = [...new Set(names)].map((name) => readFramePath(name, frame));
      return { frame, paths, isVendor: paths.length === 0 || paths.some((path) => path.kind === "vendor") };
    });
}

/** The file stems that must be looked up in the repository to map these frames. */
export function stemsOfFrames(frames: readonly ReadFrame[]): string[] {
  return frames.flatMap(({ paths }) =>
    paths
      .map(baseNameOf)
      .filter((name) => name !== null)
      .map(stemOf),
  );
}

function mapFrame(read: ReadFrame, index: ReadonlyMap<string, string[]>, roots: ReadonlySet<string>): PathMatch | null {
  // Only a frame that its reporter calls in-app may lie in node_modules: a linked workspace package, or a library's own report.
  if (read.isVendor && read.frame.inApp !== true) return null;
  let best: PathMatch | null = null;
  for (const path of read.paths) {
    const match = findRepoPath(path, index, roots);
    if (match && (best === null || match.confidence > best.confidence)) best = match;
  }
  return best;
}

/** The last part of a function name as an identifier, or null: `Object.clone` and `new clone` are both `clone`. */
export function simpleName(name: string | null): string | null {
  const last =
    (name ?? "")
      .replace(/ \[as .*$/, "")
      .replace(/^(?:new|async) /, "")
      .split(/[.#]/)
      .at(-1) ?? "";
  return /^[A-Za-z_$][\w$]{2,60}$/.test(last) ? last : null;
}

function notesOf(frames: readonly ReadFrame[], mapped: ReadonlySet<Frame>): string[] {
  const bundled = frames.filter(
    ({ frame, paths }) => !mapped.has(frame) && paths.some((path) => path.kind === "bundled"),
  );
  const first = bundled[0]?.frame;
  if (!first) return [];
  const where = `${first.filename ?? first.absPath}:${first.line ?? "?"}:${first.column ?? "?"}`;
  return [
    `${bundled.length} frame${bundled.length === 1 ? " is" : "s are"} in bundled or minified output (first: ${where}) and cannot be mapped to files; upload source maps to see through it`,
  ];
}

/** Maps a stack to the repository. Recursion counts once; frames whose place is certain help those whose place is not. */
export function rankTrace(frames: readonly ReadFrame[], index: ReadonlyMap<string, string[]>): Trace {
  const certain = frames
    .map((read) => mapFrame(read, index, new Set()))
    .filter((match) => match !== null && !match.isAmbiguous);
  const roots = new Set(certain.map((match) => rootOf(match?.path ?? "")));
  const hits: TraceHit[] = [];
  const mapped = new Set<Frame>();
  let previous = "";
  let depth = 0;
  for (const [at, read] of frames.entries()) {
    const match = mapFrame(read, index, roots);
    if (!match) continue;
    mapped.add(read.frame);
    const place = `${match.path} ${read.frame.function}`;
    if (place === previous) continue;
    previous = place;
    const inner = frames[at - 1]?.frame.function ?? "";
    const isThrower = COMPLAINER.test(read.frame.function ?? "") || ERROR_FACTORY.test(inner);
    const isErrorConstructor = ERROR_CONSTRUCTOR.test(read.frame.function ?? "");
    hits.push({ path: match.path, depth, frame: read.frame, match, isThrower, isErrorConstructor });
    if (!isErrorConstructor) depth += 1;
  }
  const callees = frames
    .filter((read) => read.isVendor && !mapped.has(read.frame))
    .map((read) => simpleName(read.frame.function));
  return { hits, callees: [...new Set(callees.filter((name) => name !== null))], notes: notesOf(frames, mapped) };
}

function frameReason(hit: TraceHit): string {
  const name =
    hit.frame.function && hit.frame.function !== "<anonymous>" ? `${hit.frame.function}` : "an anonymous function";
  const line = hit.frame.line === null ? "" : ` (line ${hit.frame.line})`;
  const where =
    hit.depth === 0 ? "crashed in" : `${hit.depth} ${hit.depth === 1 ? "call" : "calls"} above the crash, in`;
  const doubts = [
    hit.match.isCompiled ? "mapped from compiled output" : "",
    hit.match.isBundled ? "mapped from bundled output, so only the file's name is known" : "",
    hit.match.isAmbiguous ? "other files of the repository fit this frame as well" : "",
    hit.isThrower ? "throws on purpose, so its caller is suspect too" : "",
  ].filter((doubt) => doubt !== "");
  return `${where} ${name}${line}${doubts.length > 0 ? `: ${doubts.join("; ")}` : ""}`;
}

function weightOf(hit: TraceHit, hasInApp: boolean, weights: TraceWeights): number {
  let weight = weights.decay ** hit.depth * hit.match.confidence;
  if (hit.frame.inApp !== true && hasInApp) weight *= weights.notInApp;
  if (HELPER_FILE.test(hit.path)) weight *= weights.helperFile;
  else if (HELPER_DIR.test(hit.path)) weight *= weights.helperDir;
  if (hit.isErrorConstructor) weight *= weights.errorConstructor;
  else if (hit.isThrower) weight *= weights.thrower;
  if (isSupportPath(hit.path)) weight *= weights.support;
  return weight;
}

/** What the stack says of each file: its best frame counts in full, its others as little more than a tie-break. */
export function evidenceOfTrace(trace: Trace, weights: TraceWeights = TRACE_WEIGHTS): Evidence[] {
  const hasInApp = trace.hits.some((hit) => hit.frame.inApp === true);
  const evidence = trace.hits.map((hit) => ({
    path: hit.path,
    weight: weightOf(hit, hasInApp, weights),
    reason: frameReason(hit),
  }));
  const seen = new Set<string>();
  for (const one of evidence.toSorted((a, b) => b.weight - a.weight)) {
    if (seen.has(one.path)) one.weight *= weights.repeat;
    seen.add(one.path);
  }
  return evidence;
}
