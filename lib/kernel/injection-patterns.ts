/** A sign that a text speaks to a machine that reads it. `code`: also looked for in source files, where prompts are ordinary. */
export interface InjectionPattern {
  sign: string;
  pattern: RegExp;
  inCode: boolean;
}

const ORDERS = "(?:instructions?|prompts?|directives?|guidelines|guardrails|rules you|system message|context you)";
const MACHINE_WORD =
  "(?:ai|a\\.i\\.|llm|language model|assistant|agent|chat ?bot|bot|patchpilot|claude|codex|copilot|chatgpt|gpt(?:-?\\d[\\w.]*)?|model)";

const MACHINE = `${MACHINE_WORD}(?: ${MACHINE_WORD})?`;

/**
 * Read over text in lower case with look-alike letters folded and white space squeezed to single blanks. Every gap is
 * bounded, so that each pattern takes time in proportion to the text.
 */
export const INJECTION_PATTERNS: readonly InjectionPattern[] = [
  {
    sign: "tells to ignore instructions",
    pattern: new RegExp(
      `\\b(?:ignore|disregard|forget|override|bypass|do not follow|don't follow|stop following|drop) (?:\\w+ ){0,4}${ORDERS}`,
    ),
    inCode: true,
  },
  {
    sign: "tells to ignore what came before",
    pattern:
      /\b(?:ignore|disregard|forget) (?:everything|anything|all(?: of)?(?: that| this)?|what(?:ever)?) (?:was |is |you were |came |has been |said |told |written ){0,3}(?:above|before|previously|earlier|prior|so far)\b/,
    inCode: true,
  },
  {
    sign: "gives new instructions",
    pattern: new RegExp(
      `\\b(?:new|updated|real|actual|important|urgent|hidden|secret) (?:system )?${ORDERS} ?(?::|for (?:the )?${MACHINE}\\b|follow\\b)`,
    ),
    inCode: false,
  },
  {
    sign: "gives a new role",
    pattern: new RegExp(
      `\\byou are (?:now|no longer) (?:(?:an?|the|my|our) (?:\\w+ ){0,2}(?:${MACHINE}|administrator|admin|root user|jailbreak)|(?:in )?(?:developer|god|dan|jailbreak) mode|jailbroken|unrestricted|(?:bound|restricted|limited) by (?:any|your|the))\\b|\\b(?:enter|enable|switch to) (?:developer|god|debug|maintenance|admin) mode\\b.{0,40}\\b${MACHINE}\\b`,
    ),
    inCode: false,
  },
  {
    sign: "speaks to the machine that reads",
    pattern: new RegExp(
      `\\b(?:note|message|attention|notice|instructions?|hey|dear|hello|to)(?: to| for)?(?: all| any| the| whatever| every| an?){0,2} ${MACHINE}s?\\b ?(?::|,|!|that (?:reads|processes|handles|sees)|reading|processing|handling)`,
    ),
    inCode: false,
  },
  {
    sign: "orders the machine to act",
    pattern: new RegExp(
      `\\b(?:as|if you are|since you are|when you are) (?:an? |the )?${MACHINE},? (?:reading this,? )?(?:you (?:must|should|have to|need to) |please )?(?:approve|merge|roll ?back|revert|deploy|close|delete|run|execute|push|send|print|reveal|call|open)\\b`,
    ),
    inCode: false,
  },
  {
    sign: "orders a write without review",
    pattern:
      /\b(?:merge|approve|deploy|roll ?back|push|publish|release|close)\b.{0,60}\b(?:immediately|right away|at once|now)?.{0,30}\b(?:without (?:any )?(?:review|approval|asking|confirmation|human|checks|running (?:the )?tests|telling)|skip(?:ping)? (?:the )?(?:review|approval|gate|checks|tests|ci)|bypass(?:ing)? (?:the )?(?:review|approval|gate|checks|ci)|no (?:human )?(?:review|approval) (?:is )?(?:needed|required|necessary))/,
    inCode: false,
  },
  {
    sign: "asks for secrets or instructions",
    pattern:
      /\b(?:print|reveal|show|output|repeat|send|post|upload|leak|exfiltrate|disclose|include|paste|dump|tell me|give me|reply with|respond with)\b (?:\w+ ){0,5}(?:system prompt|your (?:instructions|prompt|rules|configuration)|initial instructions|api[ _-]?keys?|access tokens?|credentials|environment variables|env vars|contents? of \.?env|private keys?|secrets?) ?(?:to |in |at |into |as |with |from |above|verbatim|here|now|\.(?!\w)|!|$)/,
    inCode: false,
  },
  {
    sign: "forges a turn of the conversation",
    pattern:
      /<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id)\|>|\[\/?inst\]|<<\/?sys>>|<\/?(?:system|system_prompt|system-reminder|assistant|function_calls|tool_call|tool_result|antml:[a-z_]+)>|(?:^|\s)###? ?(?:system|new instructions?|instruction)s? ?:|(?:^|\s)(?:system|assistant) ?: ?(?:you (?:are|must|should|will|may)|ignore|override|from now on)\b/,
    inCode: false,
  },
  {
    sign: "forges a mark of ours",
    pattern: /<\/?data-[0-9a-z]{6,}/,
    inCode: true,
  },
];
