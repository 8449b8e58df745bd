import type { IncidentIssues } from "../../lib/alerts/ports.ts";
import type { HostedIssue, IssueReader } from "../../lib/intake/ports.ts";
import { AppError } from "../../lib/kernel/errors.ts";
import type { IssueComment, RequestedIssues } from "../../lib/repair/ports.ts";
import { assertPermit } from "../../lib/runtime/outbound.ts";

export interface MemoryIssue {
  number: number;
  url: string;
  marker: string;
  title: string;
  body: string;
  labels: string[];
  state: "open" | "closed";
  closedAs: string | null;
  /** Our own App's where it is absent. */
  author?: HostedIssue["author"];
  comments: { marker: string; body: string }[];
  /** What people said on it. */
  talk?: IssueComment[];
}

const MAX_TITLE = 256;
const MAX_BODY = 65_536;

/** Issues that remember, and refuse what GitHub refuses. `log` is every change that was really made. */
export class MemoryIssues {
  readonly all: MemoryIssue[] = [];
  readonly log: string[] = [];

  get(number: number): MemoryIssue {
    const issue = this.all.find((one) => one.number === number);
    if (!issue) throw new AppError("provider_not_found", `there is no issue ${number}`, { retry: "never" });
    return issue;
  }

  /** An issue that somebody else writes: Sentry's app unless another is named. */
  write(issue: Pick<MemoryIssue, "title" | "body"> & Partial<Pick<HostedIssue, "author" | "labels">>): MemoryIssue {
    const number = this.all.length + 1;
    const made: MemoryIssue = {
      number,
      url: `https://code.example/acme/shop/issues/${number}`,
      marker: "none of ours",
      title: issue.title,
      body: issue.body,
      author: issue.author === undefined ? { login: "sentry-io[bot]", type: "Bot" } : issue.author,
      labels: issue.labels ?? [],
      state: "open",
      closedAs: null,
      comments: [],
    };
    this.all.push(made);
    return made;
  }

  /** The one issue there is. */
  get only(): MemoryIssue {
    const [issue, ...others] = this.all;
    if (!issue || others.length > 0) throw new Error(`${this.all.length} issues where one was expected`);
    return issue;
  }

  /** The one comment on the one issue there is. */
  get onlyComment(): string {
    const [comment, ...others] = this.only.comments;
    if (!comment || others.length > 0) throw new Error(`${this.only.comments.length} comments where one was expected`);
    return comment.body;
  }
}

function refuseTooLong(title: string, body: string): void {
  if (title.length > MAX_TITLE || body.length > MAX_BODY || title.trim() === "")
    throw new AppError("provider_unprocessable", "title or body is empty or too long", { retry: "never" });
}

function createIssue(issues: MemoryIssues, input: Parameters<IncidentIssues["ensureIssue"]>[1]) {
  refuseTooLong(input.title, input.body);
  const number = issues.all.length + 1;
  const url = `https://code.example/acme/shop/issues/${number}`;
  issues.all.push({ ...input, number, url, labels: [...input.labels], state: "open", closedAs: null, comments: [] });
  issues.log.push("create");
  return { number, url };
}

export function createMemoryIssues(issues: MemoryIssues): IncidentIssues {
  const setState = (number: number, state: "open" | "closed", closedAs: string | null) => {
    const issue = issues.get(number);
    if (issue.state === state) return;
    Object.assign(issue, { state, closedAs });
    issues.log.push(state === "open" ? "reopen" : "close");
  };
  return {
    async ensureIssue(permit, input) {
      assertPermit(permit, "github.issue");
      const found = issues.all.find((one) => one.marker === input.marker);
      return found ? { number: found.number, url: found.url } : createIssue(issues, input);
    },
    async updateIssue(permit, { number, title, body }) {
      assertPermit(permit, "github.issue");
      refuseTooLong(title, body);
      const issue = issues.get(number);
      if (issue.title === title && issue.body === body) return;
      Object.assign(issue, { title, body });
      issues.log.push("update");
    },
    async ensureComment(permit, { number, marker, body }) {
      assertPermit(permit, "github.comment");
      refuseTooLong("-", body);
      const { comments, url } = issues.get(number);
      const found = comments.find((comment) => comment.marker === marker);
      if (found?.body !== body) issues.log.push(found ? "edit comment" : "comment");
      if (found) found.body = body;
      else comments.push({ marker, body });
      return { url: `${url}#comment` };
    },
    async ensureLabels(permit, { number, labels }) {
      assertPermit(permit, "github.label");
      const issue = issues.get(number);
      const others = issue.labels.filter((label) => !label.startsWith("patchpilot"));
      issue.labels = [...others, ...labels];
    },
    async ensureClosed(permit, { number, reason }) {
      assertPermit(permit, "github.close-issue");
      setState(number, "closed", reason);
    },
    async ensureOpen(permit, { number }) {
      assertPermit(permit, "github.issue");
      setState(number, "open", null);
    },
  };
}

const hosted = ({ number, url, title, body, labels, state, author }: MemoryIssue): HostedIssue => ({
  number,
  url,
  title,
  body,
  labels,
  state,
  author: author === undefined ? { login: "patchpilot[bot]", type: "Bot" } : author,
  authorAssociation: "NONE",
  createdAt: "2026-10-05T21:06:00Z",
});

/** Who may do what is asked of `permissionOf`. */
export function createMemoryIssueReader(issues: MemoryIssues, permissionOf: IssueReader["getPermission"]): IssueReader {
  return {
    async findIssue(number) {
      const issue = issues.all.find((one) => one.number === number);
      return issue ? hosted(issue) : null;
    },
    async *listOpenIssues() {
      for (const issue of issues.all.toReversed()) if (issue.state === "open") yield hosted(issue);
    },
    getPermission: permissionOf,
  };
}

export function createMemoryRequestedIssues(
  issues: MemoryIssues,
  reader: Pick<IssueReader, "findIssue">,
): RequestedIssues {
  return {
    findIssue: (number) => reader.findIssue(number),
    listComments: async (number) => issues.get(number).talk ?? [],
  };
}
