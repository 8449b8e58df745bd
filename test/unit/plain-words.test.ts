import { describe, expect, it } from "vitest";
import { readPlainWords } from "../../lib/kernel/read-plain-words.ts";
import { decideIntent } from "../../lib/repair/decide-intent.ts";
import { STARTS, STARTS_NOTHING } from "./intent.corpus.ts";

const JANE = { login: "jane", type: "User", permission: "write" } as const;
const hasStarted = (comment: string, author: Parameters<typeof decideIntent>[0]["author"] = JANE) => {
  const { intent, allowed } = decideIntent({ comment, author });
  return allowed && (intent === "implement" || intent === "approve");
};

describe("plain words", () => {
  it("has a corpus that is large enough to mean something", () => {
    expect(STARTS.length).toBeGreaterThanOrEqual(80);
    expect(STARTS_NOTHING.length).toBeGreaterThanOrEqual(120);
    expect(new Set([...STARTS, ...STARTS_NOTHING]).size).toBe(STARTS.length + STARTS_NOTHING.length);
  });

  it.each(STARTS)("of a person with the right start it: %j", (comment) => expect(hasStarted(comment)).toBe(true));
  it.each(STARTS_NOTHING)("start nothing: %j", (comment) => expect(hasStarted(comment)).toBe(false));

  it("of bots and of people without the right never start anything", () => {
    for (const comment of STARTS) {
      expect(hasStarted(comment, { ...JANE, type: "Bot", permission: "admin" })).toBe(false);
      expect(hasStarted(comment, { ...JANE, login: "helper[bot]", permission: "admin" })).toBe(false);
      expect(hasStarted(comment, { ...JANE, permission: "triage" })).toBe(false);
    }
  });

  it("never start anything once they are quoted, code, or followed by a doubt", () => {
    for (const comment of STARTS) {
      const quoted = comment.split("\n").map((line) => `> ${line}`);
      expect(readPlainWords(quoted.join("\n")), comment).toBeNull();
      expect(readPlainWords(`\`\`\`\n${comment}\n\`\`\``), comment).toBeNull();
      expect(readPlainWords(`${comment}\nBut wait for Bob.`), comment).toBeNull();
      expect(readPlainWords(`${comment}\n等一下再说`), comment).toBeNull();
      expect(readPlainWords(`${comment}?`), comment).toBeNull();
    }
  });

  it("tell whether they are addressed to us", () => {
    expect(readPlainWords("@patchpilot please fix it")).toEqual({ asks: "start", isAddressed: true });
    expect(readPlainWords("please fix it")).toEqual({ asks: "start", isAddressed: false });
    expect(readPlainWords("mail me at bob@patchpilot.dev, please fix it")).toBeNull();
  });

  it("are read in time that grows with their length", () => {
    const started = performance.now();
    for (const text of ["please ", "the ", "fix it ", "请", "ok ", "the a "])
      readPlainWords(text.repeat(1_500 / text.length));
    expect(performance.now() - started).toBeLessThan(500);
  });
});
