import { isCommandText } from "../kernel/read-command-text.ts";
import { proseText } from "../kernel/untrusted-text.ts";

/**
 * What a remark asks for, by its words alone, English and Chinese. `statement` is all that no pattern knows: whether it
 * counts depends on where it was said.
 */
export type RemarkReading =
  | "command"
  | "empty"
  | "suggestion"
  | "request"
  | "body_only"
  | "question"
  | "no_change_needed"
  | "praise"
  | "elsewhere"
  | "statement";

const MOST_READ = 8_000;

/** Nothing is to be done, said by somebody who decides it. */
const NO_CHANGE =
  /\bno (?:code |further |more )?(?:changes?|action|fix) (?:(?:is|are) )?(?:needed|required|necessary)\b|\bno need to (?:change|fix|do|touch)\b|\bnothing (?:to|needs to) (?:do|change|be (?:done|changed))\b|\b(?:leave|keep) (?:it|this|that|them) as (?:is|it is|they are)\b|\b(?:fine|ok|okay|good) as (?:is|it is)\b|\b(?:do not|don't|dont|please don't|never) (?:change|touch|fix|rename|remove|add|do) (?:this|that|it|anything|them)\b|\b(?:ignore|disregard) (?:this|that|my (?:last |previous )?(?:comment|remark|review))\b|\b(?:never ?mind|nvm)\b|\bwon'?t ?fix\b|\b(?:works as intended|as designed|by design)\b|无需(?:修改|改动|更改)|不(?:需要|用|必)(?:再)?(?:修改|改动|改|动)|(?:先别|不要|别)(?:改|动|修改|实现)|保持(?:现状|原样)|忽略(?:这|上)/iu;

const PRAISE =
  /^(?:(?:lgtm|looks? (?:good|great|fine)(?: to me)?|nice(?: work| one| catch| fix)?|great(?: work| job| fix| catch| find)?|good (?:catch|work|job|fix|point)|thanks?(?: you)?(?: (?:so|very) much| a lot)?|ty|ship it|well done|perfect|awesome|excellent|sounds good|agreed?|approved?|makes sense|ok(?:ay)?|done|yes|yep|👍|🎉|🚀|❤️?|:\+1:|:shipit:|👌|看起来(?:不错|很好)|没(?:有)?问题|可以合并|很好|不错|谢谢|感谢|赞)[\s,.!~，。！、]*)+$/iu;

/** Only the pull request's own text is meant. */
const BODY =
  /\b(?:pr|pull[ -]request|mr) (?:description|body|title|text|summary)\b|\b(?:update|rewrite|refresh|fix|expand|improve|correct) the (?:description|body|summary)\b|\bdescription (?:is|of (?:this|the) (?:pr|pull request)|should|needs|does ?n[o']t)\b|scope of (?:the )?change|(?:PR|拉取请求|合并请求)的?(?:描述|说明|标题)|更新(?:描述|说明)/iu;

const REQUEST =
  /\b(?:please|pls|plz|could you|can you|would you|can we|could we|should we not|let'?s|shouldn'?t (?:this|that|it|we)|why not (?:just )?\w+|how about|what about|i(?:'d| would) (?:prefer|like|suggest|rather)|i suggest|nit:|must|has to|have to|needs? (?:to|a|an|more)|should(?: also| not|n't)? (?:be|have|use|also|only|return|throw|handle|check|not)|is missing|are missing|missing (?:a|an|the)|instead of|rather than|prefer)\b|(?:请|应该|应当|需要|建议|最好|改成|改为|换成|加上|补充|缺少|能否|可否|可以.{0,12}吗)/iu;
/** A sentence that begins with what to do. */
const IMPERATIVE =
  /^(?:[-*]\s+|\d+[.)]\s+|nit:?\s+|also,?\s+|and\s+)?(?:add|remove|rename|use|move|extract|inline|delete|drop|avoid|handle|check|cover|test|return|throw|replace|change|fix|make|split|simplify|revert|restore|keep|log|document|explain in|name|say|put|write|cache|guard|validate|rethrow|catch|don'?t|do not)\b/imu;

const QUESTION_WORD =
  /^(?:why|what|how|when|where|who|which|is|are|was|were|does|do|did|will|would|has|have|any|and if|what if)\b|(?:为什么|为何|怎么|什么|是否|吗)/iu;

/** What a person would read as the remark's own words: no quotes of others, no code. */
function ownWords(text: string): string {
  return proseText(text.slice(0, MOST_READ))
    .replace(/```[\s\S]*?(?:```|$)/g, " ")
    .replace(/`[^`\n]*`/g, " code ")
    .split("\n")
    .filter((line) => !line.trimStart().startsWith(">"))
    .join("\n")
    .trim();
}

/** Addressed to a person, at its very beginning. */
const ADDRESSED = /^@([\w-]+)/;

/** Reads a remark; `ownLogin` is our App's, so that a remark that begins with it is for us. */
export function readRemark(text: string, ownLogin: string | null = null): RemarkReading {
  if (isCommandText(text)) return "command";
  if (/```suggestion\b/.test(text)) return "suggestion";
  const words = ownWords(text);
  const [mention, login] = ADDRESSED.exec(words) ?? [];
  if (login !== undefined && login.toLowerCase() !== ownLogin?.toLowerCase()) return "elsewhere";
  const said = words.slice(mention?.length ?? 0).trim();
  if (said === "") return "empty";
  if (PRAISE.test(said)) return "praise";
  if (NO_CHANGE.test(said) && !/\b(?:but|except|however)\b|但是?|不过/iu.test(said)) return "no_change_needed";
  const asks = REQUEST.test(said) || IMPERATIVE.test(said);
  if (BODY.test(said) && said.length < 400) return "body_only";
  if (asks) return "request";
  return isQuestion(said) ? "question" : "statement";
}

/** Every sentence asks, or the last one does and none states more than it takes to ask. */
function isQuestion(said: string): boolean {
  const sentences = said.split(/(?<=[.!?。！？])\s+|\n+/u).filter((part) => part.trim() !== "");
  const asking = sentences.filter(
    (part) => /[?？]\s*$/u.test(part) || (sentences.length === 1 && QUESTION_WORD.test(part)),
  );
  if (asking.length === 0) return false;
  return asking.length === sentences.length || /[?？]\s*$/u.test(sentences.at(-1) ?? "");
}
