import * as z from "zod";
import { AppError } from "../../kernel/errors.ts";
import { apiRoot, createApiClient, type SentryClient, type SentryConfig } from "../sentry/client.ts";

export interface GlitchtipConfig extends Omit<SentryConfig, "org"> {
  /** The organization's slug; null: the one that the token's user belongs to. */
  org: string | null;
}

/** GlitchTip's Web API below `/api/0`, and where its pages are. */
export interface GlitchtipClient extends SentryClient {
  /** The organization's slug. AppError `glitchtip_org_unclear` where the token sees none or several and none is named. */
  organization(): Promise<string>;
  /** The issue's page: the API's `permalink` is always "Not implemented" (formats of glitchtip-backend, schema.py). */
  issuePage(issueId: string): Promise<string>;
}

/** Django looks up 64-bit ids; a longer one cannot be an issue's, and some versions answer it with 500. */
const LARGEST_ID = 2n ** 63n - 1n;

const organizationsSchema = z.array(z.object({ slug: z.string() }));

/** A client with `Authorization: Bearer`. Token scopes: event:read and event:write; org:read where `org` is null. */
export function createGlitchtipClient(config: GlitchtipConfig): GlitchtipClient {
  const base = apiRoot(config.url);
  const client = createApiClient({ ...config, provider: "glitchtip", base });
  let only: Promise<string> | null = null;
  const organization = async () => {
    if (config.org !== null) return config.org;
    only ??= findOnlyOrganization(client);
    try {
      return await only;
    } catch (error) {
      only = null;
      throw error;
    }
  };
  const site = base.replace(/\/api\/0$/, "");
  return {
    ...client,
    organization,
    issuePage: async (issueId) => `${site}/${encodeURIComponent(await organization())}/issues/${issueId}`,
  };
}

async function findOnlyOrganization(client: SentryClient): Promise<string> {
  const { value } = await client.get("/organizations/", {}, organizationsSchema);
  const [first, ...others] = value;
  if (first !== undefined && others.length === 0) return first.slug;
  throw new AppError(
    "glitchtip_org_unclear",
    `the token sees ${value.length} organizations: set GLITCHTIP_ORG to the slug of the watched one`,
    { retry: "never", context: { organizations: value.map(({ slug }) => slug).slice(0, 10) } },
  );
}

/** Whether an id can be one of GlitchTip's. */
export function isGlitchtipId(id: string): boolean {
  return /^\d{1,19}$/.test(id) && BigInt(id) <= LARGEST_ID;
}
