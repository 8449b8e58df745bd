import type { Signature } from "../incidents/read-signature.ts";
import type { SpanKey } from "./model.ts";

/** Operations that wait for somebody else; Sentry's span operations ("Span Operations" in its developer docs). */
const CALL = /^(?:db|http\.client|cache|rpc|grpc|graphql|topic|queue)(?:\.|$)/;
const HOST = /^(?:[A-Z]+ )?https?:\/\/([a-z0-9][a-z0-9.-]{0,252}(?::\d{1,5})?)/i;

/** Whether a span is a call to somebody else within its transaction. */
export function isCall({ op, transaction, description }: SpanKey): boolean {
  return CALL.test(op) && description !== "" && description !== transaction;
}

/** Whom a call waits for: the host that it names, or, as for a query, what it says. */
function calleeOf({ description }: SpanKey): string {
  return HOST.exec(description)?.[1]?.toLowerCase() ?? description;
}

/**
 * By what slow spans that belong together are told: what a call waits for, and for a whole transaction the slow calls
 * within it. `name` and `found` are without ids and literals.
 */
export function composeSlowSignature(name: SpanKey, found: readonly SpanKey[], release: string | null): Signature {
  const isOwnCall = isCall(name);
  const isWhole = !isOwnCall && (name.description === "" || name.description === name.transaction);
  const within = isWhole ? found.filter((one) => isCall(one) && one.transaction === name.transaction) : [];
  const waitsFor = [...new Set((isOwnCall ? [name] : within).map(calleeOf))];
  const host = isOwnCall ? (HOST.exec(name.description)?.[1]?.toLowerCase() ?? null) : null;
  const slow = { isCall: isOwnCall, waitsFor };
  return { errorType: null, crashFrame: null, dependency: host, service: null, release, slow };
}
