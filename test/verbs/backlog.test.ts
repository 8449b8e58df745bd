import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { keepBacklog, scanRepository } from "../../lib/backlog/index.ts";
import { backlogOutside, scanOutside } from "../../lib/wiring/backlog.ts";
import { type Bench, createBench, mustRun, PROJECT } from "../support/context.ts";
import { openTestPglite } from "../support/pglite.ts";
import { openQueued } from "../support/repair-flow.ts";

let database: Awaited<ReturnType<typeof openTestPglite>>;
let bench: Bench;

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());
beforeEach(async () => {
  bench = await createBench(database);
  bench.repository.push("main", {
    "TODO.md": "# Later\n- [ ] Pay by invoice\n- [ ] Gift cards\n- [x] Coupons\n",
    "src/total.js": "// TODO: round the total\nexport const total = 1;\n",
    "docs/notes.md": "- [ ] not looked at\n",
  });
});

const providers = () => ({ ...bench.ports, outbound: bench.outbound() });
function must<T>(value: T | null): T {
  if (value === null) throw new Error("the bench has a code host");
  return value;
}
const keep = (isApplied = true) =>
  keepBacklog(bench.ctx, must(backlogOutside(bench.config, providers())), { projectId: PROJECT, isApplied });
const scan = (isApplied = true, findings: Parameters<typeof scanRepository>[2]["findings"] = []) =>
  scanRepository(bench.ctx, must(scanOutside(bench.config, providers())), { projectId: PROJECT, isApplied, findings });
const outcomes = (items: readonly { outcome: string }[]) => items.map(({ outcome }) => outcome);

it("a look without --apply tells what it would do and writes nothing", async () => {
  const report = await keep(false);
  expect(outcomes(report.items)).toEqual(["would_create", "would_create"]);
  expect(report.draft).toBeNull();
  expect((await scan(false)).proposals).toMatchObject([{ outcome: "would_create", title: "TODO: round the total" }]);
  expect(bench.issues.all).toEqual([]);
  expect(bench.repository.pulls).toEqual([]);
});

it("items become issues once, and a draft names them in the file; a second look makes nothing twice", async () => {
  const first = await keep();
  expect(outcomes(first.items)).toEqual(["created", "created"]);
  expect(bench.issues.all.map(({ title }) => title)).toEqual(["Pay by invoice", "Gift cards"]);
  const [pull] = bench.repository.pulls;
  expect(pull).toMatchObject({ isDraft: true, state: "open", baseRef: "main" });
  const text = bench.repository.getHead(pull?.headRef ?? "").files.get("TODO.md");
  expect(text).toBe(
    "# Later\n- [ ] Pay by invoice ([#1](https://code.example/acme/shop/issues/1))\n- [ ] Gift cards ([#2](https://code.example/acme/shop/issues/2))\n- [x] Coupons\n",
  );
  const second = await keep();
  expect(outcomes(second.items)).toEqual(["known", "known"]);
  expect(second.draft).toMatchObject({ number: pull?.number });
  bench.repository.merge(pull?.number ?? 0, bench.clock.now());
  const third = await keep();
  expect(third).toMatchObject({ items: [], draft: null });
  expect(bench.issues.all).toHaveLength(2);
  expect(bench.repository.pulls).toHaveLength(1);
});

it("a draft that a person closed is not opened again for the same issues", async () => {
  await keep();
  const [pull] = bench.repository.pulls;
  Object.assign(pull ?? {}, { state: "closed" });
  const again = await keep();
  expect(again.files).toContain(`a person closed pull request #${pull?.number}`);
  expect(bench.repository.pulls).toHaveLength(1);
});

it("an issue of the same title, open or closed, is the item's", async () => {
  const { number } = bench.issues.write({ title: "pay by INVOICE", body: "", author: null });
  bench.issues.get(number).state = "closed";
  const report = await keep();
  expect(outcomes(report.items)).toEqual(["duplicate", "created"]);
});

it("the cap holds, and what is over it comes with the next look", async () => {
  bench.configure({ policy: { backlog: { maxNewIssues: 1 } } });
  expect(outcomes((await keep()).items)).toEqual(["created", "over_cap"]);
  expect(outcomes((await keep()).items)).toEqual(["known", "created"]);
});

it("the kill switch and a dry run hold every write, and it is said", async () => {
  await bench.stop("enough");
  expect(outcomes((await keep()).items)).toEqual(["held", "held"]);
  await bench.resume();
  bench.configure({ dryRun: true });
  expect(outcomes((await keep()).items)).toEqual(["held", "held"]);
  expect(bench.issues.all).toEqual([]);
  expect(bench.repository.branches.size).toBe(1);
});

it("marks and findings are proposed once, a rule's places together", async () => {
  const places = [1, 2, 3].map((line) => ({ tool: "eslint", rule: "no-undef", path: "src/a.js", line, text: "x" }));
  const report = await scan(true, places);
  expect(report.proposals.map(({ title, outcome }) => [title, outcome])).toEqual([
    ["eslint: no-undef in 3 places", "created"],
    ["TODO: round the total", "created"],
  ]);
  expect(outcomes((await scan(true, places)).proposals)).toEqual(["known", "known"]);
  bench.issues.get(1).state = "closed";
  expect(outcomes((await scan(true, places)).proposals)).toEqual(["known", "known"]);
});

it("nothing new is proposed while enough is at work, or enough proposals are open", async () => {
  bench.configure({ policy: { scan: { maxAtWork: 0 } } });
  await openQueued(bench);
  expect(await scan()).toMatchObject({
    full: expect.stringContaining("at work"),
    proposals: [{ outcome: "over_cap" }],
  });
  bench.configure({ policy: { scan: { maxOpenIssues: 1 } } });
  expect((await scan()).full).toBeNull();
  bench.repository.push("main", { "src/b.js": "// FIXME: sort the list\n" });
  expect(await scan()).toMatchObject({ full: expect.stringContaining("proposals are open") });
});

it("its jobs do what the commands do", async () => {
  await mustRun(bench, "backlog.keep-backlog", { projectId: PROJECT });
  await mustRun(bench, "backlog.scan-repository", { projectId: PROJECT });
  expect(bench.issues.all).toHaveLength(3);
});
