/** A stretch of text that must not leave: `end` exclusive, `kind` as it is shown in its place. */
export type Span = { start: number; end: number; kind: string };

/** A secret that is known by how it starts. `rest` is sticky, is tried right after `prefix`, and never backtracks. */
type TokenShape = { prefix: string; kind: string; rest: RegExp };

const shape = (prefix: string, kind: string, rest: RegExp): TokenShape => ({ prefix, kind, rest });

/**
 * Token formats by prefix, from the providers' own documentation and secret scanning partners' lists. Lengths are lower
 * bounds: GitHub's installation tokens, for one, have become `ghs_<app id>_<JWT>` of no fixed length.
 */
const TOKEN_SHAPES: readonly TokenShape[] = [
  ...["s", "u", "a", "i", "o"].map((type) => shape(`sntry${type}_`, "sentry_token", /[A-Za-z0-9+/=_-]{10,}/y)),
  shape("ghs_", "github_token", /[A-Za-z0-9_-]{20,}(?:\.[A-Za-z0-9_-]{4,}){0,2}/y),
  ...["p", "o", "u", "r"].map((type) => shape(`gh${type}_`, "github_token", /[A-Za-z0-9_]{20,}/y)),
  shape("github_pat_", "github_token", /[A-Za-z0-9_]{16,}/y),
  ...["glpat", "gldt", "glrt", "glptt", "glcbt", "glft", "glimt", "glagent", "gloas", "glsoat"].map((type) =>
    shape(`${type}-`, "gitlab_token", /[A-Za-z0-9_.-]{12,}/y),
  ),
  ...["p", "i", "a", "r", "k"].map((type) => shape(`vc${type}_`, "vercel_token", /[A-Za-z0-9]{16,}/y)),
  shape("vercel_blob_rw_", "vercel_token", /[A-Za-z0-9_]{20,}/y),
  shape("sk-ant-", "anthropic_key", /[A-Za-z0-9_-]{8,}/y),
  ...["proj-", "svcacct-", "admin-", "None-"].map((type) => shape(`sk-${type}`, "openai_key", /[A-Za-z0-9_-]{10,}/y)),
  shape("sk-or-v1-", "openrouter_key", /[0-9a-f]{32,}/y),
  shape("sk-", "openai_key", /[A-Za-z0-9]{32,}/y),
  shape("gsk_", "groq_key", /[A-Za-z0-9]{40,}/y),
  shape("xai-", "xai_key", /[A-Za-z0-9]{40,}/y),
  shape("pplx-", "perplexity_key", /[A-Za-z0-9]{32,}/y),
  shape("hf_", "huggingface_token", /[A-Za-z0-9]{30,}/y),
  shape("r8_", "replicate_token", /[A-Za-z0-9]{30,}/y),
  ...["a", "b", "e", "o", "p", "r", "s", "c"].map((type) => shape(`xox${type}-`, "slack_token", /[A-Za-z0-9-]{10,}/y)),
  shape("xoxe.xox", "slack_token", /[bp]-[A-Za-z0-9-]{10,}/y),
  shape("xapp-", "slack_token", /[0-9]-[A-Za-z0-9-]{10,}/y),
  shape("hooks.slack.com/", "slack_webhook", /(?:services|workflows|triggers)\/[A-Za-z0-9_/-]{10,}/y),
  shape("discord.com/api/webhooks/", "discord_webhook", /[0-9]{10,25}\/[A-Za-z0-9_-]{20,}/y),
  shape("discordapp.com/api/webhooks/", "discord_webhook", /[0-9]{10,25}\/[A-Za-z0-9_-]{20,}/y),
  ...["AKIA", "ASIA"].map((type) => shape(type, "aws_access_key", /[A-Z0-9]{16}(?![A-Za-z0-9])/y)),
  shape("AIza", "google_key", /[A-Za-z0-9_-]{35}/y),
  shape("ya29.", "google_token", /[A-Za-z0-9_-]{20,}/y),
  shape("GOCSPX-", "google_secret", /[A-Za-z0-9_-]{20,}/y),
  ...["sk_live_", "sk_test_", "rk_live_", "rk_test_"].map((type) => shape(type, "stripe_key", /[A-Za-z0-9]{10,}/y)),
  shape("whsec_", "webhook_secret", /[A-Za-z0-9+/=_-]{20,}/y),
  shape("npm_", "npm_token", /[A-Za-z0-9]{24,}/y),
  shape("pypi-", "pypi_token", /AgE[A-Za-z0-9_-]{40,}/y),
  ...["x", "s", "a", "r"].map((type) => shape(`ph${type}_`, "posthog_key", /[A-Za-z0-9_-]{16,}/y)),
  shape("napi_", "neon_key", /[A-Za-z0-9]{30,}/y),
  shape("npg_", "neon_password", /[A-Za-z0-9]{8,}/y),
  // Base64 of `{"UserID":` and of `{"UserId":`: QStash's token is such an object with the password inside.
  shape("eyJVc2VySUQi", "qstash_token", /[A-Za-z0-9+/=_-]{20,}/y),
  shape("eyJVc2VySWQi", "qstash_token", /[A-Za-z0-9+/=_-]{20,}/y),
  shape("sig_", "qstash_signing_key", /[A-Za-z0-9]{20,}/y),
  shape("eyJ", "jwt", /[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]{0,})?/y),
  shape("SG.", "sendgrid_key", /[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}/y),
  shape("key-", "mailgun_key", /[0-9a-f]{32}(?![A-Za-z0-9-])/y),
  shape("lin_oauth_", "linear_key", /[0-9a-f]{40,}/y),
  ...["p", "o", "r"].map((type) => shape(`do${type}_v1_`, "digitalocean_token", /[0-9a-f]{32,}/y)),
  shape("lin_api_", "linear_key", /[A-Za-z0-9]{30,}/y),
  shape("ntn_", "notion_token", /[A-Za-z0-9]{30,}/y),
  ...["at", "ca", "pa", "ss"].map((type) => shape(`shp${type}_`, "shopify_token", /[0-9a-fA-F]{32}/y)),
  shape("sbp_", "supabase_token", /[0-9a-f]{30,}/y),
  shape("sb_secret_", "supabase_token", /[A-Za-z0-9_-]{20,}/y),
  shape("dapi", "databricks_token", /[0-9a-fA-F]{32}(?:-[0-9])?(?![A-Za-z0-9])/y),
  ...["pt", "ct", "sa", "scim", "audit"].map((type) => shape(`dp.${type}.`, "doppler_token", /[A-Za-z0-9]{30,}/y)),
  shape("dp.st.", "doppler_token", /(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{30,}/y),
  ...["pat", "oat"].map((type) => shape(`dckr_${type}_`, "docker_token", /[A-Za-z0-9_-]{20,}/y)),
  shape("HRKU-", "heroku_key", /[A-Za-z0-9_-]{36,}/y),
  ...["tkn", "pw", "oauth"].map((type) => shape(`pscale_${type}_`, "planetscale_token", /[A-Za-z0-9_.=-]{24,}/y)),
  shape("PMAK-", "postman_key", /[A-Za-z0-9]{20,}-[A-Za-z0-9]{20,}/y),
  shape("rubygems_", "rubygems_key", /[0-9a-f]{40,}/y),
  shape("pul-", "pulumi_token", /[0-9a-f]{40}(?![A-Za-z0-9])/y),
  shape("lsv2_", "langsmith_key", /(?:pt|sk)_[0-9a-f]{30,}_[0-9a-f]{8,}/y),
  shape("tvly-", "tavily_key", /(?:dev-|prod-)?[A-Za-z0-9]{28,}/y),
  shape("csk-", "cerebras_key", /[A-Za-z0-9]{40,}/y),
  shape("CCIPAT_", "circleci_token", /[A-Za-z0-9]{10,}_[0-9a-f]{30,}/y),
  shape("bkua_", "buildkite_token", /[0-9a-f]{32,}/y),
  shape("dt0c01.", "dynatrace_token", /[A-Z0-9]{20,}\.[A-Z0-9]{50,}/y),
  ...["sqp", "squ", "sqa"].map((type) => shape(`${type}_`, "sonar_token", /[0-9a-f]{40}(?![A-Za-z0-9])/y)),
  shape("sgp_", "sourcegraph_token", /(?:[A-Za-z0-9-]{1,40}_)?[0-9a-f]{40}(?![A-Za-z0-9])/y),
  ...["atp", "csp"].map((type) => shape(`sq0${type}-`, "square_token", /[A-Za-z0-9_-]{20,}/y)),
  shape("ops_eyJ", "onepassword_token", /[A-Za-z0-9+/=_-]{100,}/y),
  shape("fm2_", "fly_token", /[A-Za-z0-9+/=_-]{60,}/y),
  ...["cfk", "cfut", "cfat"].map((type) => shape(`${type}_`, "cloudflare_token", /[A-Za-z0-9]{30,}/y)),
  shape("tskey-", "tailscale_key", /[a-z]{2,20}-[A-Za-z0-9_]{8,40}-[A-Za-z0-9_]{16,60}/y),
  shape("1//0", "google_token", /[A-Za-z0-9_-]{40,}/y),
  shape("figd_", "figma_token", /[A-Za-z0-9_-]{30,}/y),
  shape("ATATT3x", "atlassian_token", /[A-Za-z0-9_=-]{40,}/y),
  shape("glc_", "grafana_token", /[A-Za-z0-9+/=]{32,}/y),
  shape("glsa_", "grafana_token", /[A-Za-z0-9_]{30,}/y),
  shape("NRAK-", "newrelic_key", /[A-Z0-9]{20,}/y),
  ...["s", "b", "r"].map((type) => shape(`hv${type}.`, "vault_token", /[A-Za-z0-9_-]{20,}/y)),
  shape("AGE-SECRET-KEY-1", "age_key", /[A-Z0-9]{40,}/y),
  shape("re_", "resend_key", /[A-Za-z0-9]{6,12}_[A-Za-z0-9]{20,}/y),
];

/**
 * Prefixes that are nobody's word, followed by a run that either matches or is short: these count behind `-` and `_` too
 * (`deploy-ghp_…`), where an ordinary name can end in the others.
 */
const DISTINCT =
  /^(?:sntry[suaio]_|gh[spour]_|github_pat_|gl(?:pat|dt|rt|ptt)-|vc[piark]_|sk-ant-|sk-proj-|[sr]k_live_|xox[abeoprsc]-|npm_|napi_|npg_|AKIA|AIza|whsec_|shpat_|do[por]_v1_|lin_api_)$/;

const DASH = 45;
const UNDERSCORE = 95;

function isWordCode(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
}

/** Secrets that their own shape gives away. Linear: each prefix is found by a plain search, and a run is read once. */
export function findTokens(text: string): Span[] {
  const spans: Span[] = [];
  for (const { prefix, kind, rest } of TOKEN_SHAPES) {
    let start = text.indexOf(prefix);
    const mayBeGlued = start > 0 && DISTINCT.test(prefix);
    while (start >= 0) {
      let next = start + prefix.length;
      // A word that runs into the prefix makes it part of another word; so does `-`, which would let runs be read twice.
      const before = start === 0 ? 32 : text.charCodeAt(start - 1);
      const isGlue = before === DASH || before === UNDERSCORE;
      if (isGlue ? mayBeGlued : !isWordCode(before)) {
        rest.lastIndex = next;
        if (rest.test(text)) {
          next = rest.lastIndex;
          spans.push({ start, end: next, kind });
        }
      }
      start = text.indexOf(prefix, next);
    }
  }
  return spans;
}

const BEGIN = "-----BEGIN ";
const END = "-----END ";
/** Base64, line ends (real or escaped), and the headers of an encrypted key; stops at the dashes of the next label. */
const KEY_BODY = /(?:[A-Za-z0-9+/=\s\\:,."']|-(?!-))*/y;
const CUT_OFF = /[A-Za-z0-9+/=]{16}/;

function endOfPrivateKey(text: string, body: number): number | null {
  KEY_BODY.lastIndex = body;
  KEY_BODY.test(text);
  const end = KEY_BODY.lastIndex;
  if (text.startsWith(END, end)) {
    const tail = text.slice(end + END.length, end + END.length + 60).indexOf("-----");
    return end - body < 4 ? null : end + END.length + (tail < 0 ? 0 : tail + 5);
  }
  return CUT_OFF.test(text.slice(body, Math.min(end, body + 200))) ? end : null;
}

/** PEM private keys of every label; a key whose end was cut off goes up to where its text stops looking like one. */
export function findPrivateKeys(text: string): Span[] {
  const spans: Span[] = [];
  let start = text.indexOf(BEGIN);
  while (start >= 0) {
    let next = start + BEGIN.length;
    const label = text.slice(next, next + 60);
    const labelEnd = label.indexOf("-----");
    const isPrivate = labelEnd > 0 && label.slice(0, labelEnd).includes("PRIVATE KEY");
    const end = isPrivate ? endOfPrivateKey(text, next + labelEnd + 5) : null;
    if (end !== null) {
      next = end;
      spans.push({ start, end, kind: "private_key" });
    }
    start = text.indexOf(BEGIN, next);
  }
  return spans;
}

/** Telegram bot tokens `<bot id>:<35 characters>`, bare or after `/bot` in an API URL. */
const TELEGRAM = /(?<![0-9])[0-9]{6,12}:[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/g;
const TWILIO = /(?<![A-Za-z0-9])SK[0-9a-f]{32}(?![A-Za-z0-9])/g;
const DISCORD_BOT =
  /(?<![A-Za-z0-9_.-])[MNO][A-Za-z0-9]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,45}(?![A-Za-z0-9_-])/g;
/** Entra ID's client secrets have `8Q~` (another digit, in time) behind their first three characters. */
const AZURE = /(?<![A-Za-z0-9_.~-])[A-Za-z0-9_.~-]{3}[0-9]Q~[A-Za-z0-9_.~-]{31,34}(?![A-Za-z0-9_.~-])/g;
const MAILCHIMP = /(?<![A-Za-z0-9])[0-9a-f]{32}-us[0-9]{1,2}(?![A-Za-z0-9])/g;
const TERRAFORM = /(?<![A-Za-z0-9])[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{60,70}/g;
/** The signature of a shared access URL; the rest of it says only what may be read. */
const AZURE_SAS = /(?<=[?&]sig=)[A-Za-z0-9%+/]{40,60}(?:%3D|=)?/g;
const BEARER = /(?<![A-Za-z0-9])bearer\s{1,4}([A-Za-z0-9._~+/=-]{8,})/gi;
const BASIC = /(?<![A-Za-z0-9])basic\s{1,4}([A-Za-z0-9+/]{6,}={0,2})/gi;
const CURL_USER = /(?<=\s)(?:-u|--user)\s{1,3}["']?([^\s"':[][^\s"':]{0,100}:[^\s"']{3,200})/g;

function isBasicCredential(encoded: string): boolean {
  try {
    return atob(encoded).includes(":");
  } catch {
    return false;
  }
}

/** A word of a sentence about bearer tokens is no bearer token. */
const looksRandom = (value: string): boolean => value.length >= 40 || /[0-9]/.test(value) || /[a-z][A-Z]/.test(value);

function pushGroups(
  text: string,
  pattern: RegExp,
  kind: string,
  isSecret: (value: string) => boolean,
  spans: Span[],
): void {
  for (const match of text.matchAll(pattern)) {
    const value = match[1] ?? match[0];
    const end = match.index + match[0].length;
    if (isSecret(value)) spans.push({ start: end - value.length, end, kind });
  }
}

const always = (): boolean => true;

/** Secrets known by a pattern or by the word before them; `lower` is the text in lower case, to skip what cannot occur. */
export function findPatternedSecrets(text: string, lower: string): Span[] {
  const spans: Span[] = [];
  if (text.includes(":")) pushGroups(text, TELEGRAM, "telegram_token", always, spans);
  if (text.includes("SK")) pushGroups(text, TWILIO, "twilio_key", always, spans);
  if (text.includes(".")) pushGroups(text, DISCORD_BOT, "discord_token", always, spans);
  if (text.includes("Q~")) pushGroups(text, AZURE, "azure_secret", always, spans);
  if (text.includes("sig=")) pushGroups(text, AZURE_SAS, "azure_sas", always, spans);
  if (text.includes("-us")) pushGroups(text, MAILCHIMP, "mailchimp_key", always, spans);
  if (text.includes(".atlasv1.")) pushGroups(text, TERRAFORM, "terraform_token", always, spans);
  if (lower.includes("bearer")) pushGroups(text, BEARER, "authorization", looksRandom, spans);
  if (lower.includes("basic")) pushGroups(text, BASIC, "authorization", isBasicCredential, spans);
  if (lower.includes("curl")) pushGroups(text, CURL_USER, "basic_auth", always, spans);
  return spans;
}
