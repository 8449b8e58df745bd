/**
 * Secrets that must go and look-alikes that must stay. Secret-looking strings are put together at run time, so that
 * scanners of this repository see none; their random parts come from a fixed generator.
 */
export type Positive = { kind: string; secret: string; text: string };

const DIGITS = "0123456789";
const HEX = `${DIGITS}abcdef`;
const LOWER = "abcdefghijklmnopqrstuvwxyz";
const UPPER = LOWER.toUpperCase();
const ALNUM = DIGITS + UPPER + LOWER;
const URLSAFE = `${ALNUM}_-`;

let state = 20_260_917;
function random(length: number, alphabet: string): string {
  let out = "";
  for (let i = 0; i < length; i += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    out += alphabet.charAt((state >>> 8) % alphabet.length);
  }
  return out;
}
/** Starts and ends with a letter or digit, as real tokens do. */
const safe = (length: number): string => `a1${random(length - 4, URLSAFE)}Z9`;
const alnum = (length: number): string => `a1${random(length - 4, ALNUM)}Z9`;
const join = (...parts: string[]): string => parts.join("");
const jwt = (): string => join("ey", "J", alnum(20), ".", "ey", "J", alnum(60), ".", safe(43));

const TOKENS: readonly (readonly [kind: string, secret: string])[] = [
  ["sentry_token", join("sntrys", "_", "eyJ", alnum(80), "_", alnum(43))],
  ["sentry_token", join("sntryu", "_", random(64, HEX))],
  ["github_token", join("ghp", "_", alnum(36))],
  ["github_token", join("gho", "_", alnum(36))],
  ["github_token", join("ghu", "_", alnum(36))],
  ["github_token", join("ghs", "_", alnum(36))],
  ["github_token", join("ghs", "_", "1234567", "_", jwt())],
  ["github_token", join("ghr", "_", alnum(76))],
  ["github_token", join("github", "_pat_", alnum(22), "_", alnum(59))],
  ["gitlab_token", join("glpat", "-", safe(20))],
  ["vercel_token", join("vcp", "_", alnum(56))],
  ["vercel_token", join("vercel", "_blob_rw_", alnum(16), "_", alnum(30))],
  ["anthropic_key", join("sk", "-ant-", "api03-", safe(93))],
  ["anthropic_key", join("sk", "-ant-", "oat01-", safe(93))],
  ["openai_key", join("sk", "-", alnum(48))],
  ["openai_key", join("sk", "-proj-", safe(120))],
  ["openai_key", join("sk", "-svcacct-", safe(60))],
  ["openrouter_key", join("sk", "-or-v1-", random(64, HEX))],
  ["groq_key", join("gsk", "_", alnum(52))],
  ["xai_key", join("xai", "-", alnum(80))],
  ["perplexity_key", join("pplx", "-", alnum(48))],
  ["huggingface_token", join("hf", "_", alnum(34))],
  ["replicate_token", join("r8", "_", alnum(37))],
  ["slack_token", join("xox", "b-", random(12, DIGITS), "-", random(12, DIGITS), "-", alnum(24))],
  ["slack_token", join("xox", "p-", random(12, DIGITS), "-", random(12, DIGITS), "-", random(32, HEX))],
  ["slack_token", join("xapp", "-1-", alnum(11), "-", random(13, DIGITS), "-", random(64, HEX))],
  ["slack_webhook", join("hooks.slack", ".com/services/", "T0", alnum(8), "/B0", alnum(8), "/", alnum(24))],
  ["discord_webhook", join("discord", ".com/api/webhooks/", random(18, "123456789"), "/", safe(68))],
  ["discord_token", join("M", alnum(25), ".", alnum(6), ".", alnum(38))],
  ["telegram_token", join("7", random(9, DIGITS), ":", "AA", safe(33))],
  ["aws_access_key", join("AK", "IA", random(16, UPPER + DIGITS))],
  ["aws_access_key", join("AS", "IA", random(16, UPPER + DIGITS))],
  ["google_key", join("AI", "za", safe(35))],
  ["google_token", join("ya", "29.", safe(120))],
  ["google_secret", join("GOC", "SPX-", safe(28))],
  ["stripe_key", join("sk", "_live_", alnum(24))],
  ["stripe_key", join("rk", "_live_", alnum(24))],
  ["stripe_key", join("sk", "_test_", alnum(24))],
  ["webhook_secret", join("wh", "sec_", alnum(32))],
  ["npm_token", join("np", "m_", alnum(36))],
  ["pypi_token", join("py", "pi-", "AgEIcHlwaS5vcmc", safe(120))],
  ["posthog_key", join("ph", "x_", alnum(43))],
  ["posthog_key", join("ph", "s_", alnum(43))],
  ["neon_key", join("na", "pi_", random(64, LOWER + DIGITS))],
  ["neon_password", join("np", "g_", alnum(12))],
  ["qstash_token", join("ey", "JVc2VySUQi", alnum(90), "=")],
  ["qstash_signing_key", join("si", "g_", alnum(28))],
  ["jwt", jwt()],
  ["sendgrid_key", join("S", "G.", safe(22), ".", safe(43))],
  ["mailgun_key", join("key", "-", random(32, HEX))],
  ["twilio_key", join("S", "K", random(32, HEX))],
  ["digitalocean_token", join("dop", "_v1_", random(64, HEX))],
  ["linear_key", join("lin", "_api_", alnum(40))],
  ["notion_token", join("nt", "n_", alnum(46))],
  ["shopify_token", join("shp", "at_", random(32, HEX))],
  ["supabase_token", join("sb", "p_", random(40, HEX))],
  ["databricks_token", join("da", "pi", random(32, HEX))],
  ["doppler_token", join("dp", ".pt.", alnum(43))],
  ["grafana_token", join("gl", "sa_", alnum(32), "_", random(8, HEX))],
  ["newrelic_key", join("NR", "AK-", random(27, UPPER + DIGITS))],
  ["vault_token", join("hv", "s.", safe(90))],
  ["gitlab_token", join("gldt", "-", safe(20))],
  ["gitlab_token", join("glrt", "-", safe(20))],
  ["slack_token", join("xoxe", ".xox", "p-1-", alnum(80))],
  ["digitalocean_token", join("doo", "_v1_", random(64, HEX))],
  ["doppler_token", join("dp", ".st.", "prd.", alnum(43))],
  ["docker_token", join("dckr", "_pat_", alnum(27))],
  ["heroku_key", join("HRKU", "-", "AA", safe(58))],
  ["planetscale_token", join("pscale", "_tkn_", alnum(43))],
  ["planetscale_token", join("pscale", "_pw_", alnum(43))],
  ["postman_key", join("PMAK", "-", random(24, HEX), "-", random(34, HEX))],
  ["rubygems_key", join("ruby", "gems_", random(48, HEX))],
  ["pulumi_token", join("pul", "-", random(40, HEX))],
  ["langsmith_key", join("lsv2", "_pt_", random(32, HEX), "_", random(10, HEX))],
  ["tavily_key", join("tvly", "-dev-", alnum(32))],
  ["cerebras_key", join("cs", "k-", alnum(48))],
  ["circleci_token", join("CCI", "PAT_", alnum(22), "_", random(40, HEX))],
  ["buildkite_token", join("bk", "ua_", random(40, HEX))],
  ["dynatrace_token", join("dt0", "c01.", random(24, UPPER + DIGITS), ".", random(64, UPPER + DIGITS))],
  ["sonar_token", join("sq", "p_", random(40, HEX))],
  ["sourcegraph_token", join("sg", "p_", random(16, HEX), "_", random(40, HEX))],
  ["square_token", join("sq0", "atp-", safe(22))],
  ["onepassword_token", join("ops", "_eyJ", alnum(200))],
  ["cloudflare_token", join("cfut", "_", alnum(40), random(8, HEX))],
  ["tailscale_key", join("tskey", "-auth-", alnum(17), "-", alnum(32))],
  ["grafana_token", join("gl", "c_", alnum(120))],
  ["fly_token", join("fm2", "_", alnum(120))],
  ["google_token", join("1/", "/0", safe(100))],
  ["linear_key", join("lin", "_oauth_", random(64, HEX))],
  ["vault_token", join("hv", "b.", safe(120))],
  ["azure_secret", join(random(3, ALNUM), "8", "Q~", alnum(34))],
  ["mailchimp_key", join(random(32, HEX), "-us", "14")],
  ["terraform_token", join(alnum(14), ".atlas", "v1.", alnum(67))],
  ["figma_token", join("fig", "d_", safe(40))],
  ["atlassian_token", join("ATA", "TT3x", safe(180))],
  ["age_key", join("AGE-SECRET", "-KEY-1", random(58, UPPER + DIGITS))],
  ["supabase_token", join("sb", "_secret_", alnum(31))],
  ["resend_key", join("r", "e_", alnum(8), "_", alnum(24))],
];

const CONTEXTS: readonly ((secret: string) => string)[] = [
  (secret) => `request failed with ${secret} at 10:32, will retry`,
  (secret) => `{"level":"error","note":"${secret}","line":42}`,
  (secret) => `\n- ${secret}\n- next`,
];

const keyed = (kind: string, secret: string, ...texts: string[]): Positive[] =>
  texts.map((text) => ({ kind, secret, text }));
const pem = (label: string, eol: string): string =>
  [
    "-----BEGIN ",
    label,
    "-----",
    eol,
    random(64, ALNUM),
    eol,
    random(64, ALNUM),
    "==",
    eol,
    "-----END ",
    label,
    "-----",
  ].join("");
const basic = (): string => btoa(`admin:${alnum(10)}`);

const hunter = join("hunter", "2");
const phrase = join("s3cr3t", "!Pa55");
const opaque = alnum(24);
const hex64 = random(64, HEX);
const aws = join(random(20, ALNUM), "/", random(19, ALNUM));

export const POSITIVES: readonly Positive[] = [
  ...TOKENS.flatMap(([kind, secret]) => CONTEXTS.map((context) => ({ kind, secret, text: context(secret) }))),
  ...[
    "RSA PRIVATE KEY",
    "PRIVATE KEY",
    "EC PRIVATE KEY",
    "OPENSSH PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "DSA PRIVATE KEY",
    "PGP PRIVATE KEY BLOCK",
  ].flatMap((label) =>
    ["\n", "\\n", "\r\n"]
      .map((eol) => pem(label, eol))
      .map((key) => ({ kind: "private_key", secret: key.slice(40, 90), text: `GITHUB_APP_PRIVATE_KEY="${key}"` })),
  ),
  { kind: "private_key", secret: opaque, text: `-----BEGIN RSA PRIVATE KEY-----\n${random(64, ALNUM)}\n${opaque}` },
  ...keyed(
    "password",
    hunter,
    `password=${hunter}`,
    `{"password":"${hunter}"}`,
    `{"password": "${hunter}", "user": "bob"}`,
    `DB_PASSWORD=${hunter}`,
    `/login?user=bob&password=${hunter}&next=%2F`,
    `password: ${hunter}`,
    `PGPASSWORD='${hunter}' psql`,
    `<password>${hunter}</password>`,
    `mysql --password=${hunter}`,
    `mysql --password ${hunter} -h db`,
    `Server=db;User Id=sa;Password=${hunter};Encrypt=true`,
    `{\\"password\\":\\"${hunter}\\"}`,
    `"passwd" => "${hunter}"`,
    `user.password = "${hunter}"`,
  ),
  ...keyed("password", phrase, `SMTP_PASS=${phrase}`, `passphrase: "${phrase}"`, `{"newPassword":"${phrase}"}`),
  ...keyed(
    "api_key",
    opaque,
    `api_key=${opaque}`,
    `{"apiKey":"${opaque}"}`,
    `X-Api-Key: ${opaque}`,
    `x-api-key=${opaque}`,
    `?api-key=${opaque}`,
    `ENCRYPTION_KEY=${opaque}`,
    `AccountKey=${opaque};EndpointSuffix=core`,
  ),
  ...keyed(
    "secret",
    opaque,
    `client_secret=${opaque}`,
    `{"clientSecret":"${opaque}"}`,
    `SENTRY_CLIENT_SECRET="${opaque}"`,
    `CRON_SECRET: ${opaque}`,
  ),
  ...keyed(
    "token",
    opaque,
    `token=${opaque}`,
    `access_token=${opaque}&scope=repo`,
    `{"refreshToken":"${opaque}"}`,
    `VERCEL_TOKEN=${opaque}`,
    `KV_REST_API_TOKEN="${opaque}"`,
    `X-Auth-Token: ${opaque}`,
    `["id_token", "x"] id_token=${opaque}`,
  ),
  ...keyed("token", hex64, `SENTRY_AUTH_TOKEN=${hex64}`, `the auth token ${hex64} was rejected`, `token is ${hex64}`),
  ...keyed(
    "aws_secret_key",
    aws,
    `AWS_SECRET_ACCESS_KEY=${aws}`,
    `aws_secret_access_key = ${aws}`,
    `{"awsSecretAccessKey":"${aws}"}`,
  ),
  ...keyed(
    "authorization",
    opaque,
    `Authorization: Bearer ${opaque}`,
    `authorization: token ${opaque}`,
    `{"Authorization":"Bearer ${opaque}"}`,
    `["authorization","Bearer ${opaque}"]`,
    `curl -H "Authorization: Bearer ${opaque}" https://api.test`,
    `sent bearer ${opaque} to upstream`,
    `Proxy-Authorization: Digest ${opaque}`,
  ),
  ...[basic(), basic()].flatMap((secret) =>
    keyed("authorization", secret, `Authorization: Basic ${secret}`, `using basic ${secret}`),
  ),
  ...keyed(
    "cookie",
    opaque,
    `Cookie: sid=${opaque}; theme=dark`,
    `Set-Cookie: session=${opaque}; Path=/; HttpOnly`,
    `["Cookie","sid=${opaque}"]`,
    `{"cookie":"a=1; sid=${opaque}"}`,
  ),
  ...keyed(
    "basic_auth",
    `admin:${hunter}`,
    `curl -u admin:${hunter} https://api.test`,
    `curl --user 'admin:${hunter}' https://api.test`,
  ),
  ...keyed(
    "url_credentials",
    hunter,
    `postgres://app:${hunter}@db.internal:5432/shop`,
    `redis://:${hunter}@cache:6379`,
    `https://bob:${hunter}@example.com/x`,
    `mongodb+srv://u:${hunter}@c0.mongodb.net/db?w=1`,
    `amqp://guest:${hunter}@mq`,
    `rediss://default:${hunter}@eu1-sharp-cat-12345.upstash.io:6379`,
    `postgresql://neondb_owner:${hunter}@ep-cool-rain-123456-pooler.eu-central-1.aws.neon.tech/neondb?sslmode=require`,
    `DATABASE_URL="mysql://u:${hunter}@aws.connect.psdb.cloud/shop"`,
    `smtps://mailer:${hunter}@smtp.sendgrid.net:465`,
  ),
  ...keyed(
    "azure_sas",
    opaque,
    `https://acme.blob.core.windows.net/logs/x.txt?sv=2026-01-01&sr=b&se=2027-01-01&sp=r&sig=${opaque}${opaque}%3D`,
  ),
  ...keyed(
    "email",
    "jane.doe+shop@example.co.uk",
    "user jane.doe+shop@example.co.uk not found",
    '{"email":"jane.doe+shop@example.co.uk"}',
    "<jane.doe+shop@example.co.uk>",
    "mailto:jane.doe+shop@example.co.uk",
  ),
  ...keyed("credit_card", "4111 1111 1111 1111", "card 4111 1111 1111 1111 declined"),
  ...keyed("credit_card", "4111111111111111", "card=4111111111111111"),
  ...keyed("credit_card", "5555-5555-5555-4444", "pan: 5555-5555-5555-4444"),
  ...keyed("credit_card", "378282246310005", "amex 378282246310005"),
  ...keyed("credit_card", "6011111111111117", "discover 6011111111111117."),
  ...keyed("iban", "GB82 WEST 1234 5698 7654 32", "pay to GB82 WEST 1234 5698 7654 32 today"),
  ...keyed("iban", "DE89370400440532013000", "iban DE89370400440532013000"),
  ...keyed("iban", "FR1420041010050500013M02606", '"FR1420041010050500013M02606"'),
  ...keyed(
    "ip_address",
    "203.0.113.7",
    "client 203.0.113.7 disconnected",
    '{"ip_address":"203.0.113.7"}',
    "http://203.0.113.7:8080/x",
    "203.0.113.7 - - [10/Oct/2026]",
  ),
  ...keyed("ip_address", "2001:4860:4860::8888", "from 2001:4860:4860::8888", "[2001:4860:4860::8888]:443"),
  ...keyed("ip_address", "2a06:98c0:3600:0:0:0:0:103", "peer 2a06:98c0:3600:0:0:0:0:103 gone"),
  ...keyed("ssn", "123-45-6789", "SSN: 123-45-6789", "social security number is 123-45-6789"),
  ...keyed("phone", "+1 415 555 2671", "call me at +1 415 555 2671"),
  ...keyed("phone", "+4915112345678", "tel:+4915112345678"),
  ...keyed("phone", "(415) 555-2671", "reach (415) 555-2671 by noon"),
  ...keyed("phone", "555-123-4567", "phone: 555-123-4567"),
];

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const sha = (): string => random(40, HEX);
const uuid = (): string => [8, 4, 4, 4, 12].map((length) => random(length, HEX)).join("-");

const SENTENCES = `
TypeError: Cannot read properties of undefined (reading 'token')
Error: password must be at least 8 characters
Unexpected token < in JSON at position 0
SyntaxError: Unexpected token: punc ())
SyntaxError: Unexpected token 'export'
Invalid token: expired
token expired
Bearer token is missing
Bearer authentication failed
Basic authentication is required
WWW-Authenticate: Bearer realm="api", error="invalid_token"
Authorization: required
the cookie is missing
Cookie: none was sent
password: string;
password?: string
password: z.string().min(8),
const token = getToken(req);
const token = await readToken(request);
const token = tokens[i];
const { password, token } = req.body;
if (password === user.password) return;
if (!token) throw new Error("no token");
token: process.env.SENTRY_AUTH_TOKEN,
password: process.env.DB_PASSWORD
password: config.db.password,
apiKey: options.apiKey,
secret: ctx.config.secret
headers: { Authorization: \`Bearer \${token}\` }
PASSWORD=\${DB_PASSWORD}
password=********
password: [redacted:password]
"token": null
"password": ""
"secret": true
apiKey = undefined
PWD=/home/app/shop
OLDPWD=/home/app
estimatedPromptTokens: 1500
"estimatedPromptTokens": 1500
promptTokens=1200
completion_tokens: 88
max_tokens: 4096
tokenCount=12
token_limit: 200000
"totalTokens": 4123
cacheReadInputTokens: 9999
tokensPerSecond: 45.2
passwordResetAt: 2026-01-02
passwordPolicy=strict
secretName: production-db
private_key_path: /etc/ssl/private/key.pem
PASSWORD_FILE=/run/secrets/db_password
password: /run/secrets/db_password
token_type: bearer
nextPageToken: CAUQAA1234
cancelToken: source
keyboard-shortcut=ctrl-k
primaryKey: userId
foreign_key: user_id
cacheKey: products:list:v2
key: value
monkey=banana
"key": "checkout.title"
react_key=item-42
partition_key: 2026-01
git@github.com:owner/shop.git
ssh://git@github.com/owner/shop.git
https://github.com/owner/shop/pull/12
https://abcdef0123456789abcdef0123456789@o123456.ingest.sentry.io/4501234
https://example.com/@jane/post-1
http://localhost:3000/api/health
https://example.com:8443/path?page=2&sort=desc
postgres://localhost:5432/shop
redis://cache:6379/0
@sentry/node
@sentry/node@10.78.0
pkg@1.2.3
react-dom@18.3.1
node_modules/.pnpm/react-dom@18.3.1_react@18.3.1/node_modules/react-dom/index.js
node_modules/.pnpm/@babel+core@7.26.0/node_modules/@babel/core/lib/index.js
actions/checkout@v4
anthropics/claude-code-action@v1
docker.io/library/node@sha256
logo@2x.png
icon@3x.webp
chunk@main.js
@media (max-width: 600px)
@app.route
@Injectable()
user@localhost
10.0.0.1
127.0.0.1:3000
192.168.1.20
172.16.4.1
169.254.169.254
0.0.0.0:8080
255.255.255.255
224.0.0.1
100.64.0.9
version 1.2.3.4
v10.2.3.4
Chrome/120.0.0.0 Safari/537.36
pkg@1.2.3.4
app-1.2.3.4.tgz
1.2.3
1.2.3.4.5
999.1.2.3
RFC 7518, section 4.6.1.2
12:34:56
2026-09-17T12:34:56.789Z
2026-09-17 12:34:56+02:00
Thu, 17 Sep 2026 12:34:56 GMT+0200
1789646400000
1789646400
duration=1789.22ms
::1
fe80::1
fd12:3456:789a::1
::before
std::vector<int>
Foo::Bar::baz
a::b
00:1b:44:11:3a:b7
2024:01:02 03:04:05
4111 1111 1111 1112
1234567812345678
0000 0000 0000 0000
"id": "4509109078196224"
order-4111111111111111-x
GB00 WEST 1234 5698 7654 32
ABCD1234EFGH5678
123-45-6789
555-1234
2026-01-02
+12 -3 lines
@@ -10,7 +12,9 @@ function total()
+1200 ms
+02:00
+1 for this
3 files changed, 12 insertions(+), 4 deletions(-)
phone number is required
call 3 functions
tel aviv
telemetry: 12345
cell 42
sk-fading-circle
sk-toggleable__content-arrow
skeleton-loader
npm_config_registry=https://registry.npmjs.org
npm_lifecycle_event=test
ghp_short
gh_token_name
hf_hub_download
re_export_all_members
sig_figs
key-value-store
key-1234
xoxo-love
AKIA
AIzawa
eyJ
eyJhbGciOi
-----BEGIN CERTIFICATE-----
-----BEGIN PUBLIC KEY-----
text.indexOf("-----BEGIN PRIVATE KEY-----")
the -----BEGIN PRIVATE KEY----- line is missing
sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
sha512-rqi0dsrkUMtIqTZdDRGT+2S/nZ3dYm0wVQyVbHXdJVU2rXMkCQ3wJdqQkmv+ZlVpLzaVaK8HSGg3QAJpR4y/hQ==
integrity="sha384-oqVuAfXRKap7fdgcCY5uykM6+R9GqQ8K/uxy9rx7HNQlGYl1kPzQho1wx4JwY8wC"
ETag: "33a64df551425fcc55e4d42a148795d9f25f89d4"
X-Request-Id: 7b1c2f34
trace_id=4bf92f3577b34da6a3ce929d0e0e4736
span_id: 00f067aa0ba902b7
traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
dpl_5WJWYSyB7BpgTj3EuwF37WMRBXBtPQ2iTMJHJBJyRfd5
inc_01j8x2k3m4n5p6q7r8s9t0
cus_NffrFeUfNV2Hib
pk_live_is_public
price_1MoBy5LkdIwHu7ixZhnattbh
pul-request-template
sqp_total
squ_ids_of_orders
dp.state.current
dp.st.enabled
csk-button
fm2_config
glft-shaders
region us-east-1, d41d8cd98f00b204e9800998ecf8427e-us
mappings: AAAA,SAAS,CAAC;IAAI,CAAC,KAAK,CAAC,GAAG,EAAE,CAAC;AACjB,IAAI,CAAC
sourceMappingURL=index-BvK3x9aQ.js.map
data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==
.css-1q2w3e4r5t6y7u8i9o0p.MuiButton-root
class="flex items-center justify-between px-4 py-2 text-sm"
"resolved": "https://registry.npmjs.org/react/-/react-18.3.1.tgz",
"integrity": "sha512-wS+hAgJShR0KhEvPJArfuPVN1+Hz1t0Y6n5jLrGQbkb4urgPE/0Rve+1kMB1v/oWgHgm4WIcV+i7F2pTVj+2iQ==",
/_next/static/chunks/app/checkout/page-4f1d8a9b2c3e5f60.js
http_server_request_duration_seconds_bucket{le="0.5"}
https://shop.test/orders/01J8X2K3M4N5P6Q7R8S9T0V1W2/items/42
arn:aws:iam::123456789012:role/deploy-role
projects/my-project-123456/locations/us-central1/keyRings/app
ghcr.io/acme/shop@sha256:4bf92f3577b34da6a3ce929d0e0e47364bf92f3577b34da6a3ce929d0e0e4736
release shop@4bf92f3577b34da6a3ce929d0e0e4736
SHOP-3K
PROJ-123
event 9ae1c06d2be94f1c
`
  .split("\n")
  .filter((line) => line !== "");

export const NEGATIVES: readonly string[] = [
  ...SENTENCES,
  ...upTo(30).map((i) => ["", "commit ", "sha: ", "merged as "][i % 4] + sha()),
  ...upTo(30).map((i) => ["", "request ", "id=", '"eventId":"'][i % 4] + uuid()),
  ...upTo(15).map((i) => `${sha().slice(0, 7)}..${sha().slice(0, 7 + (i % 3))}`),
  ...upTo(30).map(
    (i) =>
      `    at ${["handler", "Object.getToken", "async readSecret", "new Password"][i % 4]} (/var/task/src/${["token", "secret", "auth/password", "api-key"][i % 4]}.ts:${10 + i}:${3 + i})`,
  ),
  ...upTo(15).map((i) => `  File "/app/src/token_${i}.py", line ${i + 1}, in get_password`),
  ...upTo(20).map(
    (i) =>
      `${["react", "@types/node", "lodash.merge", "@scope/pkg-name"][i % 4]}@${i}.${i + 1}.${i + 2}${i % 3 === 0 ? "-beta.1" : ""}`,
  ),
  ...upTo(15).map(
    (i) =>
      `2026-0${1 + (i % 9)}-1${i % 10}T0${i % 10}:1${i % 6}:2${i % 6}.00${i % 10}Z GET /orders/${1000 + i} 200 ${i * 7}ms`,
  ),
  ...upTo(10).map((i) => `webpack:///./src/secret/token.ts?${random(4, HEX)}:${i}:${i + 1}`),
];

/** Pieces that, said again and again, are as hard to read as texts get: long runs of what keys, quotes and tokens begin with. */
export const ADVERSARIAL: readonly string[] = [
  "a",
  "0",
  "1.",
  "@",
  "a@",
  "a.a@",
  "ghp_",
  "-ghp_",
  "_npm_",
  "-glpat-",
  "-sk-ant-",
  "sk-",
  "sk-ant-",
  "eyJ",
  "eyJ.",
  "eyJ-",
  "-----BEGIN ",
  "-----BEGIN PRIVATE KEY-----",
  "password=",
  "password: ",
  "token",
  "token ",
  'token:"',
  '\\"',
  "://",
  "a://b:",
  "Bearer ",
  "basic ",
  "+1 ",
  "4111 ",
  "1234567",
  "AB12 ",
  "(415) ",
  "phone: 1",
  "2001:",
  "::",
  "SK0",
  "cookie: a=",
  "<password>",
  "--password ",
  "ssn 123-45-",
  "xoxb-",
  "AKIA",
  "123456789:",
  '["cookie","',
  "SG.",
  "0.0.0.0",
  "\n",
  " ",
  "tel 5555",
  "aB3_",
  "a:",
  "a=",
  '{"a":"',
  `"'`,
  "\\\"'",
  "password.",
  "secret_key_",
  "key,",
  '["authorization",',
  "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo+/",
  "eyJhbGciOiJIUzI1NiJ9.",
  "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\n",
  "hooks.slack.com/services/",
  "-----END ",
  "DE89370400440532013",
];
