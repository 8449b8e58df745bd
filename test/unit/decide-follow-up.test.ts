import { expect, test } from "vitest";
import { decideFollowUp, type FollowUpFacts } from "../../lib/investigate/decide-follow-up.ts";

const known: FollowUpFacts = {
  kind: "error",
  mayRepair: true,
  asksModel: false,
  stack: ["at total (src/cart.js:2)"],
  rootCause: null,
};

test.each<[string, Partial<FollowUpFacts>, string]>([
  ["a stack is enough to begin a repair from", {}, "repair"],
  ["a model is asked first, whatever is known", { asksModel: true, stack: [] }, "ask_model"],
  ["a model is asked where the stage allows no repair", { asksModel: true, mayRepair: false }, "ask_model"],
  ["the stage may end it", { mayRepair: false }, "observe"],
  ["the stage ends it although nothing is known", { mayRepair: false, stack: [] }, "observe"],
  ["neither place nor cause goes to a person", { stack: [] }, "escalate"],
  ["a cause that was checked against the code makes up for a stack", { stack: [], rootCause: "a null" }, "repair"],
  ["what is slow has a measure instead of a stack", { stack: [], kind: "performance" }, "repair"],
])("%s", (_name, change, type) => {
  expect(decideFollowUp({ ...known, ...change }).type).toBe(type);
});
