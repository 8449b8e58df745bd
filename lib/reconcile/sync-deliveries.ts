import type { Source } from "../intake/model.ts";
import type { Context } from "../runtime/context.ts";
import { idFrom } from "../runtime/ids.ts";
import type { Outbound } from "../runtime/outbound.ts";
import { decideRedelivery } from "./decide-redelivery.ts";
import type { Judged, Look, ReconcileSettings, SourcePoll } from "./look-at-source.ts";
import type { FailedAttempt } from "./model.ts";
import type { FailedDeliveries, Inbox } from "./ports.ts";
import { listStoredDeliveries } from "./store.ts";

/** GitHub sends again what is at most three days old (docs.github.com, "Redelivering webhooks"). */
const REMEMBERED_MS = 3 * 24 * 3_600_000;
/** GitHub allows 80 requests that create something a minute. */
const MOST_REDELIVERIES = 30;

type Attempts = [FailedAttempt, ...FailedAttempt[]];

/**
 * How a host's failed deliveries are looked at: all that it remembers, whatever the cursor says, because an attempt that
 * failed may be asked for again later. Whether a delivery came in after all is known here, by its guid. Each is noted
 * once, and asked for again as often as it takes.
 */
export function pollFailedDeliveries(
  ctx: Context,
  input: { source: Source; feed: FailedDeliveries; settings: ReconcileSettings; outbound: Outbound; inbox: Inbox },
): SourcePoll<FailedAttempt> {
  const { source, feed, settings, outbound, inbox } = input;
  const byGuid = new Map<string, Attempts>();
  const attemptIds = new Map<string, string>();
  const sinceOf = (since: string, until: string) =>
    new Date(Math.min(Date.parse(since), Date.parse(until) - REMEMBERED_MS)).toISOString();
  return {
    source,
    list: ({ since, until, cursor }) => feed.listFailedAttempts({ since: sinceOf(since, until), until, cursor }),
    async judge(attempts) {
      for (const attempt of attempts) {
        const known = byGuid.get(attempt.guid);
        if (known) known.push(attempt);
        else byGuid.set(attempt.guid, [attempt]);
      }
      return { findings: [], underWay: [] };
    },
    async judgeRest(look) {
      const idOf = (guid: string) => idFrom("dlv", [settings.projectId, source, keyOf(source, guid)]);
      const ids = new Map(await Promise.all([...byGuid.keys()].map(async (guid) => [guid, await idOf(guid)] as const)));
      const stored = await listStoredDeliveries(ctx.db.db, [...ids.values()]);
      const findings: Judged["findings"] = [];
      for (const [guid, attempts] of byGuid) {
        const decision = decideRedelivery({
          attempts: sortNewestFirst(attempts),
          isStored: stored.has(ids.get(guid) ?? ""),
          now: look.until.toISOString(),
        });
        if (decision.type !== "redeliver" || findings.length >= MOST_REDELIVERIES) continue;
        const finding = findingOf(source, look, attempts[0]);
        attemptIds.set(finding.deliveryKey, decision.attemptId);
        findings.push(finding);
      }
      return { findings, underWay: [] };
    },
    async settle(finding) {
      await inbox.receive(finding);
      const attemptId = attemptIds.get(finding.deliveryKey) ?? "";
      const asked = await outbound.write("github.redelivery", (permit) => feed.ensureRedelivered(permit, attemptId));
      return asked.held
        ? { outcome: "ignored", reason: `would ask for it again: ${asked.detail}` }
        : { outcome: "accepted", reason: "asked for again" };
    },
  };
}

/** The dedupe key under which a delivery is stored by the webhook door; see intake/read-github.ts. */
const keyOf = (source: Source, guid: string) => `${source}:${guid}`;

function sortNewestFirst(attempts: Attempts): Attempts {
  return attempts.sort((a, b) => b.at.localeCompare(a.at));
}

function findingOf(source: Source, look: Look, newest: FailedAttempt): Judged["findings"][number] {
  const status = newest.statusCode === 0 ? "no answer" : `status ${newest.statusCode}`;
  return {
    kind: look.isFirst ? "first_look" : "failed_delivery",
    source,
    summary: `${newest.event} could not be delivered (${status})`,
    deliveryKey: `${source}:missed:${newest.guid}`,
    signal: null,
    at: newest.at,
  };
}
