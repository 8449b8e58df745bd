import type { IncidentIssues } from "../../alerts/ports.ts";
import type { WorkReader } from "../../backlog/ports.ts";
import type { IssueReader } from "../../intake/ports.ts";
import type { CodeHistory, CodeView, RepositoryReader } from "../../investigate/ports.ts";
import type { FailedDeliveries } from "../../reconcile/ports.ts";
import type { CommitGraph } from "../../recovery/ports.ts";
import type { CodeHost, PullReviews, RequestedIssues } from "../../repair/ports.ts";
import type { ReviewHost } from "../../review/ports.ts";
import { createGitHubClient } from "./client.ts";
import { createCodeHistory } from "./code-history.ts";
import { createCodeHost, getPermission } from "./code-host.ts";
import { createCodeView } from "./code-view.ts";
import type { GitHubConfig } from "./config.ts";
import { createFailedDeliveries } from "./hook-deliveries.ts";
import { createIssueReader } from "./issue-reader.ts";
import { createIncidentIssues } from "./issues.ts";
import { createMarkers } from "./markers.ts";
import { createPullReviews } from "./pull-reviews.ts";
import { createCommitGraph, createRepositoryReader } from "./repository.ts";
import { createRequestedIssues } from "./requested-issues.ts";
import { createReviewHost } from "./review-host.ts";
import { createWorkReader } from "./work-reader.ts";

export type { GitHubConfig } from "./config.ts";

export interface GitHub {
  incidentIssues: IncidentIssues;
  issueReader: IssueReader;
  repositoryReader: RepositoryReader;
  codeHistory: CodeHistory;
  codeView: CodeView;
  codeHost: CodeHost;
  requestedIssues: RequestedIssues;
  workReader: WorkReader;
  pullReviews: PullReviews;
  reviewHost: ReviewHost;
  commitGraph: CommitGraph;
  failedDeliveries: FailedDeliveries;
}

/** One repository on GitHub, through our App's installation on it. Nothing is sent before the first call. */
export function createGitHub(config: GitHubConfig): GitHub {
  const client = createGitHubClient(config);
  const markers = createMarkers(config.markerKey);
  const issueReader = createIssueReader(client, (login) => getPermission(client, login));
  const repositoryReader = createRepositoryReader(client);
  const codeView = createCodeView(client);
  return {
    incidentIssues: createIncidentIssues(client, markers),
    issueReader,
    requestedIssues: createRequestedIssues(client, issueReader),
    repositoryReader,
    codeHistory: createCodeHistory(client),
    codeView,
    workReader: createWorkReader(client, markers, { repository: repositoryReader, view: codeView }),
    codeHost: createCodeHost(client),
    pullReviews: createPullReviews(client, markers),
    reviewHost: createReviewHost(client, markers, issueReader),
    commitGraph: createCommitGraph(client),
    failedDeliveries: createFailedDeliveries(client),
  };
}
