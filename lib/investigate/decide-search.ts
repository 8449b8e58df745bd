import type { OpenIssue } from "./ports.ts";
import type { CrashPlace } from "./rank-places.ts";
import { simpleName } from "./rank-trace.ts";

/** Names that every code base has: to search for them finds everything. */
const COMMON = new Set(
  (
    "anonymous apply async await callback call catch component constructor create default delete dispatch emit execute " +
    "fetch filter function handle handler index invoke listener main method middleware module next object perform post " +
    "process promise reduce render request resolve response route router server service start then update value wrapper"
  ).split(" "),
);
const LEAST_CHARACTERS = 5;
const MAX_RELATED = 5;

/** The one name to look for in the repository's open issues: the function that crashed, else its file; null without any. */
export function decideSearchWord(places: readonly CrashPlace[], suspect: string | null): string | null {
  for (const { function: name } of places) {
    const simple = simpleName(name);
    if (simple !== null && simple.length >= LEAST_CHARACTERS && !COMMON.has(simple.toLowerCase())) return simple;
  }
  const file = (places[0]?.path ?? suspect)?.split("/").at(-1) ?? "";
  const stem = file.replace(/\.[^.]+$/, "");
  return stem.length >= LEAST_CHARACTERS && !COMMON.has(stem.toLowerCase()) ? file : null;
}

/** What of the found is worth a look: not the incident's own issue, lately discussed first. */
export function decideRelated(found: readonly OpenIssue[], ownIssue: number | null): OpenIssue[] {
  return found
    .filter((one) => one.number !== ownIssue)
    .sort((a, b) => b.updatedAt.localeCompare(a.updatedAt) || b.number - a.number)
    .slice(0, MAX_RELATED);
}

/** Tags whose spread tells who is affected, most telling first. */
const TELLING_TAGS = ["transaction", "url", "browser.name", "browser", "region", "os.name", "release", "server_name"];
const MAX_TAGS = 4;

/** The tags of the event whose spread over the whole issue is asked for. */
export function decideTags(tags: Readonly<Record<string, string>>): string[] {
  const has = (key: string) => Object.hasOwn(tags, key);
  const isSame = (key: string) => (key === "browser" && has("browser.name")) || (key === "url" && has("transaction"));
  return TELLING_TAGS.filter((key) => has(key) && !isSame(key)).slice(0, MAX_TAGS);
}
