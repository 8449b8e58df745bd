import type { GapReport } from "./model.ts";

export interface GapFacts {
  source: string;
  signalKind: string | null;
  subject: string | null;
  title: string | null;
  told: string | null;
  reason: string;
}

/** One thing that no webhook told of, in one line. */
export function renderGap({ signalKind, subject, title, told, reason }: GapFacts): string {
  switch (signalKind) {
    case "alert":
      return title === null ? `issue ${subject}` : `${subject}: ${title.slice(0, 120)}`;
    case "issue_status":
      return `issue ${subject} was ${told}`;
    case "deployment":
      return `deployment ${subject} is ${told}`;
    default:
      return reason;
  }
}

const NAMES: Record<string, string> = { sentry: "Sentry", glitchtip: "GlitchTip", github: "GitHub", vercel: "Vercel" };
const nameOf = (source: string) => NAMES[source] ?? source;

/** The whole report in one calm line, or null when there is nothing to say. */
export function renderGapLine({ count, bySource, sources }: GapReport): string | null {
  const parts: string[] = [];
  if (count > 0) {
    const named = Object.keys(bySource).sort();
    const of =
      named.length === 1 ? nameOf(named[0] ?? "") : named.map((one) => `${nameOf(one)} ${bySource[one]}`).join(", ");
    const webhooks = named.length === 1 ? "the webhook" : "the webhooks";
    parts.push(
      `${count} ${count === 1 ? "message" : "messages"} (${of}) came by polling only in the last 24 h: check ${webhooks}`,
    );
  }
  for (const { source, fault } of sources) {
    if (fault !== null) parts.push(`${nameOf(source)} could not be polled: ${fault}`);
  }
  return parts.length === 0 ? null : parts.join(". ");
}
