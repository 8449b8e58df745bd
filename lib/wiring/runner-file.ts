import { readFile } from "node:fs/promises";

/** Where the built runner lies: beside this file's bundle (dist/api/runner.mjs), or in dist/ of a checkout. */
const PLACES = ["../runner.mjs", "../../dist/runner.mjs"];

/** The single-file runner as it was built, or null. */
export async function readRunnerFile(): Promise<string | null> {
  for (const place of PLACES) {
    try {
      return await readFile(new URL(place, import.meta.url), "utf8");
    } catch {
      // Not there: the next place, or not built at all.
    }
  }
  return null;
}
