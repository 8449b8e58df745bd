import { HOLE, readProse } from "./read-prose.ts";

/** `start`: have it done; `approve`: what was proposed may be done. */
export type PlainWords = { asks: "start" | "approve"; isAddressed: boolean };

const MAX_TEXT = 1_500;
const ADDRESSED = /(?<![\w@/])@patchpilot[\w-]*(?:\[bot\])?(?![\w/])[:,]?/gi;
/** What follows a colon is a title, or somebody else's words; but for the name of an emoji. */
const EMOJI_NAME = /:[a-z0-9_+-]{2,40}:/g;
const OTHER_ADDRESSEE = /(?<![\w.])@[\w\p{L}]/u;
const JOKING = /\byeah,? right\b|[🙃🙄😏😒🤡🤣😂😅😜😉🤪🤷]|(?:^|\s)\/(?:s|j|jk)\b|[;][-]?[)pd]/iu;

/** What may stand before the words that ask, alone or followed by them. */
const FILLER = `ok|okay|yes|yep|yeah|sure|sure thing|alright|all right|great|perfect|excellent|nice|nice work|cool|thanks|thanks a lot|many thanks|thank you|thank you so much|thx|ty|cheers|lgtm|looks good|looks good to me|looks great|looks right|sounds good|sounds great|agreed|i agree|right|good|good plan|great plan|nice plan|the plan looks good|the plan looks good to me|the plan is good|the plan is fine|plan looks good|this looks good|that looks good|that works|works for me|makes sense|this makes sense|that makes sense|confirmed|i can confirm|reproduced|hi|hello|hey|hi there|hey there|patchpilot|definitely|absolutely|good catch|good find|fair enough|understood|asap|today|now|right away|please|all good|good to go|same here|same for me|me too|i agree with the plan|i agree with this plan|i like the plan|(?:(?:the|this|your) )?plan (?:looks|sounds|seems|is) (?:good|great|fine|ok|okay|right|solid|reasonable)(?: to me)?|(?:the|this|your) (?:plan|proposal) makes sense|sounds good to me|sounds great to me|ready to go|(?:thanks|thank you) for (?:the|this|your) (?:plan|report|proposal|analysis)`;
const POLITE = `(?:hi|hello|hey|please|pls|plz|kindly|just|then|now|so|and|simply|do|patchpilot|you may|feel free to|i'd like you to|i would like you to|i want you to|we want you to|we'd like you to|we need you to|i need you to|ok|okay|yes|yep|yeah|sure|alright|great|perfect|thanks|cool)`;
const THING = String.raw`(?:it|this|that|this one|that one|these|them|(?:the|this|that|our)(?: [\w/.'-]+){0,4} (?:issue|bug|crash|error|problem|exception|failure|regression|leak|defect|typo|feature|request|ticket|endpoint|page))`;
const PLAN = `(?:the|this|that|your) (?:proposed |suggested )?(?:plan|proposal|fix|change|implementation|work|repair)(?: above| below)?`;
const DOING = `(?:fix|repair|resolve|implement|build|patch|solve|address|handle|do|tackle|take care of|work on|start|start on|start with|start working on|start work on|start fixing|start implementing|begin|begin with|get started on|get started with|go ahead with|go ahead and (?:fix|repair|resolve|implement|build|patch|solve|address|do|start|start on|start with)|proceed with|proceed to (?:fix|implement|repair)|carry on with|continue with|get this|get it)`;
const START = `(?:implement|do|make|build|execute|follow|start|start on|start with|begin|begin with|go ahead with|proceed with|carry on with|continue with|get started on|get started with|work on|start working on|start work on|go ahead and (?:implement|do|build|execute|follow|start|begin))`;
const DRAFT = `(?:open|create|generate|submit|send|raise|make|prepare|put up|write|provide) (?:a|the|me a|us a) (?:draft )?(?:pr|pull request|fix|patch|draft)`;
const WHOLE = `(?:go ahead|go for it|go on|proceed|get started|start|start now|begin|carry on|do it|do so|implement|fix|go ahead and (?:fix|implement|repair|start|begin|proceed|build)|(?:begin|start|proceed with|go ahead with) implementation|go fix (?:it|this)|start implementing|start fixing|start coding|start working|let's do it|let's do this|let's go ahead|let's fix it|let's fix this|let's implement it|let's implement this|let's go|get going|you can go ahead|you can start|you can start now|you can proceed|you can begin|you have my go|you have my go ahead|green light)`;
const AFTER = `(?: (?:please|pls|plz|now|today|asap|as soon as possible|right away|right now|for us|for me|thanks|thank you|thanks a lot|then|as planned|as proposed|as described|as suggested|as outlined|as you proposed|as described above|as planned above|with it|with this|with that|with the plan|with this plan|with your plan|with the fix|with the proposed fix|with the implementation|according to the plan|following the plan|per the plan|in the code|in production|on main|soon|properly|and (?:open|create|submit|send|raise) (?:a|the) (?:draft )?(?:pr|pull request)|and add (?:a |some )?(?:regression |unit )?tests?(?: for it| for this)?|and write (?:a |some )?(?:regression |unit )?tests?(?: for it| for this)?|with (?:a |some )?(?:regression |unit )?tests?))*`;
const ASKS = new RegExp(
  `^(?:${POLITE} )*(?:${DOING} ${THING}|${DOING} ${THING} (?:done|fixed|implemented|repaired)|${START} ${PLAN}|${DRAFT}(?: for (?:it|this|that|this issue|this bug))?|${WHOLE})${AFTER}$`,
);
/** The same for a thing that is described in words of its own, none of which may be about anybody's work. */
const ASKS_FOR = new RegExp(
  `^(?:${POLITE} )*(?:fix|repair|resolve|implement|address|solve|handle) (?:the|this|these) (.+)$`,
);
const MAX_DESCRIBED = 8;
const OF_OTHERS =
  /\b(?:you|your|yours|my|mine|his|her|their|our|tests?|build|ci|lint\w*|docs?|comments?|descriptions?|and|that)\b/;
const APPROVES = new RegExp(
  `^(?:${POLITE} )*(?:approved|approve|i approve|i approve this|i approve it|i approve this plan|i approve the plan|plan approved|the plan is approved|this plan is approved|this is approved|approve this plan|approve the plan|approving the plan|you have my approval|this has my approval)${AFTER}$`,
);
const FILLS = new RegExp(`^(?:(?:${FILLER})(?: |$))+$`);

/** Words of doing, deciding, waiting and of other people's work: who says more of that than the request is not read. */
const HEDGES =
  /\b(?:fix\w*|repair\w*|implement\w*|patch\w*|prs?|pull requests?|merg\w*|commit\w*|branch\w*|push\w*|start\w*|proceed\w*|go ahead|approv\w*|plan\w*|wait\w*|hold\w*|stop\w*|cancel\w*|paus\w*|revert\w*|later|first|before|until|unless|if|whether|assuming|provided|suppose\w*|might|may|maybe|perhaps|could|would|should|shall|must not|instead|except|though|although|however|but|or|actually|never ?mind|nvm|scratch that|forget|ignore|kidding|joke\w*|joking|sarcas\w*|lol|haha\w*|lmao|as if|yeah right|go wrong|good luck|what could|i'll|i will|we'll|we will|he'll|she'll|they'll|i'm going to|we're going to|let me|let us|i can|we can|i already|already|done|assign\w*|someone|somebody|anyone|yourself|myself|ourselves|themselves|tomorrow|next week|next sprint|monday|tuesday|wednesday|thursday|friday|weekend|discuss\w*|decid\w*|think about|consider\w*|review\w*|need to|needs to|no need|not needed|don't|do not|dont|won't|please|ask\w*|told|say|said|says|wrote|asked|want\w*)\b/;
/** A clause that tells something: it has a verb. */
const TELLS =
  /\b(?:is|are|was|were|has|have|had|it|we|they|customers?|users?|people|this|that|there|breaks?|broke|broken|fails?|failed|crash\w*|block\w*|happens?|happened|get|gets|see|seen|same|because|since|affects?|still|lost|loses?|costs?|can't|cannot|doesn't|isn't)\b/;
const NO = /^(?:no|nope|nah|not|never|wait|stop|hmm+|um+|uh+|well|wow|oh)\b/;

const tidy = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s'#/.¤-]/gu, " ")
    .replace(/(?<!\w)[.'-]+|[.'-]+(?!\w)/g, " ")
    .replace(/\s+/g, " ")
    .trim();

type Part = "start" | "approve" | "neutral" | "doubt";

/** What one clause of a sentence in English is. */
function readClause(clause: string): Part {
  const text = tidy(clause);
  if (text === "" || FILLS.test(text)) return "neutral";
  if (text.includes(HOLE)) return "doubt";
  if (APPROVES.test(text)) return "approve";
  if (ASKS.test(text) || asksForDescribed(text)) return "start";
  if (NO.test(text) || HEDGES.test(text)) return "doubt";
  return text.split(" ").length >= 3 && TELLS.test(text) ? "neutral" : "doubt";
}

function asksForDescribed(text: string): boolean {
  const described = ASKS_FOR.exec(text)?.[1] ?? "";
  const words = described.split(" ").length;
  return described !== "" && words <= MAX_DESCRIBED && !HEDGES.test(described) && !OF_OTHERS.test(described);
}

const TRADITIONAL = new Map(
  Object.entries({
    請: "请",
    復: "复",
    開: "开",
    實: "实",
    現: "现",
    這: "这",
    個: "个",
    問: "问",
    題: "题",
    處: "处",
    決: "决",
  })
    .concat(
      Object.entries({
        計: "计",
        畫: "划",
        劃: "划",
        執: "执",
        別: "别",
        動: "动",
        繼: "继",
        續: "续",
        進: "进",
        嗎: "吗",
      }),
    )
    .concat(
      Object.entries({
        麼: "么",
        為: "为",
        沒: "没",
        後: "后",
        還: "还",
        謝: "谢",
        煩: "烦",
        幫: "帮",
        馬: "马",
        該: "该",
      }),
    )
    .concat(
      Object.entries({
        過: "过",
        準: "准",
        贊: "赞",
        盡: "尽",
        來: "来",
        錯: "错",
        時: "时",
        會: "会",
        們: "们",
        嘗: "尝",
      }),
    ),
);
const HAN = /\p{Script=Han}/u;
const ZH_OPEN =
  "(?:请|麻烦你?|帮忙|帮我们?|劳烦|辛苦|直接|现在|就|那就?|马上|立即|立刻|尽快|赶紧|你来?|去|务必|继续|好的?|可以|行|没问题|同意|赞成|收到|嗯|快|please|patchpilot|ok|一下)*";
const ZH_THING =
  "(?:一下|下|掉|好)?(?:它|这个?|该|此|这里的?|上述|本|issue|bug)?(?:个)?(?:问题|bug|issue|错误|报错|崩溃|异常|故障|缺陷|功能|需求|特性|方案|计划|性能问题|回归)?(?:一下|掉)?";
const ZH_DO =
  "(?:修复|修|修好|修理|修正|修一下|实现|实施|实作|解决|处理|搞定|fix|开始(?:修复|修|实现|实施|实作|开发|处理|执行|动手|做|干|工作|写代码|编码)?|动手(?:修复|实现|做)?|着手(?:修复|实现|处理)|执行|推进|落实|开工|开干|干活|干|做|继续|按(?:照)?(?:这个)来|按(?:照)?(?:这个|该|上述|此|你的)?(?:计划|方案)(?:来|做|实现|执行|实施|进行|修复|开始|推进|开发)+|提(?:交)?(?:一?个)?(?:草稿)?(?:pr|修复))";
const ZH_ASKS = new RegExp(
  `^${ZH_OPEN}${ZH_DO}${ZH_THING}(?:并?提(?:交)?(?:一?个)?(?:草稿)?pr)?(?:吧|哈|啦|呗|谢谢|多谢|谢了|拜托|拜托了)*$`,
);
/** Verbs that say on their own what may be meant as a statement: they need a word that makes them a request. */
const ZH_BARE = /^(?:修复|修|修好|实现|实施|实作|解决|处理|做|干|fix|开始|执行|可以[^开动]*|继续|好的?修好|同意)$/;
/** Leave to begin; without its last word it says only that something is possible. */
const ZH_MAY =
  /^(?:好的?|那|现在|你|就)*可以(?:开始|动手|开工|着手)(?:修复|修|实现|实施|开发|处理|做|干|执行)?(?:了|啦|吧)+$/;
const ZH_THING_FIRST =
  /^(?:这个|该|此)(?:问题|bug|issue|错误|报错|崩溃|异常|需求|功能)(?:请|麻烦|帮忙)(?:尽快|马上|立即)?(?:修复|修|实现|解决|处理)(?:一下|下|掉)?(?:吧|哈|谢谢)*$/;
const ZH_SO = /^(?:那)?就(?:这么|这样|照这个|按这个)(?:做|办|实现|实施|修复|改)吧$/;
const ZH_APPROVES =
  /^(?:我)?(?:批准|已批准|同意批准|批准该?计划|批准这个(?:计划|方案)|批准(?:执行|实施|实现|修复))(?:了|吧)?$/;
const ZH_FILLS =
  /^(?:好的?|可以|行|没问题|我?同意|赞成|收到|嗯+|谢谢|多谢|辛苦了?|辛苦啦|谢谢你|太好了|不错|很好|ok|hi|hello|你好|大家好|确认|已确认|看起来不错|看着不错|方案不错|方案可以|方案没问题|计划没问题|计划可以|同意(?:该|这个|此)?(?:方案|计划)|(?:这个|该)?(?:方案|计划)(?:看起来)?(?:很好|可以|不错|没问题|ok)|尽快|麻烦了|拜托了?|有道理|通过|patchpilot|lgtm|thanks)$/;
const ZH_HEDGES =
  /修|改|实现|实施|开始|动手|合并|提交|回滚|pr|计划|方案|批准|先|等|再|如果|要是|假如|倘若|除非|只要|的话|之后|以后|稍后|回头|明天|后天|下周|周[一二三四五六日末]|月底|暂|别|勿|不要|不用|不必|不需|不急|不行|不建议|不同意|没必要|无需|算了|取消|停|讨论|商量|评估|考虑|确认后|是否|吗|么|呢|怎么|为什么|为何|谁|能不能|可否|能否|我来|我们|自己|自行|他|她|别人|某|让|叫|已经|刚刚|玩笑|哈哈|呵呵|笑|但|不过|然而|可是|还是|说|写|问(?!题)|建议|希望|想|应该|可能|或/;
const ZH_TELLS = /是|有|没|不|无法|失败|错|崩|挂|现|影响|会|在|都|很|太|能|导致|用户|客户|页面|空白|重|丢|超时|生产/;

/** What one clause in Chinese is. */
function readHanClause(clause: string): Part {
  const text = [...tidy(clause).replaceAll(" ", "")].map((char) => TRADITIONAL.get(char) ?? char).join("");
  if (text === "" || ZH_FILLS.test(text)) return "neutral";
  if (text.includes(HOLE)) return "doubt";
  if (ZH_APPROVES.test(text)) return "approve";
  if (
    [ZH_MAY, ZH_THING_FIRST, ZH_SO].some((pattern) => pattern.test(text)) ||
    (ZH_ASKS.test(text) && !ZH_BARE.test(text))
  )
    return "start";
  if (ZH_HEDGES.test(text)) return "doubt";
  return text.length >= 4 && ZH_TELLS.test(text) ? "neutral" : "doubt";
}

const SENTENCE_END = /[.!。!;;\n]+(?=\s|$|[\p{Script=Han}])|[。;\n]+/u;
const CLAUSE_END = /[,、]|\s[-–—]+\s|—/u;

/**
 * What a comment in plain words, English or Chinese, asks for; null where it asks for nothing, or where it is not
 * certain. Every clause has to be understood: a request by its whole wording, the others as thanks or as a plain
 * statement. A question, a condition, a negation, a quotation, another addressee, somebody's own plan, a joke: null.
 */
export function readPlainWords(comment: string): PlainWords | null {
  const prose = readProse(comment);
  const isAddressed = ADDRESSED.test(prose);
  ADDRESSED.lastIndex = 0;
  const text = prose.replace(ADDRESSED, " patchpilot ").replace(EMOJI_NAME, " ").replaceAll(":", HOLE).trim();
  if (text === "" || text.length > MAX_TEXT || /[??]/.test(text) || JOKING.test(text)) return null;
  if (OTHER_ADDRESSEE.test(text)) return null;
  const parts = text
    .split(SENTENCE_END)
    .flatMap((sentence) => sentence.split(CLAUSE_END))
    .filter((clause) => clause.trim() !== "")
    .map((clause) => (HAN.test(clause) ? readHanClause(clause) : readClause(clause)));
  if (parts.includes("doubt")) return null;
  if (parts.includes("start")) return { asks: "start", isAddressed };
  return parts.includes("approve") ? { asks: "approve", isAddressed } : null;
}
