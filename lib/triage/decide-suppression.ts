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

export interface SuppressionFacts {
  title: string;
  environment: string | null;
  release: string | null;
  /** File names of the stack's own frames. */
  paths: readonly string[];
  events: number;
  users: number;
  snoozedUntil: string | null;
  reopenedCount: number;
  now: string;
}

/** Why nothing is done about a problem although it would deserve it, by name; null when nothing speaks against it. */
export function decideSuppression(facts: SuppressionFacts, policy: SuppressionPolicy): string | null {
  const nowMs = Date.parse(facts.now);
  if (facts.snoozedUntil !== null && nowMs < Date.parse(facts.snoozedUntil))
    return `snoozed until ${facts.snoozedUntil}`;
  const rule = policy.ignore.find((one) => fits(one, facts));
  if (rule) return `rule "${rule.name}" ignores it`;
  const window = policy.maintenance.find(({ from, to }) => nowMs >= Date.parse(from) && nowMs < Date.parse(to));
  if (window) return `maintenance until ${window.to}: ${window.reason}`;
  if (facts.events < policy.minEvents) return `${facts.events} of ${policy.minEvents} events that the policy asks for`;
  if (facts.users < policy.minUsers) return `${facts.users} of ${policy.minUsers} users that the policy asks for`;
  if (facts.reopenedCount >= policy.flappingReturns) return `flapping: it came back ${facts.reopenedCount} times`;
  return null;
}

function fits(rule: IgnoreRule, facts: SuppressionFacts): boolean {
  const named: [string | undefined, (pattern: string) => boolean][] = [
    [rule.environment, (pattern) => matches(pattern, facts.environment ?? "")],
    [rule.release, (pattern) => matches(pattern, facts.release ?? "")],
    [rule.title, (pattern) => matches(pattern, facts.title)],
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
