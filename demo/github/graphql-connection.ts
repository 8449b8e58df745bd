import { type Args, FieldError, type Node } from "./graphql-run.ts";

/** A list with GitHub's paging: `first` or `last` at most 100, cursors by index. */
export function connectionOf<T>(items: T[], args: Args, toNode: (item: T) => unknown, type: string): Node {
  const count = Number(args.first ?? args.last ?? 0);
  if (count === 0)
    throw new FieldError(
      "MISSING_PAGINATION_BOUNDARIES",
      `You must provide a \`first\` or \`last\` value to properly paginate the connection.`,
    );
  if (count > 100)
    throw new FieldError(
      "EXCESSIVE_PAGINATION",
      `Requesting ${count} records on the connection exceeds the \`first\` limit of 100 records.`,
    );
  const after =
    typeof args.after === "string"
      ? Number(Buffer.from(args.after, "base64").toString("utf8").replace("cursor:", ""))
      : 0;
  const start = args.last === undefined ? after : Math.max(items.length - count, 0);
  const page = items.slice(start, start + count);
  const cursor = (i: number) => Buffer.from(`cursor:${start + i + 1}`).toString("base64");
  const nodes = page.map(toNode);
  return {
    __typename: `${type}Connection`,
    totalCount: items.length,
    nodes,
    edges: nodes.map((node, i) => ({ __typename: `${type}Edge`, cursor: cursor(i), node })),
    pageInfo: {
      __typename: "PageInfo",
      hasNextPage: start + count < items.length,
      hasPreviousPage: start > 0,
      startCursor: page.length === 0 ? null : cursor(0),
      endCursor: page.length === 0 ? null : cursor(page.length - 1),
    },
  };
}
