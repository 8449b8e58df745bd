import { describe, expect, it } from "vitest";
import { decideIntent, type IntentFacts } from "../../lib/repair/decide-intent.ts";

const AUTHOR: IntentFacts["author"] = { login: "jane", type: "User", permission: "write" };
const decide = (comment: string, author: Partial<IntentFacts["author"]> = {}) =>
  decideIntent({ comment, author: { ...AUTHOR, ...author } });

describe("what a comment asks for", () => {
  it.each([
    ["/patchpilot fix", "implement"],
    ["/generate-fix", "implement"],
    ["/implement", "implement"],
    ["/patchpilot plan", "plan"],
    ["/patchpilot approve", "approve"],
    ["/patchpilot retry with more care", "retry"],
    ["/patchpilot pause", "pause"],
    ["/patchpilot resume", "resume"],
    ["/patchpilot rollback", "rollback"],
    ["/patchpilot ignore", "ignore"],
    ["/patchpilot status", "status"],
    ["/patchpilot", "status"],
    ["  \n/patchpilot   retry\nbecause of this", "retry"],
  ])("%j is %s", (comment, intent) => {
    expect(decide(comment)).toMatchObject({ intent, allowed: true });
  });

  it.each([
    ["please /patchpilot fix"],
    ["> /patchpilot fix"],
    ["`/patchpilot fix`"],
    ["I think /implement would do"],
    ["/patchpilots fix"],
    ["/implementation"],
    ["/patchpilot make-coffee"],
    ["/patchpilot constructor"],
    ["/patchpilot hasownproperty"],
    [""],
    ["lgtm"],
  ])("%j is nothing", (comment) => {
    expect(decide(comment)).toMatchObject({ intent: "none", allowed: false });
  });
});

describe("who is obeyed", () => {
  it.each<[IntentFacts["author"]["permission"], boolean]>([
    ["admin", true],
    ["maintain", true],
    ["write", true],
    ["triage", false],
    ["read", false],
    ["none", false],
  ])("a person with %s permission: %s", (permission, allowed) => {
    const decision = decide("/patchpilot fix", { permission });
    expect(decision).toMatchObject({ intent: "implement", allowed, reason: expect.stringContaining(permission) });
  });

  it.each(["Bot", "Organization", "Mannequin", ""])("a %s is not, whatever its permission", (type) => {
    expect(decide("/patchpilot approve", { type, permission: "admin" })).toMatchObject({
      intent: "approve",
      allowed: false,
    });
  });
});
