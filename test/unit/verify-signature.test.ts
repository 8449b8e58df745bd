import { describe, expect, test } from "vitest";
import type { Source } from "../../lib/intake/model.ts";
import { headerReader } from "../../lib/intake/read-headers.ts";
import { type AddressToken, verifyDelivery } from "../../lib/intake/verify-signature.ts";
import { fixtureText, SECRET, signedHeaders } from "../support/sign-delivery.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const NOW = new Date("2026-10-05T21:09:20Z");

interface Given {
  source: Source;
  headers: Record<string, string>;
  body: string;
  secret: string | null;
  now?: Date | null;
  token?: AddressToken;
}

const verify = ({ source, headers, body, secret, now = NOW, token }: Given) =>
  verifyDelivery({ source, headers: headerReader(headers), body: bytes(body), secret, now, ...(token && { token }) });

const SLACK_BODY =
  "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";

/** Published by the providers (GitHub "Validating webhook deliveries", Slack "Verifying requests"), Vercel's by getsentry/sentry; Sentry's is computed. */
const VECTORS: Given[] = [
  {
    source: "github",
    headers: { "X-Hub-Signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17" },
    body: "Hello, World!",
    secret: "It's a Secret to Everybody",
  },
  {
    source: "slack",
    headers: {
      "X-Slack-Request-Timestamp": "1531420618",
      "X-Slack-Signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    },
    body: SLACK_BODY,
    secret: "8f742231b10e8888abcd99yyyzzz85a5",
    now: new Date(1531420618 * 1000),
  },
  {
    source: "vercel",
    headers: { "x-vercel-signature": "74b587857986545361e8a4253b74cd6224d34869" },
    body: fixtureText("vercel/signed-legacy-deployment.txt"),
    secret: "AiK52QASLJXmCXX3X9gO2Zyh",
  },
  {
    source: "sentry",
    headers: signedHeaders("sentry", '{"title":"caf\\u00e9","timestamp":1566248777.0}'),
    body: '{"title":"caf\\u00e9","timestamp":1566248777.0}',
    secret: SECRET,
  },
];

/** The text with the lowest bit of one character flipped. */
const flip = (text: string, at: number, bit = 1) =>
  text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ bit) + text.slice(at + 1);

describe.each(VECTORS)("the vector of $source", (vector) => {
  test("verifies", async () => {
    expect(await verify(vector)).toEqual({ ok: true, by: "signature" });
  });

  test("is refused with any one byte of the body changed", async () => {
    const answers = await Promise.all(
      [...vector.body].map((_, at) => verify({ ...vector, body: flip(vector.body, at) })),
    );
    expect(answers.filter((answer) => answer.ok)).toEqual([]);
  });

  test("is refused with any one byte of a header changed, case included", async () => {
    const tampered = Object.entries(vector.headers).flatMap(([name, value]) =>
      [...value].flatMap((_, at) => [1, 0x20].map((bit) => ({ ...vector.headers, [name]: flip(value, at, bit) }))),
    );
    const answers = await Promise.all(tampered.map((headers) => verify({ ...vector, headers })));
    expect(answers.filter((answer) => answer.ok)).toEqual([]);
  });

  test("is refused with any one byte of the secret changed, a byte more or a byte less of the body", async () => {
    const secret = vector.secret ?? "";
    const others = [...[...secret].map((_, at) => flip(secret, at)), `${secret} `, secret.slice(1)];
    const answers = await Promise.all([
      ...others.map((other) => verify({ ...vector, secret: other })),
      verify({ ...vector, body: `${vector.body}\n` }),
      verify({ ...vector, body: vector.body.slice(1) }),
    ]);
    expect(answers.filter((answer) => answer.ok)).toEqual([]);
  });

  test("is refused without a secret and without its headers", async () => {
    expect(await verify({ ...vector, secret: null })).toMatchObject({
      ok: false,
      reason: expect.stringMatching("secret"),
    });
    expect(await verify({ ...vector, secret: "" })).toMatchObject({
      ok: false,
      reason: expect.stringMatching("secret"),
    });
    expect(await verify({ ...vector, headers: {} })).toMatchObject({
      ok: false,
      reason: expect.stringMatching("missing"),
    });
  });

  test("verifies with header names in any case", async () => {
    const headers = Object.fromEntries(
      Object.entries(vector.headers).map(([name, value]) => [name.toUpperCase(), value]),
    );
    expect(await verify({ ...vector, headers })).toMatchObject({ ok: true });
  });

  test("is refused when the header comes twice", async () => {
    const name = Object.keys(vector.headers).at(-1) ?? "";
    const headers = { ...vector.headers, [name.toUpperCase()]: vector.headers[name] ?? "" };
    expect(await verify({ ...vector, headers })).toMatchObject({ ok: false });
  });
});

test("a Sentry body that was parsed and written again is refused", async () => {
  const body = '{"title":"caf\\u00e9","timestamp":1566248777.0}';
  const again = JSON.stringify(JSON.parse(body));
  expect(
    await verify({ source: "sentry", headers: signedHeaders("sentry", body), body: again, secret: SECRET }),
  ).toMatchObject({
    ok: false,
  });
});

test.each(["sentry-app-signature", "X-ServiceHook-Signature"])("Sentry may sign with %s", async (header) => {
  const signature = signedHeaders("sentry", "{}")["Sentry-Hook-Signature"] ?? "";
  const given: Given = { source: "sentry", headers: { [header]: signature }, body: "{}", secret: SECRET };
  expect(await verify(given)).toEqual({ ok: true, by: "signature" });
  expect(await verify({ ...given, body: "{ }" })).toMatchObject({ ok: false });
});

test("a wrong signature is not saved by a right token", async () => {
  const headers = { "Sentry-Hook-Signature": "0".repeat(64) };
  const token = { given: "t", expected: "t" };
  expect(await verify({ source: "sentry", headers, body: "{}", secret: SECRET, token })).toMatchObject({ ok: false });
});

test.each([
  [-301, false],
  [-300, true],
  [0, true],
  [300, true],
  [301, false],
])("a Slack timestamp %i seconds from now is accepted: %s", async (skew, ok) => {
  const at = NOW.getTime() / 1000 + skew;
  const given: Given = {
    source: "slack",
    headers: signedHeaders("slack", "a=b", SECRET, at),
    body: "a=b",
    secret: SECRET,
  };
  expect((await verify(given)).ok).toBe(ok);
  expect((await verify({ ...given, now: null })).ok).toBe(true);
});

test("Slack's ssl_check needs no signature, anything beside it does", async () => {
  const given: Given = { source: "slack", headers: {}, body: "token=abc&ssl_check=1", secret: null };
  expect(await verify(given)).toEqual({ ok: true, by: "nothing" });
  expect(await verify({ ...given, body: "payload=%7B%7D&ssl_check=1" })).toMatchObject({ ok: false });
  expect(await verify({ ...given, headers: { "x-slack-signature": "v0=00" }, secret: SECRET })).toMatchObject({
    ok: false,
  });
});

test("Telegram's secret token must be exactly ours", async () => {
  const given: Given = { source: "telegram", headers: signedHeaders("telegram", ""), body: "{}", secret: SECRET };
  expect(await verify(given)).toEqual({ ok: true, by: "token" });
  for (const secret of [`${SECRET}x`, SECRET.slice(1), SECRET.toUpperCase(), "", null]) {
    expect(await verify({ ...given, secret })).toMatchObject({ ok: false });
  }
  expect(await verify({ ...given, headers: {} })).toMatchObject({ ok: false });
});

test.each(["glitchtip", "sentry"] as const)(
  "an unsigned delivery of %s needs the token of its address",
  async (source) => {
    const given: Given = { source, headers: {}, body: "{}", secret: SECRET };
    expect(await verify({ ...given, token: { given: "t0k3n", expected: "t0k3n" } })).toEqual({ ok: true, by: "token" });
    for (const token of [
      { given: "t0k3N", expected: "t0k3n" },
      { given: "", expected: "" },
      { given: "t0k3n", expected: null },
      { given: null, expected: "t0k3n" },
      { given: null, expected: null },
    ]) {
      expect(await verify({ ...given, token })).toMatchObject({ ok: false });
    }
    expect(await verify(given)).toMatchObject({ ok: false });
  },
);

test("more secrets than are kept as keys still verify, each only its own", async () => {
  for (let at = 0; at < 200; at += 1) {
    const headers = signedHeaders("github", "{}", `secret ${at}`);
    expect(await verify({ source: "github", headers, body: "{}", secret: `secret ${at}` })).toMatchObject({ ok: true });
    expect(await verify({ source: "github", headers, body: "{}", secret: `secret ${at + 1}` })).toMatchObject({
      ok: false,
    });
  }
});
