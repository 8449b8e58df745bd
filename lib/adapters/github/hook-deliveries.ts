import * as z from "zod";
import type { FailedAttempt, UnreadableItem } from "../../reconcile/model.ts";
import type { FailedDeliveries } from "../../reconcile/ports.ts";
import { assertPermit } from "../../runtime/outbound.ts";
import type { GitHubClient } from "./client.ts";

const PER_PAGE = 100;

/** Ids have 19 digits since 2026; Octokit reads what no number holds exactly as a bigint (octokit/request.js#797). */
const itemSchema = z.object({
  id: z.union([z.number(), z.bigint(), z.string()]).transform(String),
  guid: z.string(),
  delivered_at: z.iso.datetime({ offset: true }),
  status_code: z.number().int(),
  event: z.string(),
  action: z.string().nullish(),
});
const hintSchema = z.object({ guid: z.string(), delivered_at: z.string() }).partial();

function readAttempt(value: unknown): FailedAttempt | UnreadableItem {
  const read = itemSchema.safeParse(value);
  if (!read.success) {
    const { guid, delivered_at } = hintSchema.safeParse(value).data ?? {};
    const at = Date.parse(delivered_at ?? "");
    const fields = read.error.issues.map((issue) => issue.path.join("."));
    return {
      id: guid ?? "unknown",
      at: Number.isFinite(at) ? new Date(at).toISOString() : null,
      fault: `${fields.join(", ") || "it"} cannot be read`,
    };
  }
  const { id, guid, delivered_at, status_code, event, action } = read.data;
  return {
    attemptId: id,
    guid,
    event: action ? `${event}.${action}` : event,
    at: new Date(delivered_at).toISOString(),
    statusCode: status_code,
  };
}

/** The cursor in the address of the next page, or null at the end. */
function nextCursor(link: string | null): string | null {
  const next = /<[^>]*[?&]cursor=([^&>]+)[^>]*>;\s*rel="next"/.exec(link ?? "")?.[1];
  return next === undefined ? null : decodeURIComponent(next);
}

/** Older hosts do not know the filter by status, and list what came through too. */
const hasFailed = ({ statusCode }: FailedAttempt) => statusCode < 200 || statusCode >= 400;

/**
 * The App's webhooks that GitHub could not deliver (`GET /app/hook/deliveries`), newest first; it remembers three days.
 * The list takes no times: it is read until it is older than `since`.
 */
export function createFailedDeliveries(client: GitHubClient): FailedDeliveries {
  return {
    async listFailedAttempts({ since, until, cursor }) {
      const parameters = { status: "failure", per_page: PER_PAGE, ...(cursor === null ? {} : { cursor }) };
      const page = await client.getAsApp("GET /app/hook/deliveries", parameters, z.array(z.unknown()));
      const read = page.value.map(readAttempt);
      const attempts = read.filter((one) => "attemptId" in one);
      const isOlder = attempts.some((one) => one.at < since);
      return {
        items: attempts.filter((one) => hasFailed(one) && one.at >= since && one.at <= until),
        unreadable: read.filter((one) => "fault" in one),
        nextCursor: isOlder ? null : nextCursor(page.link),
      };
    },
    async ensureRedelivered(permit, attemptId) {
      assertPermit(permit, "github.redelivery");
      const route = "POST /app/hook/deliveries/{delivery_id}/attempts";
      await client.writeAsApp(permit, "github.redelivery", route, { delivery_id: attemptId });
    },
  };
}
