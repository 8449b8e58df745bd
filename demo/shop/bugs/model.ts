/** One change to a file: `find` must stand in it exactly once. `create` makes a file that is not there. */
export type Edit = { path: string; find: string; replace: string } | { path: string; create: string };

export interface Change {
  /** The commit message, subject first. */
  message: string;
  edits: Edit[];
}

export interface Person {
  name: string;
  email: string;
  login: string;
}

/** A mistake that somebody pushes to the shop, what repairs it, and what only looks as if it did. */
export interface Bug {
  name: string;
  title: string;
  /** What Sentry will show. */
  error: { type: string; value: RegExp };
  crash: { path: string; function: string };
  /** A request that fails while the bug is in, as `METHOD path?query` with a body. */
  request: { method: "GET" | "POST"; path: string; body?: unknown };
  author: Person;
  change: Change;
  /** Also applies on top of `badFix`. Its test fails without it. */
  fix: Change;
  /** Comes with a test that passes; production goes on failing. */
  badFix: Change;
}
