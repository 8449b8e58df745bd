import { describe, expect, it } from "vitest";
import { decideFirstStep, type IntakeFacts } from "../../lib/intake/decide-first-step.ts";
import type { AlertSignal, CommentSignal, DeploymentSignal, Signal } from "../../lib/intake/model.ts";

type PullRequestSignal = Extract<Signal, { kind: "pull_request" }>;

const FACTS: IntakeFacts = {
  source: "sentry",
  environment: "production",
  sourceProject: "shop",
  repository: "acme/shop",
  vercelProjectId: "prj_1",
};

const ALERT: AlertSignal = {
  kind: "alert",
  issueId: "42",
  shortId: null,
  title: "TypeError",
  culprit: null,
  level: "error",
  environment: "production",
  release: null,
  url: null,
  sourceProject: "shop",
  events: null,
  users: null,
  firstSeenAt: null,
  lastSeenAt: null,
  rule: null,
  event: null,
};

const decide = (signal: Signal, facts: Partial<IntakeFacts> = {}) => decideFirstStep(signal, { ...FACTS, ...facts });
const opened = (identity: string, environment = "production") => ({ type: "open_incident", identity, environment });
const ignored = (reason: string) => ({ type: "ignore", reason });

describe("an alert", () => {
  it.each<[string, Partial<AlertSignal>, Partial<IntakeFacts>, object]>([
    ["of the watched environment and project", {}, {}, opened("sentry:42:production")],
    ["without an environment is taken for the watched one", { environment: null }, {}, opened("sentry:42:production")],
    ["of another issue", { issueId: "43" }, {}, opened("sentry:43:production")],
    [
      "where another environment is watched",
      { environment: "live" },
      { environment: "live" },
      opened("sentry:42:live", "live"),
    ],
    ["of staging", { environment: "staging" }, {}, ignored("environment staging is not watched, production is")],
    [
      "of an environment that differs in case",
      { environment: "Production" },
      {},
      ignored("environment Production is not watched, production is"),
    ],
    ["of another project", { sourceProject: "blog" }, {}, ignored("project blog is not watched")],
    ["that names no project", { sourceProject: null }, {}, opened("sentry:42:production")],
    [
      "of any project, where none is named",
      { sourceProject: "blog" },
      { sourceProject: null },
      opened("sentry:42:production"),
    ],
  ])("%s", (_, signal, facts, step) => {
    expect(decide({ ...ALERT, ...signal }, facts)).toMatchObject(step);
  });
});

describe("a deployment", () => {
  const DEPLOYMENT: DeploymentSignal = {
    kind: "deployment",
    event: "ready",
    deploymentId: "dpl_1",
    sourceProject: "prj_1",
    target: "production",
    sha: null,
    ref: null,
    url: null,
    occurredAt: null,
  };
  const noted = (event: string) => ({ type: "job", reason: `deployment ${event}`, job: "recovery.note-deployment" });

  it.each<[string, Partial<DeploymentSignal>, Partial<IntakeFacts>, object]>([
    ["to production", {}, {}, noted("ready")],
    ["that failed", { event: "error" }, {}, noted("error")],
    ["to a preview", { target: null }, {}, ignored("a deployment to preview does not reach production")],
    ["to staging", { target: "staging" }, {}, ignored("a deployment to staging does not reach production")],
    ["that was promoted, which names no target", { event: "promoted", target: null }, {}, noted("promoted")],
    ["that was rolled back, which names no target", { event: "rollback", target: null }, {}, noted("rollback")],
    ["of another project", { sourceProject: "prj_2" }, {}, ignored("Vercel project prj_2 is not the target")],
    ["of any project, where none is named", { sourceProject: "prj_2" }, { vercelProjectId: null }, noted("ready")],
    ["without a project", { sourceProject: null }, {}, noted("ready")],
  ])("%s", (_, signal, facts, step) => {
    expect(decide({ ...DEPLOYMENT, ...signal }, facts)).toEqual(step);
  });
});

describe("what GitHub tells", () => {
  const PULL: PullRequestSignal = {
    kind: "pull_request",
    action: "closed",
    repository: "acme/shop",
    number: 7,
    state: "closed",
    merged: true,
    mergeSha: "abc",
    headSha: "def",
    headRef: "patchpilot/12-type-error",
    author: "patchpilot[bot]",
  };
  const COMMENT: CommentSignal = {
    kind: "comment",
    repository: "acme/shop",
    issueNumber: 7,
    isPullRequest: false,
    commentId: 1,
    author: "jane",
    authorType: "User",
    text: "/patchpilot retry",
  };
  const noted = { type: "job", reason: "pull request closed", job: "repair.note-pull-request" };
  const obeyed = { type: "job", reason: "command", job: "repair.obey-comment" };

  it.each<[string, Partial<PullRequestSignal>, Partial<IntakeFacts>, object]>([
    ["our pull request", {}, {}, noted],
    ["a repository that differs in case", { repository: "Acme/Shop" }, {}, noted],
    ["another repository", { repository: "acme/blog" }, {}, ignored("repository acme/blog is not the target")],
    [
      "any repository, where none is configured",
      {},
      { repository: null },
      ignored("repository acme/shop is not the target"),
    ],
    ["somebody's pull request", { headRef: "feature/x" }, {}, ignored("not a pull request of ours")],
    ["a branch that only looks like ours", { headRef: "x/patchpilot/12" }, {}, ignored("not a pull request of ours")],
  ])("%s", (_, signal, facts, step) => {
    expect(decide({ ...PULL, ...signal }, facts)).toEqual(step);
  });

  it.each<[string, Partial<CommentSignal>, object]>([
    ["a command", {}, obeyed],
    ["an alias", { text: "/generate-fix please" }, obeyed],
    ["a command after an empty line", { text: "\n  /implement" }, obeyed],
    ["talk", { text: "please /patchpilot retry" }, ignored("no command in it")],
    ["a word that begins alike", { text: "/patchpilots retry" }, ignored("no command in it")],
    ["a bot's command", { authorType: "Bot" }, ignored("written by a bot")],
    [
      "a request in plain words",
      { text: "Please fix it." },
      { type: "job", reason: "a request in plain words", job: "repair.obey-comment" },
    ],
    ["a bot's plain words", { text: "Please fix it.", authorType: "Bot" }, ignored("written by a bot")],
    ["a question", { text: "Can you fix it?" }, ignored("no command in it")],
    ["plain words on a pull request", { text: "Please fix it.", isPullRequest: true }, ignored("no command in it")],
    [
      "talk on a pull request that a bot opened",
      { text: "hm", isPullRequest: true, openedByBot: true },
      { type: "job", reason: "comment on a pull request", job: "repair.note-feedback" },
    ],
    [
      "talk on a person's pull request",
      { text: "hm", isPullRequest: true, openedByBot: false },
      ignored("no command in it"),
    ],
  ])("a comment: %s", (_, signal, step) => {
    expect(decide({ ...COMMENT, ...signal })).toEqual(step);
  });

  it.each([
    ["ours", { headRef: "patchpilot/inc-1" }, "job"],
    ["somebody's", { headRef: "feature/x" }, "ignore"],
    ["another repository's", { headRef: "patchpilot/inc-1", repository: "acme/blog" }, "ignore"],
  ])("a review of a pull request: %s", (_, changes, type) => {
    const at = { repository: "acme/shop", number: 7, author: "jane" };
    const review = { kind: "pull_feedback" as const, event: "pull_request_review", action: "submitted", ...at };
    expect(decide({ ...review, ...changes })).toMatchObject({ type });
  });

  describe("where pull requests are reviewed", () => {
    const ON: Partial<IntakeFacts> = { reviews: { pulls: true, issues: true } };
    const heard = (reason: string) => ({ type: "job", reason, job: "review.note-event" });
    const theirs = { headRef: "feature/x", action: "synchronize", state: "open", merged: false } as const;
    const feedback = (event: string, changes: object = {}): Signal => ({
      ...{ kind: "pull_feedback", event, action: "completed", repository: "acme/shop", number: null },
      ...{ headRef: "feature/x", headSha: "abc", author: "ci", ...changes },
    });

    it("the reviewer hears of every pull request, and beside the repair of ours", () => {
      expect(decide({ ...PULL, ...theirs }, ON)).toEqual(heard("pull request synchronize"));
      expect(decide(PULL, ON)).toEqual({ ...noted, also: "review.note-event" });
      expect(decide({ ...PULL, ...theirs, action: "edited" }, ON)).toMatchObject({ type: "ignore" });
      expect(decide({ ...PULL, ...theirs, repository: "acme/blog" }, ON)).toMatchObject({ type: "ignore" });
    });

    it("of checks that ended and of what is said under comments, and of nothing else that is said", () => {
      expect(decide(feedback("check_suite"), ON)).toEqual(heard("check_suite completed"));
      expect(decide(feedback("check_run", { headRef: null }), ON)).toEqual(heard("check_run completed"));
      const said = { action: "created", number: 7 };
      expect(decide(feedback("pull_request_review_comment", said), ON)).toMatchObject({ job: "review.note-event" });
      expect(decide(feedback("pull_request_review", said), ON)).toMatchObject({ type: "ignore" });
    });

    it("/patchpilot review on a pull request is the reviewer's alone", () => {
      const command = { ...COMMENT, text: "/patchpilot review", isPullRequest: true, openedByBot: true };
      expect(decide(command, ON)).toEqual(heard("command"));
      expect(decide(command)).toMatchObject({ job: "repair.obey-comment" });
      expect(decide({ ...command, isPullRequest: false }, ON)).toMatchObject({ job: "repair.obey-comment" });
      expect(decide({ ...command, authorType: "Bot" }, ON)).toMatchObject({ type: "ignore" });
    });

    it("an issue that a person opens is answered only where that is on", () => {
      const issue: Signal = {
        ...{ kind: "github_issue", action: "opened", repository: "acme/shop", issueNumber: 3, state: "open" },
        ...{ sender: "eve", senderType: "User", textRefusal: "no form of Sentry's" },
      };
      expect(decide(issue, ON)).toEqual(heard("issue opened"));
      expect(decide(issue, { reviews: { pulls: true, issues: false } })).toMatchObject({ type: "ignore" });
      expect(decide({ ...issue, senderType: "Bot" }, ON)).toMatchObject({ type: "ignore" });
      expect(decide({ ...issue, textRefusal: null }, ON)).toMatchObject({ job: "intake.adopt-issue" });
    });
  });

  it("a push sets nothing going", () => {
    const push: Signal = { kind: "push", repository: "acme/shop", ref: "refs/heads/main", headSha: "abc" };
    expect(decide(push)).toEqual(ignored("a push changes production only when it is deployed"));
  });
});

it("a changed status at the source is noted, an installation is stored", () => {
  expect(decide({ kind: "issue_status", issueId: "42", status: "archived", by: null })).toEqual({
    type: "job",
    reason: "issue archived",
    job: "incidents.note-source-status",
  });
  const installation: Signal = { kind: "installation", action: "created", installationId: "1", organization: null };
  expect(decide(installation, { source: "github" })).toEqual({ type: "store", reason: "installation created" });
  expect(decide(installation)).toMatchObject({ type: "job", job: "intake.note-installation" });
});
