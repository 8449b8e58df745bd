import { expect, it } from "vitest";
import { coalesce } from "../../lib/runtime/coalesce.ts";

/** A batch runner whose calls are answered by the test, in its own time. */
function createHeldRunner() {
  const calls: { items: number[]; answer(results: string[]): void; fail(error: Error): void }[] = [];
  const runMany = (items: number[]) =>
    new Promise<string[]>((resolve, reject) => {
      calls.push({ items, answer: resolve, fail: reject });
    });
  return { calls, runMany };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const asText = (items: number[]) => items.map((item) => `#${item}`);

it("what arrives while a call is in flight goes into the next one, and each caller gets its own answer", async () => {
  const { calls, runMany } = createHeldRunner();
  const add = coalesce(runMany, 10);
  const answers = [1, 2, 3].map((item) => add(item));
  expect(calls.map(({ items }) => items)).toEqual([[1]]);
  calls[0]?.answer(["#1"]);
  await turn();
  expect(calls.map(({ items }) => items)).toEqual([[1], [2, 3]]);
  const late = add(4);
  calls[1]?.answer(["#2", "#3"]);
  await turn();
  calls[2]?.answer(["#4"]);
  expect(await Promise.all([...answers, late])).toEqual(["#1", "#2", "#3", "#4"]);
});

it("there is never more than one call in flight, and never more than the limit in one call", async () => {
  let inFlight = 0;
  let most = 0;
  const sizes: number[] = [];
  const add = coalesce(async (items: number[]) => {
    inFlight += 1;
    most = Math.max(most, inFlight);
    sizes.push(items.length);
    await turn();
    inFlight -= 1;
    return asText(items);
  }, 7);
  const answers = await Promise.all(Array.from({ length: 50 }, (_, item) => add(item)));
  expect(answers).toEqual(asText(Array.from({ length: 50 }, (_, item) => item)));
  expect([most, Math.max(...sizes)]).toEqual([1, 7]);
});

it("a failed call fails its own callers and nobody else", async () => {
  const { calls, runMany } = createHeldRunner();
  const add = coalesce(runMany, 10);
  const first = add(1);
  const others = Promise.allSettled([add(2), add(3)]);
  calls[0]?.answer(["#1"]);
  await turn();
  const after = add(4);
  calls[1]?.fail(new Error("away"));
  await turn();
  calls[2]?.answer(["#4"]);
  expect(await first).toBe("#1");
  expect((await others).map((one) => one.status)).toEqual(["rejected", "rejected"]);
  expect(await after).toBe("#4");
});

it("a runner that throws at once, or answers too few, fails the callers and not the process", async () => {
  const throwing = coalesce<number, string>(() => {
    throw new Error("at once");
  }, 10);
  await expect(throwing(1)).rejects.toThrow("at once");
  await expect(throwing(2)).rejects.toThrow("at once");
  const forgetful = coalesce<number, string>(async () => [], 10);
  await expect(forgetful(1)).rejects.toThrow("0 answers for 1 items");
});

it("an answer of undefined is an answer", async () => {
  const add = coalesce<number, undefined>(async (items) => items.map(() => undefined), 10);
  expect(await add(1)).toBeUndefined();
});
