import type { Incident } from "../incidents/index.ts";
import { OWNER_FILES } from "../kernel/read-owners.ts";
import type { ProductionDeployment } from "../recovery/ports.ts";
import type { Context } from "../runtime/context.ts";
import { composeEvidence, composeExcerpts, composeOwners } from "./compose-evidence.ts";
import type { GatheredEvidence, InvestigatedCommit } from "./compose-investigation.ts";
import { decideRelated, decideSearchWord, decideTags } from "./decide-search.ts";
import { type DeploymentFact, type DeploymentWindow, decideWindow } from "./decide-window.ts";
import type { ChangeVerdict } from "./evidence-model.ts";
import { listLiveDeployments } from "./evidence-store.ts";
import { createLearn, type Learn } from "./learn.ts";
import type { SuspectRanking } from "./model.ts";
import type { CodeHistory, IssueContext, RecentCommit, SourceEvent } from "./ports.ts";
import { type ChangeFacts, rankChanges } from "./rank-changes.ts";
import { type CrashPlace, findLine, rankPlaces } from "./rank-places.ts";

export interface EvidenceOutside {
  /** What a source tells beside events; null where it has no such API or is not configured. */
  context(source: string): IssueContext | null;
  history: CodeHistory | null;
  deployments: { listProductionDeployments(limit: number): Promise<ProductionDeployment[]> } | null;
}

export interface EvidenceFacts {
  incident: Incident;
  event: SourceEvent | null;
  code: { sha: string; branch: string; paths: string[]; commits: RecentCommit[] } | null;
  ranking: SuspectRanking;
  /** What could not be learnt so far, and why. */
  unknown: readonly string[];
}

const MAX_SUSPECTS = 5;
const MAX_PULL_REQUESTS = 2;
const MOST_DEPLOYMENTS = 20;
const MOST_FOUND = 10;

/** When this occurrence began. */
const beganAt = ({ reopenedAt, firstSeenAt }: Incident): string => (reopenedAt ?? firstSeenAt).toISOString();

/** What surrounds an incident: the change that may have brought it, who answers for it, and everything worth a look. Read-only. */
export async function gatherEvidence(
  ctx: Context,
  outside: EvidenceOutside,
  facts: EvidenceFacts,
): Promise<GatheredEvidence> {
  const unknown = [...facts.unknown];
  const learn = createLearn(unknown);
  const [source, window, code] = await Promise.all([
    askSource(learn, outside, facts),
    findWindow(ctx, learn, outside, facts.incident),
    askHistory(learn, outside.history, facts),
  ]);
  if ("unknown" in window) unknown.push(`which deployment brought it: ${window.unknown}`);
  const change = await findChange(learn, outside.history, facts, { window, release: source.release, code });
  const { incident } = facts;
  const evidence = composeEvidence({
    at: ctx.clock.now().toISOString(),
    incident: {
      source: incident.source,
      sourceUrl: incident.sourceUrl,
      firstSeenAt: incident.firstSeenAt.toISOString(),
      lastSeenAt: incident.lastSeenAt.toISOString(),
      reopenedAt: incident.reopenedAt?.toISOString() ?? null,
    },
    event: facts.event,
    release: source.release,
    window,
    spreads: source.spreads,
    code: code.excerpts,
    related: decideRelated(code.found, incident.issueNumber),
    unknown,
  });
  return { evidence, ...change, owners: code.owners, webUrl: code.webUrl };
}

async function askSource(learn: Learn, outside: EvidenceOutside, { incident, event }: EvidenceFacts) {
  const context = outside.context(incident.source);
  const issueId = incident.sourceIssueId;
  if (context === null || incident.kind === "performance") return { spreads: [], release: null };
  const keys = issueId === null || event === null ? [] : decideTags(event.excerpt.tags);
  const version = event?.release ?? incident.release;
  const [release, ...spreads] = await Promise.all([
    version === null ? null : learn("what the release holds", () => context.findRelease(version)),
    ...keys.map(async (key) => {
      const spread = await learn(`who is affected by ${key}`, () => context.findTagSpread(issueId ?? "", key));
      return spread === null ? null : { key, spread };
    }),
  ]);
  return {
    spreads: spreads.filter((one) => one !== null),
    release: release && version !== null ? { version, known: release } : null,
  };
}

/** Our own record of deployments, and the host's where that does not reach back far enough. */
async function findWindow(
  ctx: Context,
  learn: Learn,
  outside: EvidenceOutside,
  incident: Incident,
): Promise<DeploymentWindow> {
  const until = new Date(Date.parse(beganAt(incident)) + 60_000);
  const known = await listLiveDeployments(ctx.db.db, incident.projectId, until);
  const window = decideWindow({ deployments: known, beganAt: beganAt(incident) });
  const { deployments } = outside;
  if (!("unknown" in window) || deployments === null) return window;
  const listed = await learn("earlier deployments", () => deployments.listProductionDeployments(MOST_DEPLOYMENTS));
  const live = (listed ?? []).flatMap(({ deploymentId, sha, url, readyAt }): DeploymentFact[] =>
    readyAt === null ? [] : [{ deploymentId, sha, url, readyAt }],
  );
  return decideWindow({ deployments: [...known, ...live], beganAt: beganAt(incident) });
}

const NO_CODE = { webUrl: null, places: [], blamed: [], excerpts: [], owners: [], found: [] };

/** What the code host knows of the lines that were running: their text, who changed them, who owns them, who speaks of them. */
async function askHistory(learn: Learn, history: CodeHistory | null, { event, code, ranking }: EvidenceFacts) {
  if (history === null || code === null) return NO_CODE;
  const places = rankPlaces(event?.excerpt.frames ?? [], code.paths);
  const suspects = ranking.suspects.slice(0, MAX_SUSPECTS).map((suspect) => suspect.path);
  const word = decideSearchWord(places, suspects[0] ?? null);
  const paths = [...new Set(places.map((place) => place.path))];
  const [webUrl, texts, ownerFiles, found] = await Promise.all([
    learn("links to the code", () => history.webUrl()),
    learn("the lines of the code", () => history.readTexts(paths, code.sha)),
    suspects.length === 0 ? null : learn("who owns the code", () => history.readTexts(OWNER_FILES, code.branch)),
    word === null ? null : learn("related issues", () => history.searchOpen(word, MOST_FOUND)),
  ]);
  const seen = texts === null ? [] : placesAt(places, texts);
  const blamed =
    seen.length === 0 ? [] : await learn("who last changed the lines", () => history.blameLines(code.sha, seen));
  const owners = OWNER_FILES.map((path) => ownerFiles?.get(path) ?? null).find((text) => text !== null) ?? null;
  return {
    webUrl,
    blamed: (blamed ?? []).flatMap((line) => {
      const place = seen.find((one) => one.path === line.path && one.line === line.line);
      return place ? [{ ...line, depth: place.depth }] : [];
    }),
    excerpts: webUrl === null || texts === null ? [] : composeExcerpts({ places, texts, sha: code.sha, webUrl }),
    owners: composeOwners(owners, suspects),
    found: found ?? [],
  };
}

/** The places whose line the text at this commit has, by its number there. */
function placesAt(places: readonly CrashPlace[], texts: ReadonlyMap<string, string | null>): CrashPlace[] {
  return places.flatMap((place) => {
    const line = findLine(texts.get(place.path) ?? "", place);
    return line === null ? [] : [{ ...place, line }];
  });
}

async function findChange(
  learn: Learn,
  history: CodeHistory | null,
  { incident, code, ranking }: EvidenceFacts,
  known: {
    window: DeploymentWindow;
    release: { version: string; known: { commits: string[] } } | null;
    code: { blamed: ChangeFacts["blamed"] };
  },
): Promise<{ commits: InvestigatedCommit[]; change: ChangeVerdict }> {
  if (history === null || code === null) return { commits: [], change: { unknown: "no repository is connected" } };
  const { commits, verdict } = rankChanges({
    beganAt: beganAt(incident),
    suspects: ranking.suspects,
    ranked: ranking.commits,
    recent: code.commits,
    blamed: known.code.blamed,
    window: await compareWindow(learn, history, known.window),
    released: known.release && { version: known.release.version, shas: known.release.known.commits },
  });
  const pulls = await Promise.all(
    commits
      .slice(0, MAX_PULL_REQUESTS)
      .map(({ sha }) => learn("the pull requests of the commits", () => history.findPullRequestOf(sha))),
  );
  return { commits: commits.map((one, at) => ({ ...one, pullRequest: pulls[at] ?? null })), change: verdict };
}

async function compareWindow(
  learn: Learn,
  history: CodeHistory,
  window: DeploymentWindow,
): Promise<ChangeFacts["window"]> {
  if ("unknown" in window) return null;
  const { good, bad, lagMinutes } = window;
  const between = await learn("the commits of the failing deployment", () =>
    history.listCommitsBetween(good.sha, bad.sha),
  );
  return between && { goodSha: good.sha, badSha: bad.sha, lagMinutes, ...between };
}
