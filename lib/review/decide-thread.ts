import { isCommandText } from "../kernel/read-command-text.ts";
import { HOLE, readProse } from "../kernel/read-prose.ts";
import type { ReviewPolicy } from "./model.ts";
import type { ReviewThread } from "./ports.ts";

export type ThreadAsk = "question" | "says_fixed" | "let_go" | "command" | "nothing";

export type ThreadDecision =
  | { type: "question" | "says_fixed" | "let_go"; commentId: string; by: string }
  | { type: "nothing"; reason: string };

const MOST_READ = 2_000;

const LET_GO =
  /\b(?:won'?t ?fix|wontfix|not an? (?:bug|issue|problem|concern|real issue)|false[ -]positive|(?:works|working) as (?:intended|designed|expected)|by design|(?:this|it|that)(?: is|'s) (?:intended|intentional|on purpose|deliberate|expected|fine(?: as (?:is|it is))?|ok(?:ay)?|out of scope)|intentional(?:ly)?|on purpose|out of scope|(?:please |pls )?(?:ignore|drop|skip|dismiss|disregard) (?:this|it|that|the comment)|let (?:it|this|that) go|never ?mind|nvm|(?:leave|keep) (?:it|this|that) as (?:is|it is)|(?:we )?don'?t care(?: about this)?|no (?:change|fix|action) (?:is )?(?:needed|required|necessary)|not (?:worth|going to) (?:fix|chang|do)(?:ing)?(?: (?:it|this))?|we accept (?:this|the risk)|accepted risk)\b/;
const LET_GO_ALONE =
  /^(?:ignore|skip|dismiss|intended|wontfix|as designed|nope,? (?:this|it) is fine|it'?s fine|fine)$/;
const FIXED =
  /\b(?:(?:is |was |been |got |now |should be |has been )?(?:fixed|addressed|resolved|corrected|done|updated|changed|handled)(?: (?:it|this|that))?(?: now| in [0-9a-f]{7,40}| in the (?:last|latest|newest) (?:commit|push)| as suggested)?|applied(?: the)? suggestion|good catch,? (?:fixed|done)|i(?:'ve| have)? (?:just )?(?:pushed|fixed|changed|updated|addressed|removed|added)|pushed (?:a|the) fix)\b/;
/** It is not so yet, or only under a condition. */
const NOT_YET =
  /\b(?:not(?: yet)?|isn'?t|wasn'?t|hasn'?t|can'?t be|cannot be|never|how|why|will|going to|gonna|later|if|unless|before|until|to be|needs?|should (?:we|i|this)|must)\b/;
const NEGATED_LET_GO =
  /\b(?:don'?t|do not|not|never|why|should (?:we|i)|can (?:we|i|you)|if)\b[^.!]{0,30}\b(?:ignore|drop|skip|dismiss|let|leave|fine|intended|intentional|ok)/;
const QUESTION_WORD =
  /^(?:why|what|how|when|where|who|which|is|are|was|were|does|do|did|will|would|could|can|should|has|have|isn'?t|aren'?t|doesn'?t|don'?t you)\b/;

/** What a comment below one of ours asks for, by its author's own words in English; what is not certain asks for nothing. */
export function readThreadAsk(comment: string): ThreadAsk {
  if (isCommandText(comment)) return "command";
  const text = readProse(comment.slice(0, MOST_READ))
    .toLowerCase()
    .replaceAll(HOLE, " code ")
    .replace(/[ \t]+/g, " ")
    .trim();
  if (text === "") return "nothing";
  const sentences = text.split(/(?<=[.!?])\s+|\n+/).filter((one) => one.trim() !== "");
  const isAsking = (one: string) => /\?["')\s]*$/.test(one) || (sentences.length === 1 && QUESTION_WORD.test(one));
  const asking = sentences.filter(isAsking);
  const stating = sentences.filter((one) => !isAsking(one));
  // Who asks wants an answer, whatever else is said.
  if (asking.length > 0) return "question";
  if (stating.some((one) => LET_GO.test(one) && !NEGATED_LET_GO.test(one))) return "let_go";
  if (stating.length === 1 && LET_GO_ALONE.test((stating[0] ?? "").replace(/[.!\s]+$/, ""))) return "let_go";
  if (stating.some((one) => FIXED.test(one) && !NOT_YET.test(one))) return "says_fixed";
  return "nothing";
}

/**
 * What is to be done about a thread under a comment of ours: of what people wrote after our last word, the newest that asks
 * for something counts. Bots and we ourselves are never answered; a thread is answered `maxReplies` times.
 */
export function decideThread(
  thread: Pick<ReviewThread, "comments" | "isResolved">,
  policy: Pick<ReviewPolicy, "maxReplies">,
): ThreadDecision {
  const nothing = (reason: string): ThreadDecision => ({ type: "nothing", reason });
  const { comments } = thread;
  if (!comments[0]?.author.isOurs) return nothing("it is not under a comment of ours");
  if (thread.isResolved) return nothing("it is resolved");
  const ours = comments.findLastIndex((one) => one.author.isOurs);
  const said = comments.slice(ours + 1).filter((one) => !one.author.isBot);
  if (said.length === 0) return nothing("no person wrote after our last word");
  for (const { id: commentId, text, author } of said.toReversed()) {
    const type = readThreadAsk(text);
    if (type === "command" || type === "nothing") continue;
    const replies = comments.slice(1).filter((one) => one.author.isOurs).length;
    // Letting go is never refused for its number.
    if (type !== "let_go" && replies >= policy.maxReplies)
      return nothing(`${replies} replies were given, and ${policy.maxReplies} is the limit`);
    return { type, commentId, by: author.login };
  }
  return nothing("it asks for nothing");
}
