import { isSecretPath } from "../kernel/secret-paths.ts";

const LOCK =
  /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|deno\.lock|composer\.lock|Gemfile\.lock|Cargo\.lock|poetry\.lock|uv\.lock|Pipfile\.lock|pdm\.lock|go\.sum|mix\.lock|pubspec\.lock|Podfile\.lock|Package\.resolved|packages\.lock\.json|gradle\.lockfile|flake\.lock|\.terraform\.lock\.hcl)$/i;
const VENDORED =
  /(?:^|\/)(?:node_modules|bower_components|vendor|vendors|third[-_]?party|Pods|Carthage\/Build|Godeps|\.yarn\/(?:releases|plugins|cache)|site-packages)\//i;
const MINIFIED = /[.-]min\.(?:[cm]?js|css)$|\.(?:js|css)\.map$|(?:^|\/)(?:chunk|bundle)[.-][\w-]{6,}\.[cm]?js$/i;
const BINARY =
  /\.(?:png|jpe?g|gif|webp|avif|ico|bmp|tiff?|psd|ai|pdf|zip|gz|tgz|bz2|xz|7z|rar|jar|war|class|so|dylib|dll|exe|bin|o|a|wasm|woff2?|ttf|otf|eot|mp[34]|mov|avi|webm|ogg|wav|flac|sqlite3?|db|pyc|parquet|pb|onnx|safetensors)$/i;
const GENERATED =
  /(?:^|\/)(?:dist|build|out|target|\.next|\.nuxt|coverage|__generated__|generated|gen)\/|\.(?:pb|pb\.gw|g|freezed|gr|generated|designer)\.(?:go|dart|cc|h|cs|ts|js|py|kt|java|swift)$|_pb2(?:_grpc)?\.pyi?$|(?:^|\/)(?:mock_[^/]+|[^/]+_mock|zz_generated[^/]*)\.go$|\.(?:snap|ambr|svg|designer\.cs)$|(?:^|\/)(?:drizzle|prisma)\/meta\/|(?:^|\/)openapi\.(?:json|ya?ml)$|(?:^|\/)schema\.rb$/i;

/** As generators write it at the top of a file (pkg.go.dev/cmd/go for Go's; the others by custom). */
const GENERATED_MARK =
  /^(?:\/\/|#|\/\*|--|<!--|;|\s*\*)?\s*(?:code generated .{0,80}do not edit|@generated\b|(?:this (?:file|code) (?:is|was) )?auto-?(?:matically )?generated\b)/i;
const MARK_LINES = 12;
/** A mean line of more characters was written by no person. */
const MINIFIED_MEAN = 500;

/** Why a file of this path is not read, or null. */
export function readPathKind(path: string): string | null {
  if (isSecretPath(path)) return "looks like a secret";
  if (LOCK.test(path)) return "lock file";
  if (VENDORED.test(path)) return "vendored";
  if (MINIFIED.test(path)) return "minified";
  if (BINARY.test(path)) return "binary";
  return GENERATED.test(path) ? "generated" : null;
}

/** The same by what the patch shows of the file. */
export function readTextKind(patch: string): string | null {
  const top = patch.slice(0, 4_000).split("\n", MARK_LINES);
  if (/^@@ -[01](?:,\d+)? \+[01](?:,\d+)? @@/.test(top[0] ?? "")) {
    if (top.slice(1).some((line) => GENERATED_MARK.test(line.slice(1, 400)))) return "generated";
  }
  const sample = patch.slice(0, 100_000);
  const lines = sample.split("\n").length;
  if (sample.includes("\0")) return "binary";
  return sample.length > 5_000 && sample.length / lines > MINIFIED_MEAN ? "minified" : null;
}
