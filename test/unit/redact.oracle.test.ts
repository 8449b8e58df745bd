import { lintSource } from "@secretlint/core";
import { creator } from "@secretlint/secretlint-rule-preset-recommend";
import { expect, test } from "vitest";
import { redact } from "../../lib/kernel/redact.ts";
import { NEGATIVES, POSITIVES } from "./redact.corpus.ts";

const config = { rules: [{ id: "preset", rule: creator }] };

/** What secretlint's recommended rules, kept by others, take for a secret in this text. */
async function findByOthers(content: string): Promise<string[]> {
  const source = { content, filePath: "/text.txt", ext: ".txt", contentType: "text" } as const;
  const { messages } = await lintSource({ source, options: { config } });
  return messages.map(({ range: [start, end] }) => content.slice(start, end));
}

test("whatever secretlint finds in the corpus is taken out", async () => {
  const found = await Promise.all(
    POSITIVES.map(async ({ text }) => ({ clean: redact(text).text, secrets: await findByOthers(text) })),
  );
  expect(found.flatMap(({ secrets }) => secrets).length).toBeGreaterThan(70);
  expect(found.filter(({ clean, secrets }) => secrets.some((secret) => clean.includes(secret)))).toEqual([]);
});

test("secretlint sees no secret among the look-alikes either", async () => {
  expect((await Promise.all(NEGATIVES.map(findByOthers))).flat()).toEqual([]);
});
