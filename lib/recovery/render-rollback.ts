import type { ApprovalKind, ApprovalSubject, Consequences } from "./approval-model.ts";

const short = (sha: string | null) => (sha === null ? "an unknown commit" : sha.slice(0, 7));
const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** "roll production back from a1b2c3d to 9f8e7d6". */
export function renderMove(kind: ApprovalKind, { from, to }: Pick<ApprovalSubject, "from" | "to">): string {
  const verb = kind === "rollback" ? "roll production back" : "promote production";
  return `${verb} from ${short(from.sha)} to ${short(to.sha)}`;
}

/** What else goes back with production, a line each; what is not known is said. */
export function renderConsequences(kind: ApprovalKind, consequences: Consequences): string[] {
  const { commits, pulls, variables, migrations } = consequences;
  const way = kind === "rollback" ? "back" : "live";
  const names = (all: readonly string[]) =>
    `${all.slice(0, 8).join(", ")}${all.length > 8 ? `, and ${all.length - 8} more` : ""}`;
  return [
    commits === null
      ? `Which commits go ${way} is not known.`
      : `${plural(commits.total, "commit")} ${commits.total === 1 ? "goes" : "go"} ${way}${commits.shown.length === 0 ? "" : `: ${names(commits.shown.map(({ sha, message }) => `${sha.slice(0, 7)} ${message}`))}`}.`,
    pulls === null
      ? "Which pull requests are among them is not known."
      : pulls.length === 0
        ? "No pull request is among them."
        : `Pull requests among them: ${names(pulls.map(({ number, title }) => `#${number} ${title}`))}.`,
    variables === null
      ? "Environment variables: whether any changed between the two is not known. A deployment keeps the values of its build."
      : variables.length === 0
        ? "Environment variables: none changed since that deployment was built."
        : `Environment variables differ: ${names(variables)} changed since, and that deployment has the values of its build.`,
    migrations === null
      ? "Database migrations among them: not known. None is undone by this."
      : migrations.length === 0
        ? "No file among them looks like a database migration."
        : `Database migrations among them are not undone: ${names(migrations)}. Check that the other code runs on that schema.`,
    ...(kind === "rollback"
      ? ["Afterwards Vercel leaves new deployments unassigned until one is promoted; the repair goes on meanwhile."]
      : []),
  ];
}

/** A verdict's explanation, which speaks of repairs, said of a rollback. */
export function renderRollbackVerdict(explanation: string): string {
  return explanation.replaceAll("since the repair", "since the rollback").replaceAll("the repair", "the rollback");
}
