import { describe, expect, test } from "vitest";
import { suspectsInputSchema } from "../../lib/investigate/model.ts";
import { rankSuspects } from "../../lib/investigate/rank-suspects.ts";

const REPO = [
  "package.json",
  "server.ts",
  "src/cart/total.ts",
  "src/cart/cart.ts",
  "src/cart/cart.test.ts",
  "src/cart/discounts.ts",
  "src/db.ts",
  "src/http/checkout-route.ts",
  "src/http/index.ts",
  "src/lib/utils.ts",
  "src/errors/cart-error.ts",
  "src/app/api/orders/[id]/route.ts",
  "src/app/page.tsx",
  "src/pages/legacy/report.tsx",
  "packages/api/src/db.ts",
  "packages/api/src/handlers/user.ts",
  "packages/web/src/db.ts",
  "packages/web/src/view/menu.tsx",
  "test/checkout.test.ts",
  "docs/cart.md",
];

type RawFrame = Record<string, unknown>;
const frame = (filename: string, name: string | null = "run", more: RawFrame = {}): RawFrame => ({
  filename,
  function: name,
  lineno: 10,
  colno: 5,
  in_app: true,
  ...more,
});

/** The answer for frames given crash last. */
function ranking(frames: RawFrame[], more: Record<string, unknown> = {}) {
  return rankSuspects(suspectsInputSchema.parse({ frames, repoFiles: REPO, recentCommits: [], lessons: [], ...more }));
}
const top = (frames: RawFrame[], more: Record<string, unknown> = {}): string | undefined =>
  ranking(frames, more).suspects[0]?.path;

describe("a frame's path becomes the repository's path", () => {
  test.each([
    ["/home/app/shop/src/cart/total.ts", "src/cart/total.ts"],
    ["/var/task/src/cart/total.js", "src/cart/total.ts"],
    ["/var/task/dist/cart/total.js", "src/cart/total.ts"],
    ["dist/src/cart/total.js", "src/cart/total.ts"],
    ["/app/build/cart/total.mjs", "src/cart/total.ts"],
    ["/app/lib/cart/total.cjs", "src/cart/total.ts"],
    ["C:\\inetpub\\shop\\src\\cart\\total.ts", "src/cart/total.ts"],
    ["file:///C:/shop/src/cart/total.ts", "src/cart/total.ts"],
    ["file:///srv/shop/src/cart/total.ts", "src/cart/total.ts"],
    ["app:///src/cart/total.ts", "src/cart/total.ts"],
    ["app:///dist/cart/total.js", "src/cart/total.ts"],
    ["webpack://shop/./src/cart/total.ts", "src/cart/total.ts"],
    ["webpack:///./src/cart/total.ts?a1b2", "src/cart/total.ts"],
    ["webpack-internal:///(rsc)/./src/app/page.tsx", "src/app/page.tsx"],
    ["turbopack:///[project]/src/app/page.tsx", "src/app/page.tsx"],
    ["[project]/src/app/page.tsx", "src/app/page.tsx"],
    ["./src/cart/total.ts", "src/cart/total.ts"],
    ["../shop/src/cart/total.ts", "src/cart/total.ts"],
    ["https://shop.example/src/cart/total.ts?t=17#x", "src/cart/total.ts"],
    ["/var/task/.next/server/app/api/orders/[id]/route.js", "src/app/api/orders/[id]/route.ts"],
    ["/var/task/.next/server/app/api/orders/%5Bid%5D/route.js", "src/app/api/orders/[id]/route.ts"],
    ["https://shop.example/_next/static/chunks/pages/legacy/report-0a1b2c3d4e5f6a7b.js", "src/pages/legacy/report.tsx"],
    ["/srv/packages/api/dist/db.js", "packages/api/src/db.ts"],
    ["/repo/packages/web/src/db.ts", "packages/web/src/db.ts"],
    ["/var/task/src/db.ts", "src/db.ts"],
    ["/var/task/server.js", "server.ts"],
    ["/x/node_modules/@acme/api/src/handlers/user.ts", "packages/api/src/handlers/user.ts"],
  ])("%s is %s", (filename, path) => {
    expect(top([frame(filename)])).toBe(path);
  });

  test("the absolute path serves where the file name is missing or bare", () => {
    expect(top([frame("db.js", "q", { abs_path: "/srv/packages/web/dist/db.js" })])).toBe("packages/web/src/db.ts");
    expect(
      top([{ filename: null, absPath: "/srv/src/cart/total.ts", function: null, inApp: true, lineNo: null }]),
    ).toBe("src/cart/total.ts");
  });

  test("frames whose package is known decide for a frame that fits several packages", () => {
    const repoFiles = REPO.filter((path) => path !== "src/db.ts");
    const frames = [frame("/srv/packages/web/src/view/menu.tsx"), frame("webpack:///./src/db.ts")];
    expect(top(frames, { repoFiles })).toBe("packages/web/src/db.ts");
    const alone = ranking([frame("webpack:///./src/db.ts")], { repoFiles }).suspects[0];
    expect(alone?.reasons.join()).toContain("other files of the repository fit this frame as well");
  });

  test("a name that every directory has names no file by itself", () => {
    expect(ranking([frame("/other/place/index.js")]).suspects).toEqual([]);
  });
});

describe("what is never a suspect", () => {
  test.each([
    ["a dependency", { filename: "/app/node_modules/cart/total.js", in_app: false }],
    ["a dependency that nobody classified", { filename: "/app/node_modules/cart/total.js", in_app: null }],
    [
      "a file of the same name in a dependency called in-app",
      { filename: "/app/node_modules/express/server.js", in_app: true },
    ],
    ["Node itself", { filename: "node:internal/cart/total", in_app: false }],
    ["an old name of Node's own module", { filename: "db.js", abs_path: "internal/db.js", in_app: false }],
    ["a browser extension", { filename: "chrome-extension://abc/src/cart/total.ts", in_app: true }],
    ["webpack's runtime", { filename: "webpack/bootstrap", in_app: true }],
    ["webpack 1's dependencies", { filename: "webpack:///./~/cart/total.js", in_app: false }],
    ["anonymous code", { filename: "<anonymous>", in_app: true }],
  ])("%s", (_name, raw) => {
    expect(ranking([frame("/app/src/db.ts"), { function: "f", lineno: 1, ...raw }]).suspects[0]?.path).toBe(
      "src/db.ts",
    );
    expect(ranking([{ function: "f", lineno: 1, ...raw }]).suspects).toEqual([]);
  });

  test("a test, while production code is on the stack", () => {
    const frames = [
      frame("/app/test/checkout.test.ts"),
      frame("/app/src/cart/cart.ts"),
      frame("/app/src/cart/cart.test.ts"),
    ];
    const paths = ranking(frames).suspects.map(({ path }) => path);
    expect(paths[0]).toBe("src/cart/cart.ts");
    expect(paths.filter((path) => path.includes("test"))).toEqual([]);
    expect(top([frame("/app/test/checkout.test.ts")])).toBe("test/checkout.test.ts");
  });

  test("a file that the repository does not have", () => {
    const lessons = [{ frames: [frame("/app/src/gone.ts")], fixFiles: ["src/gone.ts"] }];
    expect(ranking([frame("/app/src/gone.ts")], { lessons }).suspects).toEqual([]);
  });
});

describe("the order of suspects", () => {
  test("the crash frame comes first, its callers after it", () => {
    const frames = [frame("src/http/checkout-route.ts"), frame("src/cart/cart.ts"), frame("src/cart/total.ts")];
    expect(
      ranking(frames)
        .suspects.slice(0, 3)
        .map(({ path }) => path),
    ).toEqual(["src/cart/total.ts", "src/cart/cart.ts", "src/http/checkout-route.ts"]);
  });
  test("frames above the crash that belong to dependencies do not hide it", () => {
    expect(
      top([
        frame("src/cart/cart.ts"),
        frame("src/db.ts"),
        frame("/app/node_modules/pg/lib/client.js", "query", { in_app: false }),
      ]),
    ).toBe("src/db.ts");
  });
  test("where the reporter calls nothing in-app, frames count all the same", () => {
    expect(
      top([frame("src/cart/cart.ts", "a", { in_app: false }), frame("src/cart/total.ts", "b", { in_app: false })]),
    ).toBe("src/cart/total.ts");
  });
  test("an in-app caller precedes a crash frame that is said not to be in-app", () => {
    expect(top([frame("src/cart/cart.ts"), frame("src/cart/total.ts", "b", { in_app: false })])).toBe(
      "src/cart/cart.ts",
    );
  });
  test("the constructor of an error and a bag of helpers yield to who called them", () => {
    expect(top([frame("src/cart/cart.ts"), frame("src/errors/cart-error.ts", "new CartError")])).toBe(
      "src/cart/cart.ts",
    );
    const frames = [frame("src/cart/cart.ts"), frame("src/lib/utils.ts", "assertTotal")];
    expect(top(frames)).toBe("src/cart/cart.ts");
  });
  test("a file of the stack that the message names goes first", () => {
    const frames = [frame("src/cart/discounts.ts"), frame("src/cart/total.ts")];
    expect(top(frames, { errorMessage: "Cannot read properties of null (reading 'discounts')" })).toBe(
      "src/cart/total.ts",
    );
    expect(top(frames, { errorMessage: 'rule "discounts" failed' })).toBe("src/cart/discounts.ts");
  });
  test("a file off the stack that the message names is among the suspects", () => {
    const { suspects } = ranking([frame("src/cart/total.ts")], {
      errorMessage: "no handler: checkoutRoute is not registered",
    });
    expect(suspects.map(({ path }) => path)).toContain("src/http/checkout-route.ts");
  });
  test("what fixed a crash of the same frames is suspect again, what fixed another is not", () => {
    const stack = [frame("src/cart/cart.ts", "add"), frame("src/cart/total.ts", "sum")];
    const lesson = (frames: RawFrame[]) => ({
      lessons: [{ frames, fixFiles: ["src/cart/cart.ts"], outcome: "resolved" }],
    });
    expect(top(stack)).toBe("src/cart/total.ts");
    expect(top(stack, lesson(stack))).toBe("src/cart/cart.ts");
    expect(top(stack, lesson([frame("src/cart/cart.ts", "add"), frame("src/db.ts", "query")]))).toBe(
      "src/cart/total.ts",
    );
  });
  test("between equals, what changed lately together with the stack goes first", () => {
    const recentCommits = [
      { sha: "a".repeat(40), date: "2026-09-17T10:00:00Z", author: "ann", files: ["src/cart/total.ts", "src/db.ts"] },
    ];
    const { suspects } = ranking([frame("src/cart/total.ts")], { recentCommits });
    expect(suspects[1]).toMatchObject({
      path: "src/db.ts",
      reasons: ["changed together with src/cart/total.ts 1 commit ago (aaaaaaa)"],
    });
  });
  test("recursion counts once", () => {
    const frames = [
      frame("src/cart/cart.ts"),
      ...Array.from({ length: 3_000 }, () => frame("src/cart/total.ts", "walk")),
    ];
    expect(ranking(frames).suspects.slice(0, 1)).toMatchObject([{ path: "src/cart/total.ts" }]);
  });
  test("scores lie between 0 and 1 and fall", () => {
    const { suspects } = ranking([frame("src/db.ts"), frame("src/cart/cart.ts"), frame("src/cart/total.ts")]);
    const scores = suspects.map(({ score }) => score);
    expect(scores.toSorted((a, b) => b - a)).toEqual(scores);
    expect(Math.max(...scores)).toBeLessThan(1);
    expect(Math.min(...scores)).toBeGreaterThan(0);
  });
});

describe("bundled output is said, not guessed", () => {
  test.each([
    "/var/task/.next/server/chunks/812.js",
    "https://shop.example/assets/index-D4f3a1B2.js",
    "/js/vendor.min.js",
    "https://shop.example/static/js/main.3f2a9c1d.js",
  ])("%s", (filename) => {
    const alone = ranking([frame(filename, "t", { lineno: 1, colno: 88_213 })]);
    expect(alone.suspects).toEqual([]);
    expect(alone.notes[0]).toContain("bundled or minified");
    const { suspects } = ranking([frame("src/db.ts"), frame(filename, "t")]);
    expect(suspects[0]?.path).toBe("src/db.ts");
    expect(suspects[0]?.reasons.join()).toContain("upload source maps");
  });
  test("a column far out on the first line gives a minifier away", () => {
    expect(ranking([frame("https://shop.example/app.js", "t", { lineno: 1, colno: 40_000 })]).notes[0]).toContain(
      "minified",
    );
    expect(ranking([frame("/app/src/db.ts", "t", { lineno: 1, colno: 40 })]).notes).toEqual([]);
  });
  test("a file mapped from compiled output says so", () => {
    expect(ranking([frame("/app/dist/cart/total.js")]).suspects[0]?.reasons[0]).toBe(
      "crashed in run (line 10): mapped from compiled output",
    );
  });
});

describe("events as Sentry sends them", () => {
  const frames = [frame("src/cart/cart.ts", "add"), frame("src/cart/total.ts", "sum")];
  const camel = [
    { filename: "src/cart/cart.ts", function: "add", lineNo: 3, inApp: true },
    { filename: "src/cart/total.ts", function: "sum", lineNo: 12, inApp: true },
  ];
  const ask = (event: unknown) => rankSuspects(suspectsInputSchema.parse({ event, repoFiles: REPO }));
  const exception = { type: "TypeError", value: "x is null", stacktrace: { frames } };
  test.each([
    ["a webhook's exception", { exception: { values: [exception] } }],
    [
      "the API's entries",
      {
        entries: [
          { type: "breadcrumbs", data: {} },
          { type: "exception", data: { values: [{ type: "TypeError", value: "x", stacktrace: { frames: camel } }] } },
        ],
      },
    ],
    ["a stack without an exception", { entries: [{ type: "stacktrace", data: { frames: camel } }] }],
    [
      "the thread that crashed",
      {
        entries: [
          {
            type: "threads",
            data: {
              values: [
                { crashed: false, stacktrace: { frames: camel.slice(0, 1) } },
                { crashed: true, stacktrace: { frames: camel } },
              ],
            },
          },
        ],
      },
    ],
    [
      "null members",
      {
        exception: { values: [null, { type: null, value: null, stacktrace: { frames: [null, ...frames] } }] },
        entries: null,
        message: null,
      },
    ],
  ])("%s", (_name, event) => {
    expect(ask(event).suspects[0]?.path).toBe("src/cart/total.ts");
  });
  test("of a chain, the root cause is nearest to the crash", () => {
    const cause = {
      type: "TypeError",
      value: "deep",
      stacktrace: { frames: [frame("src/http/checkout-route.ts"), frame("src/db.ts", "query")] },
    };
    const reported = {
      type: "CartError",
      value: "outer",
      stacktrace: { frames: [frame("src/http/checkout-route.ts"), frame("src/cart/cart.ts", "load")] },
    };
    expect(ask({ exception: { values: [cause, reported] } }).suspects[0]?.path).toBe("src/db.ts");
  });
  test("an event without frames is answered from the message, and says so", () => {
    const answer = ask({
      exception: { values: [{ type: "Error", value: "function discounts failed", stacktrace: null }] },
    });
    expect(answer.suspects[0]?.path).toBe("src/cart/discounts.ts");
    expect(answer.notes).toEqual([
      "the event has no stack frames; suspects come from the message, recent commits and lessons alone",
    ]);
  });
});

describe("suspect commits", () => {
  const commit = (sha: string, day: number, files: string[], message?: string) => ({
    sha: sha.repeat(40),
    date: `2026-09-${10 + day}T10:00:00Z`,
    author: "ann",
    files,
    message,
  });
  const frames = [frame("src/cart/cart.ts"), frame("src/cart/total.ts")];
  const shas = (recentCommits: unknown[], more = {}) =>
    ranking(frames, { recentCommits, ...more }).commits.map(({ sha }) => sha.charAt(0));
  test("the newest that touched the top suspect comes first, in whatever order commits are given", () => {
    const commits = [
      commit("a", 1, ["src/cart/total.ts"]),
      commit("c", 3, ["docs/cart.md"]),
      commit("b", 2, ["src/cart/total.ts"]),
    ];
    expect(shas(commits)).toEqual(["b", "a"]);
    expect(shas(commits.toReversed())).toEqual(["b", "a"]);
  });
  test("a change of the crash file precedes a newer one of a caller, and a focused one a sweep", () => {
    expect(shas([commit("b", 2, ["src/cart/cart.ts"]), commit("a", 1, ["src/cart/total.ts"])])).toEqual(["a", "b"]);
    const sweep = REPO.filter((path) => path.endsWith(".ts"));
    expect(shas([commit("b", 2, sweep), commit("a", 1, ["src/cart/total.ts"])])).toEqual(["a", "b"]);
  });
  test("a message that shares words with the error counts", () => {
    const commits = [
      commit("b", 2, ["src/cart/total.ts"], "tidy"),
      commit("a", 1, ["src/cart/total.ts"], "feat: voucher rounding"),
    ];
    expect(shas(commits)).toEqual(["b", "a"]);
    expect(shas(commits, { errorMessage: "voucher rounding failed" })).toEqual(["a", "b"]);
  });
});

test("input without frames and event is refused with a reason", () => {
  const result = suspectsInputSchema.safeParse({ repoFiles: [] });
  expect(result.error?.issues[0]?.message).toBe("give `frames` or `event`");
});

test("cost grows in proportion to the repository, not faster", () => {
  const inputOf = (files: number) =>
    suspectsInputSchema.parse({
      frames: [frame("src/cart/cart.ts"), frame("/app/dist/cart/total.js")],
      repoFiles: [...REPO, ...Array.from({ length: files }, (_, i) => `src/module-${i % 50}/part-${i}.ts`)],
    });
  const fastest = (files: number): number => {
    const input = inputOf(files);
    const times = Array.from({ length: 30 }, () => {
      const start = performance.now();
      rankSuspects(input);
      return performance.now() - start;
    });
    return Math.min(...times);
  };
  // Ten times the files: linear is 10, quadratic 100.
  expect(fastest(50_000) / fastest(5_000)).toBeLessThan(40);
});
