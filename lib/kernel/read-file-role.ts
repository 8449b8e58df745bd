/** What a file is for: code of the product, tests (code, or data and snapshots of tests), documents. */
export type FileRole = "source" | "test" | "test-data" | "docs";

const TEST_NAME = [
  /\.(?:test|spec|e2e|cy|test-d)\.(?:[cm]?[jt]sx?|vue|svelte|dart)$/i,
  /(?:^|\/)(?:test_[^/]+|[^/]+_test|conftest)\.py$/i,
  /(?:^|\/)[^/]+(?:Test|Tests|TestCase|IT|Spec|Specs)\.(?:java|kt|kts|groovy|scala|cs|fs|vb|swift|php|m|mm|cpp|cc)$/,
  /(?:^|\/)[^/]+_(?:spec|test)\.(?:rb|go|exs|dart|cc|cpp|c|lua|rs)$/i,
  /(?:^|\/)test_[^/]+\.(?:rb|c|cc|cpp|rs)$/i,
];
const TEST_FOLDER = /(?:^|\/)(?:__tests__|tests?|specs?|e2e|cypress|androidTest|integrationTest|testing)\//i;
const TEST_PROJECT = /(?:^|\/)[\w.-]*\.?(?:Tests|UnitTests|IntegrationTests|Specs)\//;
const TEST_DATA_FOLDER =
  /(?:^|\/)(?:__snapshots__|__fixtures__|fixtures|testdata|test-data|__mocks__|cassettes|golden)\//i;
const CODE =
  /\.(?:[cm]?[jt]sx?|vue|svelte|py|pyi|java|kts?|groovy|scala|rb|go|php|rs|cs|fs|vb|swift|mm?|c|cc|cpp|h|hpp|dart|exs?|lua|clj|hs|pl|sh|bash|ps1)$/i;
const DOCS =
  /\.(?:md|markdown|rst|adoc|asciidoc)$|(?:^|\/)(?:license|licence|notice|authors|changelog|changes|readme|contributing)(?:\.txt)?$/i;

/**
 * The role of a path. Known test layouts: JavaScript and TypeScript, Python, Java, Kotlin, Scala, Ruby, Go, PHP, Rust (files; tests
 * inside a source file are seen by their lines), C#, Swift, Dart, Elixir.
 */
export function readFileRole(path: string): FileRole {
  if (/\.snap$|\.ambr$/i.test(path)) return "test-data";
  const isCode = CODE.test(path);
  const isTestName = TEST_NAME.some((pattern) => pattern.test(path));
  if (isTestName) return "test";
  const isInTests = TEST_FOLDER.test(path) || TEST_PROJECT.test(path);
  if (TEST_DATA_FOLDER.test(path) && (isInTests || !isCode)) return "test-data";
  if (isInTests) return isCode ? "test" : "test-data";
  return DOCS.test(path) ? "docs" : "source";
}

/** Whether a line of `path` is a comment and nothing else. Block comments are known by their usual leading star. */
export function isCommentLine(path: string, line: string): boolean {
  const text = line.trim();
  if (/^(?:\/\/|\/\*|\*\/|\*(?:\s|$)|<!--)/.test(text)) return true;
  return (
    /\.(?:py|pyi|rb|sh|bash|ya?ml|toml|ini|cfg|conf|properties|exs?|pl|ps1)$|(?:^|\/)\.env[^/]*$/i.test(path) &&
    text.startsWith("#")
  );
}
