import type { DemoVercelOptions, Deployment } from "./model.ts";
import type { VercelState } from "./state.ts";

export interface VercelPlace {
  options: DemoVercelOptions;
  /** Of the API and the deployment pages, without a trailing slash. */
  url: string;
  /** Host and port of production, without a scheme. */
  productionHost: string;
}

export function inspectorUrl(deployment: Deployment, place: VercelPlace): string {
  return `${place.url}/deployments/${deployment.id}`;
}

/** `meta` as the GitHub integration fills it: every value is a string. */
export function renderMeta(deployment: Deployment, { options }: VercelPlace): Record<string, string> {
  const { owner, name } = options.repository;
  return {
    githubCommitAuthorName: deployment.authorLogin,
    githubCommitMessage: deployment.message,
    githubCommitOrg: owner,
    githubCommitRef: deployment.ref,
    githubCommitRepo: name,
    githubCommitSha: deployment.sha,
    githubDeployment: "1",
    githubOrg: owner,
    githubRepo: name,
    githubRepoOwnerType: "Organization",
    githubCommitRepoId: "656055458",
    githubRepoId: "656055458",
    githubRepoVisibility: "private",
    githubCommitAuthorLogin: deployment.authorLogin,
    branchAlias: `${options.projectName}-git-${deployment.ref.replaceAll(/[^a-z0-9]+/gi, "-").toLowerCase()}.vercel.app`,
  };
}

/** A row of `GET /v7/deployments`: its id is called `uid`. */
export function renderListItem(
  deployment: Deployment,
  place: VercelPlace,
  state: VercelState,
): Record<string, unknown> {
  return {
    uid: deployment.id,
    ...common(deployment, place, state),
    created: deployment.createdMs,
    state: deployment.readyState,
    attribution: {
      commitMeta: {
        email: `${deployment.authorLogin}@example.com`,
        name: deployment.authorLogin,
        isVerified: deployment.isVerified,
      },
    },
  };
}

/** `GET /v13/deployments/{idOrUrl}`: its id is called `id`. */
export function renderDeployment(
  deployment: Deployment,
  place: VercelPlace,
  state: VercelState,
): Record<string, unknown> {
  const { options } = place;
  const isCurrent = deployment.id === state.productionId;
  return {
    id: deployment.id,
    ...common(deployment, place, state),
    status: deployment.readyState,
    version: 2,
    public: false,
    projectId: options.projectId,
    ownerId: options.teamId,
    project: { id: options.projectId, name: options.projectName, framework: null },
    team: { id: options.teamId, name: options.teamId, slug: options.teamId },
    plan: "pro",
    regions: ["iad1"],
    alias: isCurrent ? [place.productionHost] : [],
    aliasError: null,
    aliasFinal: null,
    build: { env: [] },
    env: [],
    gitSource: {
      type: "github",
      org: options.repository.owner,
      repo: options.repository.name,
      repoId: 656055458,
      ref: deployment.ref,
      sha: deployment.sha,
      prId: null,
    },
    canceledAt: deployment.canceledMs,
    errorStep: deployment.errorStep,
    buildErrorAt: deployment.readyState === "ERROR" ? deployment.readyMs : null,
  };
}

function common(deployment: Deployment, place: VercelPlace, state: VercelState): Record<string, unknown> {
  return {
    name: place.options.projectName,
    projectId: place.options.projectId,
    url: deployment.host,
    source: "git",
    type: "LAMBDAS",
    creator: { uid: "nt5HVtTpmc6kMz7oO7F4yk07", username: deployment.authorLogin, githubLogin: deployment.authorLogin },
    inspectorUrl: inspectorUrl(deployment, place),
    meta: renderMeta(deployment, place),
    target: deployment.target,
    readyState: deployment.readyState,
    readySubstate: deployment.readySubstate,
    aliasAssigned: deployment.aliasAssignedMs,
    isRollbackCandidate: state.isRollbackCandidate(deployment),
    createdAt: deployment.createdMs,
    buildingAt: deployment.buildingMs,
    ready: deployment.readyMs,
    errorCode: deployment.errorCode,
    errorMessage: deployment.errorMessage,
    ...(deployment.blockCode && { seatBlock: { blockCode: deployment.blockCode } }),
    projectSettings: { framework: null },
  };
}

/** `GET /v9/projects/{idOrName}`: `targets.production` is the deployment that has production traffic now. */
export function renderProject(place: VercelPlace, state: VercelState): Record<string, unknown> {
  const { projectId, projectName, teamId, repository } = place.options;
  const all = [...state.deployments.values()];
  const current = state.production();
  return {
    id: projectId,
    name: projectName,
    accountId: teamId,
    framework: null,
    nodeVersion: "24.x",
    createdAt: all[0]?.createdMs ?? null,
    updatedAt: all.at(-1)?.createdMs ?? null,
    autoAssignCustomDomains: state.isAutoAssigning,
    link: {
      type: "github",
      org: repository.owner,
      repo: repository.name,
      repoId: 656055458,
      productionBranch: repository.defaultBranch,
    },
    lastAliasRequest: state.lastAliasRequest,
    targets: { production: current ? renderDeployment(current, place, state) : null },
    latestDeployments: all
      .slice(-10)
      .reverse()
      .map((one) => renderDeployment(one, place, state)),
  };
}

/** `GET /v10/projects/{idOrName}/env`: names and times of the project's variables; values stay encrypted. */
export function renderVariables({ options }: VercelPlace, state: VercelState): Record<string, unknown> {
  const [first] = state.deployments.values();
  const createdAt = (first?.createdMs ?? Date.now()) - 1;
  const keys = new Set([...Object.keys(first ? options.env(first) : {}), ...state.changedVariables.keys()]);
  const envs = [...keys].map((key) => ({
    id: `env_${key.toLowerCase()}`,
    key,
    value: "",
    type: "encrypted",
    target: ["production"],
    createdAt,
    updatedAt: state.changedVariables.get(key) ?? createdAt,
  }));
  return { envs, pagination: { count: envs.length, next: null, prev: null } };
}

/** The build log as `GET /v3/deployments/{id}/events` lists it. */
export function renderEvents(deployment: Deployment): Record<string, unknown>[] {
  return deployment.log.map((line, index) => ({
    type: line.type,
    created: line.atMs,
    payload: {
      deploymentId: deployment.id,
      id: `${line.atMs}${String(index).padStart(6, "0")}`,
      date: line.atMs,
      serial: `${line.atMs}${String(index).padStart(6, "0")}`,
      text: line.text,
      info: { type: "build", name: "bld_demo", entrypoint: "." },
    },
  }));
}

/** The payload of the `deployment.*` webhooks but rollback. `promoted` alone has no target, `created` alone aliases. */
export function renderWebhookPayload(
  type: string,
  deployment: Deployment,
  place: VercelPlace,
): Record<string, unknown> {
  const { options } = place;
  return {
    team: { id: options.teamId },
    user: { id: "nt5HVtTpmc6kMz7oO7F4yk07" },
    ...(type === "deployment.created"
      ? { alias: deployment.target === "production" ? [place.productionHost] : [] }
      : {}),
    deployment: {
      id: deployment.id,
      meta: renderMeta(deployment, place),
      url: deployment.host,
      name: options.projectName,
    },
    links: { deployment: inspectorUrl(deployment, place), project: place.url },
    ...(type === "deployment.promoted" ? {} : { target: deployment.target }),
    project: { id: options.projectId },
    plan: "pro",
    regions: ["iad1"],
  };
}
