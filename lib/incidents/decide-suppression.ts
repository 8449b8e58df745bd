/** One rule of the operator's: what fits all that it names is watched and nothing more. `*` stands for anything. */
export interface IgnoreRule {
  name: string;
  environment?: string | undefined;
  release?: string | undefined;
  path?: string | undefined;
  title?: string | undefined;
}

export interface SuppressionPolicy {
  ignore: readonly IgnoreRule[];
  minEvents: number;
  minUsers: number;
  maintenance: readonly { from: string; to: string; reason: string }[];
  /** An incident that came back this often is not repaired again by itself. */
  flappingReturns: number;
}

export interface QuietFacts {
  snoozedUntil: string | null;
  now: string;
}

export interface RuleFacts {
  /** What a title pattern may mean: the title, and for a slow span its transaction and what it does. */
  titles: readonly string[];
  environment: string | null;
  release: string | null;
  /** File names of the stack's own frames. */
  paths: readonly string[];
}

export interface SuppressionFacts extends QuietFacts, RuleFacts {
  events: number;
  users: number;
  reopenedCount: number;
}

/** Why nothing is done about anything of this kind now: a snooze, or a maintenance window; null when it is no such time. */
export function decideQuietTime(
  { snoozedUntil, now }: QuietFacts,
  { maintenance }: Pick<SuppressionPolicy, "maintenance">,
): string | null {
  const nowMs = Date.parse(now);
  if (snoozedUntil !== null && nowMs < Date.parse(snoozedUntil)) return `snoozed until ${snoozedUntil}`;
  const window = maintenance.find(({ from, to }) => nowMs >= Date.parse(from) && nowMs < Date.parse(to));
  return window ? `maintenance until ${window.to}: ${window.reason}` : null;
}

/** Which of the operator's rules ignores a problem, or null. */
export function decideIgnored(facts: RuleFacts, { ignore }: Pick<SuppressionPolicy, "ignore">): string | null {
  const rule = ignore.find((one) => fits(one, facts));
  return rule ? `rule "${rule.name}" ignores it` : null;
}

/** Why nothing is done about an error although it would deserve it, by name; null when nothing speaks against it. */
export function decideSuppression(facts: SuppressionFacts, policy: SuppressionPolicy): string | null {
  const named = decideQuietTime(facts, policy) ?? decideIgnored(facts, policy);
  if (named !== null) return named;
  if (facts.events < policy.minEvents) return `${facts.events} of ${policy.minEvents} events that the policy asks for`;
  if (facts.users < policy.minUsers) return `${facts.users} of ${policy.minUsers} users that the policy asks for`;
  if (facts.reopenedCount >= policy.flappingReturns) return `flapping: it came back ${facts.reopenedCount} times`;
  return null;
}

function fits(rule: IgnoreRule, facts: RuleFacts): boolean {
  const named: [string | undefined, (pattern: string) => boolean][] = [
    [rule.environment, (pattern) => matches(pattern, facts.environment ?? "")],
    [rule.release, (pattern) => matches(pattern, facts.release ?? "")],
    [rule.title, (pattern) => facts.titles.some((title) => matches(pattern, title))],
    [rule.path, (pattern) => facts.paths.some((path) => matches(pattern, path))],
  ];
  const given = named.filter(([pattern]) => pattern !== undefined);
  return given.length > 0 && given.every(([pattern, test]) => test(pattern ?? ""));
}

/** Whether `text` fits a pattern whose only special sign is `*`; upper and lower case are alike. Linear: no backtracking. */
export function matches(pattern: string, text: string): boolean {
  const parts = pattern.toLowerCase().split("*");
  const subject = text.toLowerCase();
  const [head = "", ...rest] = parts;
  const tail = rest.pop();
  if (tail === undefined) return subject === head;
  if (!subject.startsWith(head) || !subject.endsWith(tail) || subject.length < head.length + tail.length) return false;
  let at = head.length;
  const end = subject.length - tail.length;
  for (const part of rest) {
    const found = subject.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
