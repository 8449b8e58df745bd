import { describe, expect, it } from "vitest";
import { readConfig } from "../../lib/config/read-config.ts";
import { viewTriage } from "../../lib/insight/views.ts";
import { impactSettings } from "../../lib/wiring/providers.ts";

const POSTHOG = {
  POSTHOG_HOST: "https://eu.posthog.com/",
  POSTHOG_API_KEY: "phx_of_the_tests",
  POSTHOG_PROJECT_ID: "123",
};

function settingsOf(env: Record<string, string>) {
  const read = readConfig(env);
  if (!read.ok) throw new Error(read.faults.join("; "));
  return { posthog: read.config.posthog, settings: impactSettings(read.config) };
}

describe("what of product impact is measured", () => {
  it("page views, unless events are named", () => {
    expect(settingsOf(POSTHOG).posthog).toEqual({
      host: "https://eu.posthog.com",
      apiKey: "phx_of_the_tests",
      projectId: "123",
      events: ["$pageview"],
    });
    expect(settingsOf({ ...POSTHOG, POSTHOG_EVENTS: "paid, signed up ," }).settings.events).toEqual([
      "paid",
      "signed up",
    ]);
  });

  it("as patiently as the policy says", () => {
    const { settings } = settingsOf({ ...POSTHOG, POLICY: '{"impact":{"weeks":6,"askMinutes":30}}' });
    expect(settings).toEqual({
      events: ["$pageview"],
      windowHours: 24,
      minWindowMinutes: 10,
      weeks: 6,
      askMinutes: 30,
      ingestLagSeconds: 60,
    });
  });

  it.each([
    ["half of PostHog", { POSTHOG_HOST: "https://eu.posthog.com" }, /POSTHOG_API_KEY, POSTHOG_PROJECT_ID are missing/],
    ["a list of no event", { ...POSTHOG, POSTHOG_EVENTS: " , " }, /^POSTHOG_EVENTS names no event/],
    [
      "more events than one query can bear",
      { ...POSTHOG, POSTHOG_EVENTS: Array(21).fill("e").join() },
      /^POSTHOG_EVENTS/,
    ],
    ["one earlier week", { ...POSTHOG, POLICY: '{"impact":{"weeks":1}}' }, /^POLICY impact.weeks/],
  ])("%s is a fault that names its setting", (_name, env, fault) => {
    expect(readConfig(env)).toEqual({ ok: false, faults: [expect.stringMatching(fault)] });
  });
});

describe("what the dashboard tells of it", () => {
  const judged = { score: 40, reasons: ["level is error"] };

  it("is its summary and when it was read", () => {
    const impact = { summary: "critical: paid 0 instead of 90", readAt: "2026-10-14T12:00:00.000Z", askAgainAt: null };
    expect(viewTriage({ ...judged, impact })).toEqual({
      ...judged,
      impact: { summary: impact.summary, readAt: impact.readAt },
    });
  });

  it("is nothing for what was judged before, or is no reading", () => {
    expect(viewTriage(judged)?.impact).toBeNull();
    expect(viewTriage({ ...judged, impact: "high" })?.impact).toBeNull();
  });
});
