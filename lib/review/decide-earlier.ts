import { squeezeCode } from "./compose-key.ts";
import type { EarlierFinding } from "./decide-findings.ts";
import type { ProposedReview } from "./model.ts";

export interface EarlierFacts {
  /** Open and listed findings of earlier reviews. */
  earlier: readonly EarlierFinding[];
  /** What the model makes of them, by id. */
  verdicts: ProposedReview["earlier"];
  /**
   * Text at the new head of the file that each finding is about, by path; null: the file is gone. A path that is not in
   * the map could not be read.
   */
  texts: ReadonlyMap<string, string | null>;
  /** Ids of findings whose thread a person resolved, with the login. */
  resolvedBy: ReadonlyMap<string, string>;
}

export interface EarlierDecision {
  id: string;
  state: EarlierFinding["state"];
  reason: string;
}

const squeezeLines = (text: string) => `\n${text.split("\n").map(squeezeCode).filter(Boolean).join("\n")}\n`;

/** Whether these lines still stand in the text, one after the other; white space and blank lines aside. */
function holds(text: string, anchor: string): boolean {
  const wanted = squeezeLines(anchor);
  return wanted.trim() !== "" && text.includes(wanted);
}

/** The part of a range that is characteristic of it: what a small edit elsewhere in the range leaves as it was. */
const lastLine = (anchor: string) => anchor.slice(anchor.lastIndexOf("\n") + 1);

/**
 * Where each earlier finding stands at the new head. A text that is still there is still meant, whatever a model says; what
 * is gone is resolved when the model agrees or the file is gone. Who resolves a thread settles it.
 */
export function decideEarlier(facts: EarlierFacts): EarlierDecision[] {
  const verdicts = new Map(facts.verdicts.map((one) => [one.id, one]));
  const squeezed = new Map<string, string>();
  for (const [path, text] of facts.texts) if (text !== null) squeezed.set(path, squeezeLines(text));
  return facts.earlier.map((finding): EarlierDecision => {
    const is = (state: EarlierDecision["state"], reason: string): EarlierDecision => ({
      id: finding.id,
      state,
      reason,
    });
    const person = facts.resolvedBy.get(finding.id);
    if (person !== undefined) return is("dismissed", `${person} resolved the thread`);
    const { path, side } = finding.place;
    const text = facts.texts.get(path) === null ? null : squeezed.get(path);
    const verdict = verdicts.get(finding.id);
    if (text === null && side === "RIGHT") return is("resolved", "the file is gone");
    if (text === undefined) return is(finding.state, "its file could not be read");
    // What the change deletes is not in the head either way, and a test is written elsewhere: only the model can tell.
    const isTold = side === "RIGHT" && text !== null && finding.kind !== "missing_test";
    if (isTold && holds(text, finding.anchor)) return is(finding.state, "the code is as it was");
    if (verdict?.state === "fixed") return is("resolved", verdict.why || "the code was changed");
    if (verdict?.state === "still_there") return is(finding.state, verdict.why || "the change does not mend it");
    if (isTold && holds(text, lastLine(finding.anchor))) return is(finding.state, "the line is as it was");
    return is(finding.state, "the code was changed, and it is not known whether that mends it");
  });
}
