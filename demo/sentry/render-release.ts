import type { CommitFacts, Release } from "./model.ts";
import type { SentryPlace } from "./place.ts";

const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

/** Sentry shortens full commit shas to twelve characters. */
function shortVersion(version: string): string {
  return /^[0-9a-f]{40}$/.test(version) ? version.slice(0, 12) : version;
}

export function renderReleaseSummary(release: Release): Record<string, unknown> {
  return {
    version: release.version,
    shortVersion: shortVersion(release.version),
    dateCreated: iso(release.createdMs),
    dateReleased: iso(release.releasedMs),
    ref: release.ref,
    url: release.url,
  };
}

export function renderRelease(release: Release, place: SentryPlace, hasHealthData: boolean): Record<string, unknown> {
  const last = release.commits[0];
  const short = shortVersion(release.version);
  return {
    id: release.number,
    ...renderReleaseSummary(release),
    status: "open",
    versionInfo: { package: null, version: { raw: release.version }, description: short, buildHash: release.version },
    data: {},
    newGroups: release.newGroups,
    owner: null,
    commitCount: release.commits.length,
    lastCommit: last ? renderCommit(last, release) : null,
    deployCount: 0,
    lastDeploy: null,
    authors: [...new Set(release.commits.map((commit) => commit.authorName))].filter(Boolean).map((name) => ({ name })),
    projects: [
      {
        id: Number(place.projectId),
        slug: place.project,
        name: place.project,
        newGroups: release.newGroups,
        platform: "node",
        platforms: ["node"],
        hasHealthData,
      },
    ],
    firstEvent: iso(release.firstEventMs),
    lastEvent: iso(release.lastEventMs),
    currentProjectMeta: {},
    userAgent: null,
  };
}

export function renderCommit(commit: CommitFacts, release: Release): Record<string, unknown> {
  return {
    id: commit.id,
    message: commit.message,
    dateCreated: iso(commit.dateMs),
    pullRequest: null,
    suspectCommitType: "",
    author: commit.authorName === null ? null : { name: commit.authorName, email: commit.authorEmail },
    repository: commit.repository === null ? null : { name: commit.repository },
    releases: [renderReleaseSummary(release)],
  };
}
