import { App } from "@octokit/app";
import { Octokit } from "@octokit/core";
import * as z from "zod";
import { AppError } from "../../kernel/errors.ts";
import type { WriteKind, WritePermit } from "../../kernel/write.ts";
import { boundFetch, type Intent, readShape } from "../http.ts";
import type { CallSite } from "../http-errors.ts";
import { type GitHubConfig, splitRepository } from "./config.ts";
import { toAppError } from "./errors.ts";
import { type AppCall, createTokens, type Tokens } from "./tokens.ts";

type Parameters = Record<string, unknown>;

/**
 * GitHub as this App's installation on one repository. Routes are GitHub's own (`GET /repos/{owner}/{repo}/…`), `owner`
 * and `repo` are filled in, and what is no part of the path goes to the query or body.
 */
export interface GitHubClient {
  readonly repository: string;
  readonly owner: string;
  readonly name: string;
  readonly tokens: Tokens;
  get<T>(route: string, parameters: Parameters, schema: z.ZodType<T>): Promise<T>;
  /** Every item of a paged list, in the host's order; `items` reads one page. */
  list<T>(route: string, parameters: Parameters, items: z.ZodType<T[]>): AsyncGenerator<T>;
  write<T>(
    permit: WritePermit,
    kind: WriteKind,
    route: string,
    parameters: Parameters,
    schema: z.ZodType<T>,
  ): Promise<T>;
  mutate<T>(
    permit: WritePermit,
    kind: WriteKind,
    mutation: string,
    input: Parameters,
    schema: z.ZodType<T>,
  ): Promise<T>;
  /** A GraphQL query; variables cannot be called `query`, `method` or `url` (@octokit/graphql). */
  query<T>(text: string, variables: Parameters, schema: z.ZodType<T>): Promise<T>;
  /** One page, asked for as the App itself and not as its installation; `link` is GitHub's own header. */
  getAsApp<T>(route: string, parameters: Parameters, schema: z.ZodType<T>): Promise<{ value: T; link: string | null }>;
  writeAsApp(permit: WritePermit, kind: WriteKind, route: string, parameters: Parameters): Promise<void>;
  /** Whether our own App wrote this. */
  isOurs(content: Authored): Promise<boolean>;
}

/** Who wrote an issue, comment or check run, as far as GitHub says it. */
export const authoredSchema = z.object({
  user: z.object({ login: z.string() }).nullish(),
  performed_via_github_app: z.object({ id: z.number(), client_id: z.string().optional() }).nullish(),
});
type Authored = z.infer<typeof authoredSchema>;

/** A recursive tree of GitHub's largest size (100,000 entries) has about 25 MB. */
const MAX_BYTES = 32 * 1024 * 1024;
const PER_PAGE = 100;
const MAX_PAGES = 100;
/** How long a new token may be unknown to some of GitHub's servers (@octokit/auth-app, hook.ts). */
const REPLICATION_MS = 5_000;

const GRAPHQL = "POST /graphql";

const silent = { debug() {}, info() {}, warn() {}, error() {} };

interface Wire {
  octokit: Octokit;
  app: App;
  requestOf(intent: Intent): { fetch: typeof globalThis.fetch };
}

function createWire(config: GitHubConfig): Wire {
  const baseUrl = config.apiUrl.replace(/\/+$/, "");
  const limits = { timeoutMs: config.timeoutMs, maxBytes: MAX_BYTES, fetch: config.fetch };
  const requestOf = (intent: Intent) => ({ fetch: boundFetch("github", intent, limits) });
  const Configured = Octokit.defaults({ baseUrl, userAgent: "patchpilot", log: silent, request: requestOf("read") });
  const privateKey = config.privateKey.replaceAll("\\n", "\n");
  const app = new App({ appId: config.appId, privateKey, Octokit: Configured, log: silent });
  return { octokit: new Configured(), app, requestOf };
}

function siteOf(route: string): CallSite {
  const [method = "GET", path = "/"] = route.split(" ");
  return { provider: "github", method, path };
}

interface Answer {
  data: unknown;
  link: string | null;
}

type Send = (authorization: string) => Promise<Answer>;

/** Sends with the installation's token; a token that GitHub no longer takes is replaced once. */
async function withToken(tokens: Tokens, send: Send): Promise<Answer> {
  const first = await tokens.get();
  try {
    return await send(`token ${first.token}`);
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code !== "provider_unauthorized") throw thrown;
    await tokens.drop();
    if (!first.isFresh) return withToken(tokens, send);
    throw new AppError(thrown.code, thrown.message, {
      retry: { afterMs: REPLICATION_MS },
      context: thrown.context,
      cause: thrown,
    });
  }
}

interface Calls {
  rest(intent: Intent, route: string, parameters: Parameters): Promise<Answer>;
  graphql(intent: Intent, text: string, variables: Parameters): Promise<Answer>;
}

/** The two ways to call, with every failure as AppError. */
function createCalls(config: GitHubConfig, wire: Wire, tokens: Tokens): Calls {
  const { owner, repo } = splitRepository(config.repository);
  const call = (route: string, send: Send) =>
    withToken(tokens, async (authorization) => {
      try {
        return await send(authorization);
      } catch (thrown) {
        throw toAppError(siteOf(route), thrown, config.clock);
      }
    });
  return {
    rest: (intent, route, parameters) =>
      call(route, async (authorization) => {
        const options = { owner, repo, ...parameters, headers: { authorization }, request: wire.requestOf(intent) };
        const { data, headers } = await wire.octokit.request(route, options);
        return { data, link: headers.link ?? null };
      }),
    graphql: (intent, text, variables) =>
      call(GRAPHQL, async (authorization) => {
        const options = { ...variables, headers: { authorization }, request: wire.requestOf(intent) };
        return { data: await wire.octokit.graphql(text, options), link: null };
      }),
  };
}

type CallAsApp = (intent: Intent, route: string, parameters: Parameters) => Promise<Answer>;

/** Calls as the App itself (JWT), with every failure as AppError. */
function createCallAsApp(config: GitHubConfig, wire: Wire): CallAsApp {
  return async (intent, route, parameters) => {
    try {
      const options = { ...parameters, request: wire.requestOf(intent) };
      const { data, headers } = await wire.app.octokit.request(route, options);
      return { data, link: headers.link ?? null };
    } catch (thrown) {
      throw toAppError(siteOf(route), thrown, config.clock);
    }
  };
}

function createAppCall(callAsApp: CallAsApp): AppCall {
  return async (route, parameters, schema) => {
    const intent = route.startsWith("POST") ? "read-by-post" : "read";
    return readShape(siteOf(route), schema, (await callAsApp(intent, route, parameters)).data);
  };
}

async function* listPages<T>(
  calls: Calls,
  route: string,
  parameters: Parameters,
  items: z.ZodType<T[]>,
): AsyncGenerator<T> {
  const site = siteOf(route);
  for (let page = 1; page <= MAX_PAGES; page++) {
    const { data, link } = await calls.rest("read", route, { ...parameters, per_page: PER_PAGE, page });
    const found = readShape(site, items, data);
    yield* found;
    const isLast = link === null ? found.length < PER_PAGE : !link.includes('rel="next"');
    if (isLast) return;
  }
  throw new AppError("provider_list_too_long", `GitHub listed more than ${MAX_PAGES} pages`, {
    retry: "never",
    context: { ...site },
  });
}

/** A client for `config.repository`. Nothing is sent before the first call. */
export function createGitHubClient(config: GitHubConfig): GitHubClient {
  const wire = createWire(config);
  const callAsApp = createCallAsApp(config, wire);
  const tokens = createTokens(config, createAppCall(callAsApp));
  const calls = createCalls(config, wire, tokens);
  return {
    repository: config.repository,
    owner: splitRepository(config.repository).owner,
    name: splitRepository(config.repository).repo,
    tokens,
    async get(route, parameters, schema) {
      return readShape(siteOf(route), schema, (await calls.rest("read", route, parameters)).data);
    },
    list: (route, parameters, items) => listPages(calls, route, parameters, items),
    async write(permit, kind, route, parameters, schema) {
      return readShape(siteOf(route), schema, (await calls.rest({ permit, kind }, route, parameters)).data);
    },
    async mutate(permit, kind, mutation, input, schema) {
      return readShape(siteOf(GRAPHQL), schema, (await calls.graphql({ permit, kind }, mutation, { input })).data);
    },
    async query(text, variables, schema) {
      return readShape(siteOf(GRAPHQL), schema, (await calls.graphql("read-by-post", text, variables)).data);
    },
    async getAsApp(route, parameters, schema) {
      const { data, link } = await callAsApp("read", route, parameters);
      return { value: readShape(siteOf(route), schema, data), link };
    },
    async writeAsApp(permit, kind, route, parameters) {
      await callAsApp({ permit, kind }, route, parameters);
    },
    async isOurs({ user, performed_via_github_app: app }) {
      if (app) return String(app.id) === config.appId || app.client_id === config.appId;
      return user?.login === (await tokens.botLogin());
    },
  };
}
