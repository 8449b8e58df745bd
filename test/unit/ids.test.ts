import { expect, it } from "vitest";
import { idFrom } from "../../lib/runtime/ids.ts";

// Stored rows carry these ids: another way to make them would take every known alert in a second time.
it("a delivery's id is the one that databases hold already", async () => {
  expect(await idFrom("dlv", ["prj_default000", "sentry", "sentry:issue.created:1"])).toMatchInlineSnapshot(
    `"dlv_li32rtpven0408necmcged2q7g"`,
  );
  expect(await idFrom("dlv", ["prj_default000", "github", "github:ümlaut\u0000"])).toMatchInlineSnapshot(
    `"dlv_fc67lr49vpuavd74u8474aaieb"`,
  );
});

it("an incident's id is the one that databases hold already", async () => {
  expect(await idFrom("inc", ["prj_default000", "sentry:4711:production"])).toMatchInlineSnapshot(
    `"inc_lhk2evllb12q1ct0qaldhnu3j4"`,
  );
});

it("parts are told apart: moving a character from one to the next is another id", async () => {
  expect(await idFrom("dlv", ["ab", "c"])).not.toBe(await idFrom("dlv", ["a", "bc"]));
});
