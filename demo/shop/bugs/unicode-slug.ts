import type { Bug } from "./model.ts";

const SEARCH = "src/catalog/search.mjs";

/** Hand-written decoding refuses what browsers and old links really send. */
export const unicodeSlug: Bug = {
  name: "unicode-slug",
  title: "A search with a lone percent sign or Latin-1 text crashes",
  error: { type: "URIError", value: /URI malformed/ },
  crash: { path: SEARCH, function: "read" },
  request: { method: "GET", path: "/products?q=cr%E8me" },
  author: { name: "Aiko Tanaka", email: "aiko@pine-shop.example", login: "aiko-tanaka" },
  change: {
    message: "perf(catalog): read the two search parameters without URLSearchParams",
    edits: [
      {
        path: SEARCH,
        find: `  const params = new URLSearchParams(rawQuery);
  return { text: (params.get("q") ?? "").trim().toLowerCase(), tag: params.get("tag") ?? "" };
`,
        replace: `  const params = new Map(rawQuery.split("&").map((pair) => pair.split("=", 2)));
  const read = (name) => decodeURIComponent((params.get(name) ?? "").replaceAll("+", " "));
  return { text: read("q").trim().toLowerCase(), tag: read("tag") };
`,
      },
    ],
  },
  fix: {
    message: "fix(catalog): search text that is not valid UTF-8 is searched as it stands",
    edits: [
      {
        path: SEARCH,
        find: `  const read = (name) => decodeURIComponent((params.get(name) ?? "").replaceAll("+", " "));
`,
        replace: `  const read = (name) => decodeText((params.get(name) ?? "").replaceAll("+", " "));
`,
      },
      {
        path: SEARCH,
        find: `/** Products whose name has every word of the text, cheapest first. */
`,
        replace: `function decodeText(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Products whose name has every word of the text, cheapest first. */
`,
      },
      {
        path: "test/search-malformed.test.mjs",
        create: `import assert from "node:assert/strict";
import { test } from "node:test";
import { readSearch } from "../src/catalog/search.mjs";

test("search text with a lone percent sign or in Latin-1 is taken as it stands", () => {
  assert.equal(readSearch("q=100%+wool").text, "100% wool");
  assert.equal(readSearch("q=cr%E8me").text, "cr%e8me");
});
`,
      },
    ],
  },
  badFix: {
    message: "fix(catalog): a search without a tag does not decode one",
    edits: [
      {
        path: SEARCH,
        find: `tag: read("tag") };
`,
        replace: `tag: params.has("tag") ? read("tag") : "" };
`,
      },
      {
        path: "test/search-no-tag.test.mjs",
        create: `import assert from "node:assert/strict";
import { test } from "node:test";
import { readSearch } from "../src/catalog/search.mjs";

test("a search without a tag has an empty one", () => {
  assert.deepEqual(readSearch("q=tent"), { text: "tent", tag: "" });
});
`,
      },
    ],
  },
};
