import type { Context } from "../runtime/context.ts";
import type { ReviewMaterial } from "./compose-review-message.ts";
import type { EarlierFinding } from "./decide-findings.ts";
import type { ReviewHost } from "./ports.ts";
import { findingOf, isSaid } from "./read-finding-row.ts";
import { listFindings, listReviews, type PullId } from "./store.ts";

type Thread = Awaited<ReturnType<ReviewHost["listOurThreads"]>>[number];

/** What was said in earlier reviews of a pull request, and what people made of it. */
export interface Earlier {
  findings: EarlierFinding[];
  /** Ids of findings of reviews whose head was replaced before they were posted: nobody was told of them. */
  untold: string[];
  /** Ids of findings whose thread a person resolved, with the login. */
  resolvedBy: Map<string, string>;
  /** What people said under our comments. */
  words: ReviewMaterial["remarks"];
}

export async function gatherEarlier(ctx: Context, host: ReviewHost, id: PullId): Promise<Earlier> {
  const rows = (await listFindings(ctx.db.db, id)).filter(isSaid);
  if (rows.length === 0) return { findings: [], untold: [], resolvedBy: new Map(), words: [] };
  const threads = await host.listOurThreads(id.number);
  const posted = new Set((await listReviews(ctx.db.db, id)).flatMap((row) => (row.state === "posted" ? [row.id] : [])));
  const isTold = (row: (typeof rows)[number]) =>
    row.state === "dismissed" || posted.has(row.reviewId) || threads.some((thread) => thread.marker === row.id);
  return {
    findings: rows.filter(isTold).map(findingOf),
    untold: rows.filter((row) => !isTold(row)).map((row) => row.id),
    resolvedBy: resolvers(threads),
    words: wordsIn(threads),
  };
}

function wordsIn(threads: readonly Thread[]): Earlier["words"] {
  return threads.flatMap(({ marker, comments }) =>
    comments
      .filter(({ author }) => !author.isBot && !author.isOurs)
      .map(({ author, text }) => ({ author, text, ...(marker !== null && { findingId: marker }) })),
  );
}

const bare = (login: string) => login.toLowerCase().replace(/\[bot\]$/, "");

/** Who else than we resolved this thread, or null. */
export function resolverOf({ isResolved, resolvedBy, comments }: Thread): string | null {
  const own = comments[0]?.author.login ?? "";
  return isResolved && resolvedBy !== null && bare(resolvedBy) !== bare(own) ? resolvedBy : null;
}

function resolvers(threads: readonly Thread[]): Map<string, string> {
  const found = threads.flatMap((thread) => {
    const by = resolverOf(thread);
    return thread.marker !== null && by !== null ? [[thread.marker, by] as const] : [];
  });
  return new Map(found);
}
