import { createServer, type Server } from "node:http";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createActionsToken } from "../../lib/adapters/control-plane/actions-token.ts";
import { createGithubOidc } from "../../lib/adapters/github-oidc/index.ts";
import { decideWorkflow, type WorkflowClaims } from "../../lib/repair/decide-workflow.ts";

const AUDIENCE = "https://patchpilot.example.com";
const NOW = new Date("2026-11-20T12:00:00Z");
const clock = { now: () => NOW };

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

/** An issuer with a key set that can change, which counts how often it was asked. */
let server: Server;
let issuer: string;
let published: { kid: string; pair: KeyPair }[];
let asked: number;
let answer: number;

async function publish(kid: string): Promise<KeyPair> {
  const pair = await generateKeyPair("RS256");
  published = [...published, { kid, pair }];
  return pair;
}

beforeEach(async () => {
  published = [];
  asked = 0;
  answer = 200;
  server = createServer(async (request, response) => {
    if (request.url === "/.well-known/jwks") {
      asked += 1;
      const keys = published.map(async ({ kid, pair }) => ({
        ...(await exportJWK(pair.publicKey)),
        kid,
        alg: "RS256",
      }));
      response.writeHead(answer, { "content-type": "application/json" });
      return response.end(JSON.stringify({ keys: await Promise.all(keys) }));
    }
    // GitHub's token service of a job.
    const url = new URL(request.url ?? "/", "http://x");
    const isKnown = request.headers.authorization === "Bearer job-secret";
    response.writeHead(isKnown ? 200 : 403, { "content-type": "application/json" });
    return response.end(JSON.stringify({ count: 1, value: `token-for:${url.searchParams.get("audience")}` }));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  issuer = `http://127.0.0.1:${address.port}`;
});
afterEach(() => {
  vi.useRealTimers();
  server.close();
});

const seconds = (offset: number) => Math.floor(NOW.getTime() / 1_000) + offset;
const CLAIMS = {
  aud: AUDIENCE,
  sub: "repo:acme/shop:ref:refs/heads/main",
  iat: seconds(-5),
  nbf: seconds(-305),
  exp: seconds(300),
  repository: "acme/shop",
  workflow_ref: "acme/shop/.github/workflows/patchpilot.yml@refs/heads/main",
  ref: "refs/heads/main",
  event_name: "repository_dispatch",
  run_id: "4711",
};

/** A claim that is changed to null is left out. */
type Changes = Record<string, unknown>;

async function sign(pair: KeyPair, kid: string, changes: Changes = {}, alg = "RS256"): Promise<string> {
  const claims = Object.entries({ ...CLAIMS, iss: issuer, ...changes }).filter(([, value]) => value !== null);
  const payload: JWTPayload = Object.fromEntries(claims);
  return new SignJWT(payload).setProtectedHeader({ alg, kid }).sign(pair.privateKey);
}

const open = () => createGithubOidc({ issuer, audience: AUDIENCE, clock, timeoutMs: 2_000 });

describe("GitHub's OIDC token", () => {
  test("that is whole is read, and its keys are asked for once", async () => {
    const pair = await publish("k1");
    const read = open();
    const claims = await read(await sign(pair, "k1"));
    expect(claims).toEqual({
      repository: "acme/shop",
      workflowRef: CLAIMS.workflow_ref,
      ref: "refs/heads/main",
      eventName: "repository_dispatch",
      runId: "4711",
    });
    await read(await sign(pair, "k1"));
    expect(asked).toBe(1);
  });

  test.each<[string, Changes, string]>([
    ["another issuer", { iss: "https://evil.example" }, "iss"],
    ["another audience", { aud: "https://other.example" }, "aud"],
    ["an audience among others that is not ours", { aud: ["a", "b"] }, "aud"],
    ["its time over", { exp: seconds(-60) }, "exp"],
    ["its time not come", { nbf: seconds(120) }, "nbf"],
    ["no end", { exp: null }, "exp"],
    ["no beginning", { nbf: null }, "nbf"],
    ["no repository", { repository: null }, "repository"],
    ["no workflow", { workflow_ref: null }, "workflow_ref"],
    ["a repository that is no text", { repository: 7 }, "repository"],
  ])("with %s is refused, and the claim is named", async (_name, changes, claim) => {
    const pair = await publish("k1");
    await expect(open()(await sign(pair, "k1", changes))).rejects.toMatchObject({
      code: "oidc_refused",
      retry: "never",
      message: expect.stringContaining(claim),
    });
  });

  test("a little before or after its time is taken: clocks differ", async () => {
    const pair = await publish("k1");
    const read = open();
    await expect(read(await sign(pair, "k1", { exp: seconds(-20) }))).resolves.toBeDefined();
    await expect(read(await sign(pair, "k1", { nbf: seconds(20) }))).resolves.toBeDefined();
  });

  test("by a key that is not the issuer's, by none, or changed after signing, is refused", async () => {
    const pair = await publish("k1");
    const stranger = await generateKeyPair("RS256");
    const read = open();
    const good = await sign(pair, "k1");
    const [header, , signature] = good.split(".");
    const payload = Buffer.from(JSON.stringify({ ...CLAIMS, iss: issuer, repository: "evil/shop" })).toString(
      "base64url",
    );
    for (const token of [
      await sign(stranger, "k1"),
      new UnsecuredJWT({ ...CLAIMS, iss: issuer }).encode(),
      `${header}.${payload}.${signature}`,
      "a.b.c",
    ]) {
      await expect(read(token)).rejects.toMatchObject({ code: "oidc_refused" });
    }
  });

  test("by another algorithm is refused, though the key is the issuer's: HS256 over the public key too", async () => {
    const pair = await publish("k1");
    const read = open();
    const n = (await exportJWK(pair.publicKey)).n ?? "";
    const hmac = await new SignJWT({ ...CLAIMS, iss: issuer })
      .setProtectedHeader({ alg: "HS256", kid: "k1" })
      .sign(new TextEncoder().encode(n));
    await expect(read(hmac)).rejects.toMatchObject({ code: "oidc_refused" });
    const other = await generateKeyPair("PS256");
    await expect(read(await sign(other, "k1", {}, "PS256"))).rejects.toMatchObject({ code: "oidc_refused" });
  });

  test("by a new key is taken: keys are fetched again when one is not known, and not at every stranger's wish", async () => {
    const first = await publish("k1");
    const read = open();
    await read(await sign(first, "k1"));
    published = [];
    const next = await publish("k2");
    const stranger = await generateKeyPair("RS256");
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 31_000 });
    await expect(read(await sign(next, "k2"))).resolves.toBeDefined();
    expect(asked).toBe(2);
    for (let count = 0; count < 5; count += 1)
      await expect(read(await sign(stranger, `k${count + 3}`))).rejects.toMatchObject({ code: "oidc_refused" });
    expect(asked).toBe(2);
    await expect(read(await sign(first, "k1"))).rejects.toMatchObject({ code: "oidc_refused" });
  });

  test("while the issuer is away is no refusal: it can be tried again", async () => {
    const pair = await publish("k1");
    answer = 503;
    await expect(open()(await sign(pair, "k1"))).rejects.toMatchObject({
      code: "oidc_keys_unreachable",
      retry: "later",
    });
  });
});

describe("the job that a token speaks for", () => {
  const good: WorkflowClaims = {
    repository: "acme/shop",
    workflowRef: CLAIMS.workflow_ref,
    ref: "refs/heads/main",
    eventName: "repository_dispatch",
    runId: "1",
  };
  const facts = { repository: "acme/shop", workflow: ".github/workflows/patchpilot.yml", branch: "main" };
  const judge = (changes: Partial<WorkflowClaims>) => decideWorkflow({ claims: { ...good, ...changes }, ...facts });

  test.each<Partial<WorkflowClaims>>([
    {},
    { repository: "Acme/Shop", workflowRef: "Acme/Shop/.github/workflows/patchpilot.yml@refs/heads/main" },
    { eventName: "workflow_dispatch" },
  ])("%j is let in", (changes) => expect(judge(changes)).toEqual({ ok: true }));

  test.each<[Partial<WorkflowClaims>, string]>([
    [{ repository: "evil/shop" }, "evil/shop"],
    [{ repository: "acme/shop-fork" }, "acme/shop-fork"],
    [{ workflowRef: "evil/shop/.github/workflows/patchpilot.yml@refs/heads/main" }, "its workflow"],
    [{ workflowRef: "acme/shop/.github/workflows/other.yml@refs/heads/main" }, "other.yml"],
    [{ workflowRef: "acme/shop/.github/workflows/patchpilot.yml@refs/heads/topic" }, "topic"],
    [{ workflowRef: "acme/shop/.github/workflows/PatchPilot.yml@refs/heads/main" }, "its workflow"],
    [{ workflowRef: "acme/shop/x/acme/shop/.github/workflows/patchpilot.yml@refs/heads/main" }, "its workflow"],
    [{ ref: "refs/heads/topic" }, "refs/heads/topic"],
    [{ ref: "refs/tags/main" }, "refs/tags/main"],
    [{ ref: "refs/pull/7/merge" }, "refs/pull/7"],
    [{ eventName: "pull_request_target" }, "pull_request_target"],
    [{ eventName: "push" }, "push"],
  ])("%j is refused, and why is said", (changes, named) => {
    expect(judge(changes)).toEqual({ ok: false, reason: expect.stringContaining(named) });
  });
});

describe("a job's own token", () => {
  test("is asked of GitHub for the control plane's address", async () => {
    const token = createActionsToken({
      requestUrl: `${issuer}/token?api-version=2.0`,
      requestToken: "job-secret",
      audience: AUDIENCE,
    });
    await expect(token()).resolves.toBe(`token-for:${AUDIENCE}`);
  });

  test("that GitHub does not give is said, and can be asked for again", async () => {
    const refused = createActionsToken({ requestUrl: `${issuer}/token`, requestToken: "x", audience: AUDIENCE });
    await expect(refused()).rejects.toMatchObject({
      code: "oidc_unavailable",
      message: expect.stringContaining("403"),
    });
    const away = createActionsToken({ requestUrl: "http://127.0.0.1:9/", requestToken: "x", audience: AUDIENCE });
    await expect(away()).rejects.toMatchObject({ code: "oidc_unavailable", retry: "later" });
  });
});
