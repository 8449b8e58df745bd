import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createGitHub, type GitHub } from "../../lib/adapters/github/index.ts";
import { createGlitchtip, type Glitchtip } from "../../lib/adapters/glitchtip/index.ts";
import { createHealthProbe } from "../../lib/adapters/health/index.ts";
import { createSentry, type Sentry } from "../../lib/adapters/sentry/index.ts";
import { createDeploymentFeed, createTrafficSwitch, createVercel } from "../../lib/adapters/vercel/index.ts";
import type { IncidentIssues } from "../../lib/alerts/ports.ts";
import type { ErrorSource, RepositoryReader } from "../../lib/investigate/ports.ts";
import { WRITE_STAGES, type WriteKind, type WritePermit } from "../../lib/kernel/write.ts";
import type { PerformanceSource } from "../../lib/performance/ports.ts";
import type { DeploymentFeed, FailedDeliveries, IssueFeed } from "../../lib/reconcile/ports.ts";
import type {
  CommitGraph,
  Deployments,
  DurationHistory,
  ErrorHistory,
  HealthProbe,
  SessionHistory,
  TrafficSwitch,
} from "../../lib/recovery/ports.ts";
import type { CodeHost, PullReviews } from "../../lib/repair/ports.ts";
import type { ReviewHost } from "../../lib/review/ports.ts";
import { createOutbound } from "../../lib/runtime/outbound.ts";
import { withPermit } from "../support/permits.ts";
import { openScriptedGitHub, SHOP } from "../support/scripted-github.ts";

/** The methods of a port that take a permit. A method that is added to a port is missing here until it is written down. */
type Writing<Port> = {
  [K in keyof Port]: Port[K] extends (...input: infer Input) => unknown
    ? Input extends [WritePermit, ...unknown[]]
      ? K
      : never
    : never;
}[keyof Port];
type Reading<Port> = Exclude<keyof Port, Writing<Port>>;

interface Write {
  kind: WriteKind;
  call(permit: WritePermit, adapters: Adapters): Promise<unknown>;
}
interface Adapters {
  github: GitHub;
  sentry: Sentry;
  glitchtip: Glitchtip;
  traffic: TrafficSwitch;
}
type Table<Port> = { writes: Record<Writing<Port> & string, Write>; reads: Record<Reading<Port> & string, true> };

const SHA = "a".repeat(40);
const at = { number: 1, marker: "status", title: "t", body: "b" };
const check = { name: "n", sha: SHA, conclusion: "success", title: "t", summary: "s", externalId: "run_1" } as const;
const commit = { branch: "b", parentSha: SHA, headline: "h", body: "b", trailer: "t", additions: [], deletions: ["a"] };

const incidentIssues: Table<IncidentIssues> = {
  writes: {
    ensureIssue: {
      kind: "github.issue",
      call: (permit, { github }) => github.incidentIssues.ensureIssue(permit, { ...at, labels: [] }),
    },
    updateIssue: { kind: "github.issue", call: (permit, { github }) => github.incidentIssues.updateIssue(permit, at) },
    ensureComment: {
      kind: "github.comment",
      call: (permit, { github }) => github.incidentIssues.ensureComment(permit, at),
    },
    ensureLabels: {
      kind: "github.label",
      call: (permit, { github }) => github.incidentIssues.ensureLabels(permit, { number: 1, labels: ["patchpilot"] }),
    },
    ensureClosed: {
      kind: "github.close-issue",
      call: (permit, { github }) => github.incidentIssues.ensureClosed(permit, { number: 1, reason: "completed" }),
    },
    ensureOpen: { kind: "github.issue", call: (permit, { github }) => github.incidentIssues.ensureOpen(permit, at) },
  },
  reads: {},
};

const codeHost: Table<CodeHost> = {
  writes: {
    ensureBranch: {
      kind: "github.branch",
      call: (permit, { github }) => github.codeHost.ensureBranch(permit, { branch: "b", sha: SHA }),
    },
    ensureCommit: { kind: "github.commit", call: (permit, { github }) => github.codeHost.ensureCommit(permit, commit) },
    ensurePullRequest: {
      kind: "github.pull-request",
      call: (permit, { github }) => github.codeHost.ensurePullRequest(permit, { ...at, branch: "b", base: "main" }),
    },
    ensureCheckRun: {
      kind: "github.check-run",
      call: (permit, { github }) => github.codeHost.ensureCheckRun(permit, check),
    },
    ensureLabels: {
      kind: "github.label",
      call: (permit, { github }) => github.codeHost.ensureLabels(permit, { number: 1, labels: ["patchpilot"] }),
    },
    ensurePullRequestClosed: {
      kind: "github.pull-request",
      call: (permit, { github }) => github.codeHost.ensurePullRequestClosed(permit, { number: 1, comment: "c" }),
    },
    dispatchRepair: {
      kind: "github.dispatch",
      call: (permit, { github }) => github.codeHost.dispatchRepair(permit, { payload: {} }),
    },
  },
  reads: {
    repository: true,
    defaultBranch: true,
    findBranchHead: true,
    findCommit: true,
    readFiles: true,
    getReadOnlyClone: true,
    findPullRequest: true,
    findPullRequestOfBranch: true,
    isVerifiedCommit: true,
    listRecentMessages: true,
    getPermission: true,
  },
};

const moved = { branch: "b", headSha: SHA, baseSha: SHA, headline: "h", body: "b", trailer: "t" };
const pullReviews: Table<PullReviews> = {
  writes: {
    ensureReply: {
      kind: "github.review",
      call: (permit, { github }) => github.pullReviews.ensureReply(permit, { ...at, threadId: "PRRT_1" }),
    },
    ensureThreadResolved: {
      kind: "github.review",
      call: (permit, { github }) => github.pullReviews.ensureThreadResolved(permit, { threadId: "PRRT_1" }),
    },
    ensureComment: {
      kind: "github.comment",
      call: (permit, { github }) => github.pullReviews.ensureComment(permit, at),
    },
    ensureBranchUpdated: {
      kind: "github.branch",
      call: (permit, { github }) => github.pullReviews.ensureBranchUpdated(permit, { number: 1, headSha: SHA }),
    },
    ensureDescription: {
      kind: "github.pull-request",
      call: (permit, { github }) => github.pullReviews.ensureDescription(permit, at),
    },
    ensureMergeCommit: {
      kind: "github.commit",
      call: (permit, { github }) =>
        github.pullReviews.ensureMergeCommit(permit, { ...moved, additions: [], deletions: ["a"] }),
    },
  },
  reads: { readFeedback: true, readDiff: true, readCheck: true },
};

const reviewed = { ...at, headSha: SHA, event: "comment", comments: [] } as const;
const reviewHost: Table<ReviewHost> = {
  writes: {
    ensureReview: {
      kind: "github.review",
      call: (permit, { github }) => github.reviewHost.ensureReview(permit, reviewed),
    },
    ensureSummary: {
      kind: "github.comment",
      call: (permit, { github }) => github.reviewHost.ensureSummary(permit, at),
    },
    ensureReply: {
      kind: "github.review",
      call: (permit, { github }) => github.reviewHost.ensureReply(permit, { ...at, threadId: "PRRT_1" }),
    },
    ensureThreadResolved: {
      kind: "github.review",
      call: (permit, { github }) => github.reviewHost.ensureThreadResolved(permit, { threadId: "PRRT_1" }),
    },
    ensureCheckRun: {
      kind: "github.check-run",
      call: (permit, { github }) => github.reviewHost.ensureCheckRun(permit, check),
    },
    ensureIssueComment: {
      kind: "github.comment",
      call: (permit, { github }) => github.reviewHost.ensureIssueComment(permit, at),
    },
  },
  reads: {
    ...{ repository: true, defaultBranch: true, findPull: true, listOpenPulls: true, findPullOfHead: true },
    ...{ listChangedFiles: true, readTexts: true, listChecks: true, readCheck: true, listOurThreads: true },
    ...{ listRemarks: true, findIssue: true, searchIssues: true, getPermission: true },
  },
};

const errorHistory: Table<ErrorHistory> = {
  writes: {
    ensureResolved: {
      kind: "source.status",
      call: (permit, { sentry }) => sentry.errorHistory.ensureResolved(permit, { issueId: "1", release: null }),
    },
  },
  reads: { listEvents: true, findStatus: true },
};

const glitchtipHistory: Table<ErrorHistory> = {
  writes: {
    ensureResolved: {
      kind: "source.status",
      call: (permit, { glitchtip }) => glitchtip.errorHistory.ensureResolved(permit, { issueId: "1", release: null }),
    },
  },
  reads: { listEvents: true, findStatus: true },
};

const failedDeliveries: Table<FailedDeliveries> = {
  writes: {
    ensureRedelivered: {
      kind: "github.redelivery",
      call: (permit, { github }) => github.failedDeliveries.ensureRedelivered(permit, "1"),
    },
  },
  reads: { listFailedAttempts: true },
};

const issueFeed: Table<IssueFeed> = { writes: {}, reads: { listChangedIssues: true, findIssue: true } };
const deploymentFeed: Table<DeploymentFeed> = { writes: {}, reads: { listDeployments: true } };
const repositoryReader: Table<RepositoryReader> = {
  writes: {},
  reads: { defaultBranch: true, findCommit: true, listFiles: true, listRecentCommits: true },
};
const commitGraph: Table<CommitGraph> = { writes: {}, reads: { containsCommit: true } };
const errorSource: Table<ErrorSource> = { writes: {}, reads: { findIssue: true, findLatestEvent: true } };
const durationHistory: Table<DurationHistory> = { writes: {}, reads: { listReleases: true, readDurations: true } };
const performanceSource: Table<PerformanceSource> = { writes: {}, reads: { listSpans: true, readDetails: true } };
const deployments: Table<Deployments> = { writes: {}, reads: { listProductionDeployments: true } };
const sessionHistory: Table<SessionHistory> = { writes: {}, reads: { listSessions: true } };
const since = "2026-10-06T11:00:00Z";
const traffic: Table<TrafficSwitch> = {
  writes: {
    ensureRolledBack: {
      kind: "vercel.rollback",
      call: (permit, { traffic }) => traffic.ensureRolledBack(permit, { deploymentId: "dpl_1", since, reason: "r" }),
    },
    ensurePromoted: {
      kind: "vercel.promote",
      call: (permit, { traffic }) => traffic.ensurePromoted(permit, { deploymentId: "dpl_1", since }),
    },
  },
  reads: { listChangedVariables: true },
};
const healthProbe: Table<HealthProbe> = { writes: {}, reads: { check: true } };

const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});

/** All adapters, and how many requests they sent. Nothing answers. */
function openAdapters() {
  const sent: string[] = [];
  const fetch = async (input: URL | RequestInfo, init?: RequestInit): Promise<Response> => {
    sent.push(`${init?.method} ${String(input)}`);
    return Response.json({ message: "nobody answers" }, { status: 500 });
  };
  const clock = { now: () => new Date("2026-10-06T12:00:00Z") };
  const shared = { clock, timeoutMs: 500, fetch };
  const names = { appId: "1", repository: "acme/shop", installationId: 1, markerKey: "k" };
  const github = createGitHub({ ...shared, ...names, apiUrl: "https://github.test", privateKey });
  const place = { authToken: "t", org: "acme", project: null, environment: null };
  const sentry = createSentry({ ...shared, ...place, url: "https://sentry.test" });
  const glitchtip = createGlitchtip({ ...shared, ...place, url: "https://glitchtip.test" });
  const vercelConfig = { url: "https://vercel.test", token: "t", teamId: null, projectId: "p", timeoutMs: 500, fetch };
  const vercel = createVercel(vercelConfig);
  const deploymentFeed = createDeploymentFeed(vercelConfig);
  const traffic = createTrafficSwitch(vercelConfig);
  const health = createHealthProbe({ url: null, path: "/", expectedStatus: 200, timeoutMs: 500 });
  return { adapters: { github, sentry, glitchtip, traffic }, vercel, deploymentFeed, health, sent };
}

const opened = openAdapters();
const walked = [
  ["incidentIssues", incidentIssues, opened.adapters.github.incidentIssues],
  ["codeHost", codeHost, opened.adapters.github.codeHost],
  ["pullReviews", pullReviews, opened.adapters.github.pullReviews],
  ["reviewHost", reviewHost, opened.adapters.github.reviewHost],
  ["repositoryReader", repositoryReader, opened.adapters.github.repositoryReader],
  ["commitGraph", commitGraph, opened.adapters.github.commitGraph],
  ["errorHistory", errorHistory, opened.adapters.sentry.errorHistory],
  ["glitchtipHistory", glitchtipHistory, opened.adapters.glitchtip.errorHistory],
  ["sessionHistory", sessionHistory, opened.adapters.sentry.sessionHistory],
  ["errorSource", errorSource, opened.adapters.sentry.errorSource],
  ["performanceSource", performanceSource, opened.adapters.sentry.performanceSource],
  ["durationHistory", durationHistory, opened.adapters.sentry.durationHistory],
  ["deployments", deployments, opened.vercel],
  ["traffic", traffic, opened.adapters.traffic],
  ["failedDeliveries", failedDeliveries, opened.adapters.github.failedDeliveries],
  ["issueFeed", issueFeed, opened.adapters.sentry.issueFeed],
  ["deploymentFeed", deploymentFeed, opened.deploymentFeed],
  ["healthProbe", healthProbe, opened.health],
] as const satisfies readonly (readonly [string, Table<object>, object])[];

const writes = walked.flatMap(([port, table]) =>
  Object.entries<Write>(table.writes).map(([method, write]) => [`${port}.${method}`, write] as const),
);
const otherKind = (kind: WriteKind): WriteKind => (kind === "github.issue" ? "github.comment" : "github.issue");

/** A permit that was real until its write ended. */
async function expiredPermit(kind: WriteKind): Promise<WritePermit> {
  return withPermit(kind, async (permit) => permit);
}

async function expectRefused(write: Write, permit: WritePermit): Promise<void> {
  const { adapters, sent } = openAdapters();
  await expect(write.call(permit, adapters)).rejects.toMatchObject({ code: "write_not_permitted", retry: "never" });
  expect(sent).toEqual([]);
}

it.each(walked)("every method of %s is known here as a write or a read", (_, table, port) => {
  expect(Object.keys(port).sort()).toEqual([...Object.keys(table.writes), ...Object.keys(table.reads)].sort());
});

it("every kind of write to a provider is made by some method", () => {
  const made = new Set(writes.map(([, write]) => write.kind));
  const outside = Object.keys(WRITE_STAGES).filter((kind) => kind !== "repair.run");
  expect([...made].sort()).toEqual(outside.sort());
});

describe.each(writes)("%s", (_, write) => {
  it("sends nothing without a permit", async () => {
    await expectRefused(write, undefined as unknown as WritePermit);
    await expectRefused(write, null as unknown as WritePermit);
    await expectRefused(write, {} as unknown as WritePermit);
  });

  it("sends nothing with a forged permit", async () => {
    await expectRefused(write, { kind: write.kind, assert() {} });
    await withPermit(write.kind, async (permit) => {
      await expectRefused(write, { ...permit });
      await expectRefused(write, Object.create(permit) as WritePermit);
      await expectRefused(write, new Proxy(permit, {}));
    });
  });

  it("sends nothing with a permit of another kind, also when that is altered", async () => {
    await withPermit(otherKind(write.kind), async (permit) => {
      await expectRefused(write, permit);
      expect(() => Object.assign(permit, { kind: write.kind })).toThrow(TypeError);
      await expectRefused(write, permit);
    });
  });

  it("sends nothing with a permit whose write is over", async () => {
    await expectRefused(write, await expiredPermit(write.kind));
  });

  it("gets no permit while writes are held", async () => {
    const open = {
      dryRun: false,
      stage: "autofix",
      isStopped: async () => ({ stopped: false, reason: null }),
    } as const;
    const holds = [
      { ...open, dryRun: true },
      { ...open, stage: "observe" },
      { ...open, isStopped: async () => ({ stopped: true, reason: "by hand" }) },
    ] as const;
    for (const settings of holds) {
      const { adapters, sent } = openAdapters();
      const result = await createOutbound(settings).write(write.kind, (permit) => write.call(permit, adapters));
      expect(result).toMatchObject({ held: true, kind: write.kind });
      expect(sent).toEqual([]);
    }
  });

  it("goes out with its own permit", async () => {
    const { adapters, sent } = openAdapters();
    await expect(withPermit(write.kind, (permit) => write.call(permit, adapters))).rejects.toMatchObject({
      code: "provider_unavailable",
    });
    expect(sent.length).toBeGreaterThan(0);
  });
});

it("a write that outlives its permit is not sent, although it began in time", async () => {
  const scripted = await openScriptedGitHub();
  scripted.app.get(`${SHOP}/issues`, (c) => c.json([]));
  const github = scripted.create();
  const late = await withPermit("github.issue", async (permit) => {
    const input = { marker: "incident:1", title: "t", body: "b", labels: [] };
    return { promise: github.incidentIssues.ensureIssue(permit, input) };
  });
  await expect(late.promise).rejects.toMatchObject({ code: "write_not_permitted" });
  expect(scripted.calls.filter((call) => call === `POST ${SHOP}/issues`)).toEqual([]);
  await scripted.close();
});
