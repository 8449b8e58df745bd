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

/** What a reviewer says of a line of the fix, and how it is met. */
export interface Remark {
  by: "person" | "bot";
  path: string;
  /** Stands in the line that the remark is on, and in no other. */
  line: string;
  body: string;
  edits: Edit[];
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
  /** Repairs it, with a test that passes without it too: nothing is shown by that. */
  unprovenFix?: Change;
  /** Meets a part of the cases, with a test that fails without it; `fix` also applies on top of it. */
  halfFix?: Change;
  /** What review of the fix brings up, in this order. */
  remarks?: Remark[];
  /** What somebody else does to the same lines while the fix is in review, and the fix on top of that. */
  moved?: { change: Change; fix: Change };
}
