import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type DemoSentry, startDemoSentry } from "../../demo/sentry/index.ts";
import { parseSpanSearch } from "../../demo/sentry/span-search.ts";
import { slowSearch } from "../../demo/shop/bugs/index.ts";
import { ownTestsPass, shopRepository, silent, tempDir } from "./world-support.ts";

const TOKEN = "sntrys_test";
const DAY_MS = 24 * 3_600_000;

describe("the slow change", { timeout: 60_000 }, () => {
  const dir = tempDir();
  afterAll(() => dir.remove());

  test("fits the shop, and the shop's own tests pass with it", () => {
    const repository = shopRepository(join(dir.path, "shop"));
    repository.apply(slowSearch.change.edits);
    repository.commit(slowSearch.change.message);
    expect(ownTestsPass(repository.dir)).toBe(true);
    repository.apply(slowSearch.fix.edits.filter((edit) => "create" in edit));
    expect(ownTestsPass(repository.dir)).toBe(false);
  });

  test("is undone by its fix, whose test passes then", () => {
    const repository = shopRepository(join(dir.path, "fixed"));
    repository.apply(slowSearch.change.edits);
    repository.apply(slowSearch.fix.edits);
    repository.commit(slowSearch.fix.message);
    expect(ownTestsPass(repository.dir)).toBe(true);
  });
});

describe("a search over spans", () => {
  const span: Record<string, string | number> = {
    transaction: 'GET /say "hi"',
    "span.op": "db",
    description: "SELECT * FROM t",
    "span.duration": 2_000,
  };
  const finds = (query: string) => parseSpanSearch(query)((field) => span[field] ?? null);

  test.for([
    ["", true],
    ["span.op:db", true],
    ["!span.op:db", false],
    ["span.op:[http.server,db]", true],
    ['span.op:["http.server"]', false],
    ['transaction:"GET /say \\"hi\\""', true],
    ["transaction:GET*", true],
    ['description:"SELECT \\* FROM t"', true],
    ['description:"SELECT \\* FROM"', false],
    ['description:"SELECT \\**"', true],
    ["span.duration:>1500ms", true],
    ["span.duration:>2s", false],
    ["!span.duration:<2s span.duration:<=2000", true],
    ["has:release", false],
    ["!has:release span.op:db", true],
    ["(span.op:x OR span.op:db) description:SELECT*", true],
    ["(span.op:x OR span.op:db) AND description:UPDATE*", false],
    ["span.op:x OR span.op:y OR span.op:db", true],
  ] as const)("%s finds it: %s", ([query, expected]) => {
    expect(finds(query)).toBe(expected);
  });

  test.for(["(span.op:db", "span.op:db)", 'free "text"'])("%s is refused", (query) => {
    expect(() => finds(query)).toThrow(/Parse error/);
  });
});

describe("Explore", () => {
  let dir: ReturnType<typeof tempDir>;
  let sentry: DemoSentry;
  const start = () =>
    startDemoSentry({
      dir: dir.path,
      org: "pine",
      project: "shop",
      orgAuthToken: TOKEN,
      tokens: { events: ["event:read"] },
      clientSecret: "secret",
      webhookUrl: null,
      log: silent,
    });
  beforeAll(() => {
    dir = tempDir();
  });
  beforeEach(async () => {
    sentry = await start();
  });
  afterEach(() => sentry.close());
  afterAll(() => dir.remove());

  async function send(eventId: string, endMs: number, spans: object[] = []): Promise<void> {
    const item = {
      event_id: eventId.repeat(32),
      type: "transaction",
      transaction: "GET /a",
      start_timestamp: (endMs - 100) / 1_000,
      timestamp: endMs / 1_000,
      environment: "production",
      release: "r1",
      contexts: { trace: { trace_id: "c".repeat(32), span_id: "d".repeat(16), op: "http.server" } },
      spans,
    };
    const dsn = new URL(sentry.dsn);
    const answer = await fetch(`${dsn.origin}/api${dsn.pathname}/envelope/?sentry_key=${dsn.username}`, {
      method: "POST",
      body: [{}, { type: "transaction" }, item].map((part) => JSON.stringify(part)).join("\n"),
    });
    expect(answer.status).toBe(200);
  }

  const ask = (search: string, token = TOKEN) =>
    fetch(`${sentry.url}/api/0/organizations/pine/events/?dataset=spans&${search}`, {
      headers: { authorization: `Bearer ${token}` },
    });

  test("counts a transaction once, with its spans; drops what is older than 30 days; remembers over a restart", async () => {
    const now = Date.now();
    const child = { span_id: "e".repeat(16), op: "db", description: "SELECT 1" };
    const spans = [{ ...child, start_timestamp: (now - 60) / 1_000, timestamp: (now - 20) / 1_000 }];
    await send("a", now, spans);
    await send("a", now, spans);
    await send("b", now - 29 * DAY_MS);
    await send("f", now - 31 * DAY_MS);
    await sentry.close();
    sentry = await start();
    const answer = await ask("field=span.op&field=count()&field=p95(span.duration)&sort=-count()&statsPeriod=90d");
    const { data, meta } = await answer.json();
    expect(data).toEqual([
      { "span.op": "http.server", "count()": 2, "p95(span.duration)": expect.closeTo(100, 1) },
      { "span.op": "db", "count()": 1, "p95(span.duration)": expect.closeTo(40, 1) },
    ]);
    expect(meta).toMatchObject({ dataset: "spans", accuracy: { confidence: [{ "count()": "high" }, {}] } });
  });

  test.for([
    ["a sort that is not among the fields", "field=span.op&field=count()&sort=-sum(span.duration)", 400],
    ["an unknown function", "field=median(x)", 400],
    ["an unknown field", "field=nonsense", 400],
    ["another project", "field=count()&project=17", 400],
    ["no fields", "", 400],
  ] as const)("%s is refused", async ([, search, status]) => {
    expect((await ask(search)).status).toBe(status);
  });

  test("needs org:read", async () => {
    expect((await ask("field=count()", "events")).status).toBe(403);
  });
});
