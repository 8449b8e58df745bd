/** What an investigation keeps as evidence: bounded, redacted, each with its link and the time at which it was true. */
export interface Evidence {
  event: { id: string; at: string | null; url: string | null } | null;
  /** What happened before the error, oldest first. */
  breadcrumbs: { at: string | null; category: string | null; level: string | null; text: string }[];
  /** First and last seen, releases and deployments around the beginning, in order. */
  timeline: { at: string; text: string; url: string | null }[];
  /** How the events spread over tags, as of `at`. */
  spreads: { key: string; at: string; total: number; values: { value: string; count: number }[] }[];
  code: CodeExcerpt[];
  related: RelatedItem[];
  /** What could not be learnt, and why: "which browsers: sentry answered 403". */
  unknown: string[];
}

/** The lines around a frame of the stack, as they are at `sha`. */
export interface CodeExcerpt {
  path: string;
  line: number;
  function: string | null;
  sha: string;
  url: string;
  lines: { number: number; text: string }[];
}

/** An open issue or pull request of the repository that speaks of the same place. */
export interface RelatedItem {
  kind: "issue" | "pull";
  number: number;
  title: string;
  url: string;
  updatedAt: string;
}

/** Who is responsible for a suspect. `owners` as CODEOWNERS writes them: `@user`, `@org/team` or an e-mail address. */
export interface Ownership {
  path: string;
  owners: string[];
}

/** The commit that most likely brought the error, among an investigation's commits; or why it is not known. */
export type ChangeVerdict = { sha: string; certainty: "likely" | "possible" } | { unknown: string };
