import type { Frame } from "./model.ts";

/** What a frame's file name says about itself, before the repository is asked. */
export type FramePath = {
  /** Path segments, outermost first, without scheme, query and drive. */
  segments: string[];
  /** `vendor`: a dependency, the runtime, a browser extension: never at fault. `bundled`: one file built of many. */
  kind: "source" | "vendor" | "bundled";
  /** Index of the first segment after the last `node_modules/<package>`, when the path goes through one. */
  packageStart: number | null;
};

const SCRIPT = /\.(?:[cm]?[jt]sx?|vue|svelte|astro|coffee)$/;
const EXTENSION =
  /\.(?:[cm]?[jt]sx?|vue|svelte|astro|coffee|py|rb|go|java|kts?|scala|groovy|swift|mm|php|rs|cs|dart|exs?|cc|cpp)$/;
/** Node's own modules as frames named them before the `node:` prefix. */
const NODE_CORE = new Set(
  (
    "_http_agent _http_client _http_common _http_incoming _http_outgoing _http_server _stream_duplex _stream_readable " +
    "_stream_transform _stream_writable _tls_wrap assert async_hooks bootstrap_node buffer child_process cluster dgram " +
    "dns domain events fs http http2 https module net node path process querystring readline repl stream timers tls tty " +
    "url util v8 vm zlib"
  ).split(" "),
);
const RUNTIME =
  /^(?:node:|internal\/|native\b|<|\[(?!project\])|wasm:|ext:|bun:|evalmachine|(?:chrome|moz|safari|safari-web)-extension:|blob:|data:)/;
const BUNDLER_RUNTIME =
  /(?:^|\/)(?:webpack\/(?:bootstrap|runtime|startup)|\(webpack\)|turbopack\/runtime|webpack-runtime\.js)/;
/** Where other languages keep what they install: Python, Ruby, Go, Rust, the JVM, Swift, PHP. */
const INSTALLED =
  /(?:^|\/)(?:(?:site|dist)-packages|lib\/python[\d.]{1,6}|gems|lib\/ruby|pkg\/mod|usr\/local\/go\/src|\.cargo|rustc|\.m2|\.gradle|Pods|Carthage|SourcePackages)\/|(?:^|\/)vendor\/[^?#]{1,300}\.(?:php|go|rb)$/;
const SCHEME = /^(?:webpack-internal|webpack|turbopack|app|file|https?|rsc|capacitor|ionic|vite-node|ng):\/*/;

/** The last path segment without a source extension: the name that survives compilation. */
export function stemOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1).replace(EXTENSION, "");
}

/**
 * The language of a file name, as far as its compiler may turn one extension into another: `x.ts` becomes `x.js`, and no
 * `x.py` ever does. A name without a known extension is a script's, as bundlers write them.
 */
export function languageOf(path: string): string {
  const extension = EXTENSION.exec(path)?.[0].slice(1);
  return extension === undefined || SCRIPT.test(path) ? "script" : extension.replace(/^kts$/, "kt");
}

/** Whether a repository path is source code of the kinds that stack traces name. */
export function isCode(path: string): boolean {
  return EXTENSION.test(path) && !path.endsWith(".d.ts") && !path.endsWith(".min.js");
}

const SUPPORT_PATH =
  /(?:^|\/)(?:tests?|__tests__|__mocks__|specs?|e2e|fixtures?|cypress|playwright|benchmarks?|examples?|docs?|[a-z]+Docs|locales?|scripts)\/|[._-](?:test|tests|spec|bench|stories|e2e)\.[cm]?[jt]sx?$|(?:^|\/)(?:test_[^/]{1,100}|conftest)\.py$|_(?:test|spec)\.(?:py|go|rb|exs?)$|[a-z](?:Tests?|Spec|IT)\.(?:java|kt|scala|groovy|swift|cs|php)$/;

/** Whether a repository path is a test, a benchmark, an example or documentation: run by people, not by production. */
export function isSupportPath(path: string): boolean {
  return SUPPORT_PATH.test(path);
}

/** Whether a repository path is production source: code, and not support. */
export function isSourcePath(path: string): boolean {
  return isCode(path) && !isSupportPath(path);
}

function cleaned(raw: string): string {
  let path = raw.trim().replaceAll("\\", "/");
  const query = path.search(/[?#]/);
  if (query >= 0) path = path.slice(0, query);
  if (/^https?:/.test(path)) path = path.replace(/^https?:\/\/[^/]*/, "");
  else if (/^webpack:\/\/[^/]/.test(path)) path = path.replace(/^webpack:\/\/[^/]*/, "");
  else path = path.replace(SCHEME, "/");
  if (path.includes("%")) {
    try {
      path = decodeURIComponent(path);
    } catch {
      // A stray percent sign is part of the name.
    }
  }
  return path;
}

/** A drive, or the layer that Next.js puts before a module's path. */
const NOT_A_DIRECTORY = /^(?:[A-Za-z]:|\((?:rsc|ssr|action-browser|app-pages-browser|api|middleware|instrument)\))$/;

function segmentsOf(path: string): string[] {
  const kept: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "" || segment === "." || segment === ".." || segment === "~" || segment === "[project]") continue;
    if (kept.length === 0 && NOT_A_DIRECTORY.test(segment)) continue;
    kept.push(segment);
  }
  return kept;
}

/** webpack and Next.js put a content hash of hex digits into the names of the chunks that they write. */
const HEX_HASH = /[.-](?=[a-f]*\d)[0-9a-f]{8,32}(?=\.[cm]?js$)/;
/** Vite and Rollup write eight characters of base64url, into a folder of assets. */
const ASSET_HASH = /[.-](?=[\w-]*[A-Z\d])[\w-]{8}(?=\.[cm]?js$)/;
const ASSET_DIRS = new Set(["assets", "static", "_next", "_nuxt", "chunks", "public"]);
const BUNDLE_NAME = /^(?:\d+|bundle|vendors?|polyfills?)(?:[.-][\w.-]{0,80})?\.[cm]?js$|\.min\.js$/;

function withoutHash(segments: readonly string[]): string {
  const name = segments.at(-1) ?? "";
  const isAsset = segments.some((segment) => ASSET_DIRS.has(segment));
  const hash = isAsset && !HEX_HASH.test(name) ? ASSET_HASH : HEX_HASH;
  return name.replace(/\.min(?=\.js$)/, "").replace(hash, "");
}

function isBundled(segments: readonly string[], frame: Frame): boolean {
  const name = segments.at(-1) ?? "";
  if (segments.includes("chunks") || BUNDLE_NAME.test(name) || withoutHash(segments) !== name) return true;
  // Hand-written lines are short: a column this far out is a minifier's single line.
  return frame.line !== null && frame.line <= 5 && (frame.column ?? 0) > 1000;
}

/** Reads one of a frame's names. Dependencies of a bundle keep `node_modules` (or webpack 1's `~`) in their path. */
export function readFramePath(raw: string, frame: Frame): FramePath {
  if (RUNTIME.test(raw) || BUNDLER_RUNTIME.test(raw)) return { segments: [], kind: "vendor", packageStart: null };
  const path = cleaned(raw);
  const segments = segmentsOf(path);
  const modules = Math.max(segments.lastIndexOf("node_modules"), segments.lastIndexOf("bower_components"));
  if (modules >= 0 || path.includes("/~/")) {
    const scoped = segments[modules + 1]?.startsWith("@") ? 1 : 0;
    return { segments, kind: "vendor", packageStart: modules >= 0 ? modules + 2 + scoped : null };
  }
  if (INSTALLED.test(path)) return { segments, kind: "vendor", packageStart: null };
  const isCoreName = segments.length === 1 && frame.inApp !== true && NODE_CORE.has(stemOf(segments[0] ?? ""));
  if (isCoreName) return { segments, kind: "vendor", packageStart: null };
  return { segments, kind: isBundled(segments, frame) ? "bundled" : "source", packageStart: null };
}

/** A bundler's chunk name without its hash; other names as they are. */
export function baseNameOf(frame: FramePath): string | null {
  const last = frame.segments.at(-1);
  if (last === undefined) return null;
  return frame.kind === "bundled" ? withoutHash(frame.segments) : last;
}
