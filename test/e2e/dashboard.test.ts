import { existsSync } from "node:fs";
import { serve } from "@hono/node-server";
import { eq } from "drizzle-orm";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { deliveries, incidents, jobs } from "../../lib/db/schema/index.ts";
import { createAdminApp } from "../../lib/http/admin-app.ts";
import {
  type AdminWorld,
  addRecovered,
  addTimeline,
  deliveryRow,
  incidentRow,
  jobRow,
  openAdminWorld,
} from "../doors/admin-world.ts";
import { addPlanned, addStorm, addTold } from "./told-incident.ts";

const CHROMIUM = "/usr/bin/chromium";
const hasChromium = existsSync(CHROMIUM);
if (!hasChromium) console.warn(`dashboard in a browser: skipped, there is no ${CHROMIUM} (apt-get install chromium)`);

const LONG_TITLE = `UnhandledRejection: /stock/refresh/${"no-break-".repeat(20)}`;

describe.skipIf(!hasChromium)("the dashboard in a real browser (skipped where there is no Chromium)", () => {
  let world: AdminWorld;
  let server: ReturnType<typeof serve>;
  let base = "";
  let browser: Browser;
  let context: BrowserContext;
  const faults: string[] = [];
  const broken: string[] = [];

  beforeAll(async () => {
    world = await openAdminWorld();
    const id = await addRecovered(world);
    await world.db.db
      .insert(incidents)
      .values([
        incidentRow("inc_escalated1", { state: "escalated", priority: "P0", title: LONG_TITLE, events: 1290 }),
        incidentRow("inc_live000001", { state: "new", title: "URIError: URI malformed" }),
      ]);
    await world.db.db.insert(deliveries).values(deliveryRow("dlv_live1", "inc_live000001", 20));
    await world.db.db.insert(jobs).values(jobRow("job_000000001", "dead", { lastError: "x".repeat(400) }));
    await addTold(world);
    await addPlanned(world);
    await addStorm(world);
    await addTimeline(world, "inc_escalated1", "escalated", "the gate refused the patch", 3, { detail: { id } });
    const demo = {
      scenarios: [
        { name: "crash", title: "Crash the checkout", detail: "A cart without a coupon ends in a TypeError." },
      ],
      breakProduction: async (name: string) => {
        broken.push(name);
      },
      links: [{ title: "Shop", url: "http://localhost:9/" }],
    };
    const app = createAdminApp({ ...world.outside, auth: { mode: "open" }, demo });
    await new Promise<void>((resolve) => {
      server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => {
        base = `http://127.0.0.1:${port}`;
        resolve();
      });
    });
    browser = await chromium.launch({ executablePath: CHROMIUM });
  });
  afterEach(async () => {
    await context?.close();
    expect(faults.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await new Promise((resolve) => server.close(resolve));
    await world.close();
  });

  /** A page that notes every console error, refused resource and failed request of ours. */
  async function open(path: string, options: { width: number; dark?: boolean; scripts?: boolean }): Promise<Page> {
    context = await browser.newContext({
      viewport: { width: options.width, height: 900 },
      colorScheme: options.dark ? "dark" : "light",
      javaScriptEnabled: options.scripts ?? true,
    });
    const page = await context.newPage();
    page.on("pageerror", (error) => faults.push(`page: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") faults.push(`console: ${message.text()}`);
    });
    page.on("response", (answer) => {
      if (answer.status() >= 400) faults.push(`${answer.status()} ${answer.url()}`);
    });
    await page.goto(base + path);
    return page;
  }

  it.each([
    ["/", 1280, false],
    ["/", 360, true],
    ["/incidents/inc_recovered01", 1280, true],
    ["/incidents/inc_recovered01", 360, false],
    ["/incidents/inc_escalated1", 360, false],
    ["/incidents/inc_live000001", 768, false],
  ] as const)("%s at %i px (dark: %s) fits, loads whole, and has one main heading", async (path, width, dark) => {
    const page = await open(path, { width, dark });
    const sizes = await page.evaluate(() => ({
      content: document.documentElement.scrollWidth,
      view: window.innerWidth,
    }));
    expect(sizes.content).toBeLessThanOrEqual(sizes.view);
    expect(await page.getByRole("heading", { level: 1 }).count()).toBe(1);
    for (const landmark of ["banner", "main"] as const) expect(await page.getByRole(landmark).count()).toBe(1);
  });

  it("the table of incidents stays a table for a screen reader on a narrow screen", async () => {
    const page = await open("/", { width: 360 });
    expect(await page.getByRole("table", { name: "Incidents" }).getByRole("row").count()).toBe(7);
    expect(await page.getByRole("columnheader", { name: "State" }).count()).toBe(1);
    expect(await page.getByRole("cell", { name: "Needs a person" }).count()).toBe(1);
  });

  it("every control is reached by Tab, in order, with a focus that shows; the first one skips to the content", async () => {
    const page = await open("/", { width: 1280 });
    const reached: string[] = [];
    const wanted = await page.locator("a[href], button, input:not([type=hidden]), summary, pre[tabindex]").count();
    for (let index = 0; index < wanted; index += 1) {
      await page.keyboard.press("Tab");
      const focus = await page.evaluate(() => {
        const element = document.activeElement;
        if (!(element instanceof HTMLElement)) return null;
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        const box = element.getBoundingClientRect();
        const text = element.getAttribute("name") ?? element.textContent?.trim() ?? "";
        return { text, isVisible: outlineStyle !== "none" && outlineWidth !== "0px" && box.width > 0 };
      });
      expect(focus?.isVisible, focus?.text).toBe(true);
      reached.push(focus?.text ?? "");
    }
    expect(reached[0]).toBe("Skip to content");
    for (const name of ["Crash the checkout", "Stop all writes", "Try again", "reason"])
      expect(reached).toContain(name);
    expect(reached).toHaveLength(wanted);
    await page.keyboard.press("Tab");
    await page.evaluate(() => document.body.focus());
    await page.locator(".skip").focus();
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("main");
  });

  it("the timeline grows while one looks, and what was opened and focused stays so", async () => {
    await addTimeline(world, "inc_live000001", "triaged", "P1 (high): unhandled", 21, { detail: { score: 71 } });
    const page = await open("/incidents/inc_live000001", { width: 1280 });
    await page.getByText("Newest first. Live.").waitFor();
    const details = page.locator(".entry details").first();
    await details.locator("summary").click();
    await addTimeline(world, "inc_live000001", "investigated", "suspect file src/search.mjs", 22);
    await page.locator(".entry", { hasText: "suspect file src/search.mjs" }).waitFor();
    expect(await page.locator(".entry").first().textContent()).toContain("investigated");
    expect(await page.locator(".entry details[open]").count()).toBe(1);
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("SUMMARY");
    expect(await page.locator("#announce").textContent()).toBe("suspect file src/search.mjs");
    await world.db.db
      .update(incidents)
      .set({ state: "recovered", version: 9 })
      .where(eq(incidents.id, "inc_live000001"));
    await page.getByRole("heading", { name: "Recovered" }).waitFor();
  });

  it("production is broken by a button, and the switch is turned and turned back", async () => {
    const page = await open("/", { width: 1280 });
    await page.getByRole("button", { name: "Crash the checkout" }).click();
    await page.getByText("Production is being broken: Crash the checkout").waitFor();
    expect(broken).toEqual(["crash"]);
    await page.getByLabel("Reason").fill("looking into it");
    await page.getByRole("button", { name: "Stop all writes" }).click();
    await page.getByText("looking into it").waitFor();
    await page.getByRole("button", { name: "Resume" }).click();
    await page.getByRole("button", { name: "Stop all writes" }).waitFor();
    expect((await world.outside.control.read()).isStopped).toBe(false);
  });

  it.each([
    [1200, false],
    [375, true],
  ])(
    "an incident's page at %i px tells all that is known, folded where few read it, and fits when all is open",
    async (width, dark) => {
      const page = await open("/incidents/inc_told000001", { width, dark });
      const card = (name: string) => page.getByRole("region", { name });
      const cause = card("Likely cause");
      for (const text of [
        "since coupons may expire it is called with null",
        "A model’s reading (anthropic/some-model), 84 % sure",
        "A person should look before anything is changed.",
        "// <img src=x onerror=alert(1)>",
        "Most likely brought by",
        "Ada, who made it, or @acme/checkout, who owns",
        "the crash frame lies in it; changed 2 h before",
      ])
        expect(await cause.textContent()).toContain(text);
      const at = "https://github.example/acme/shop/blob/4f1d2c3b5a69788796a5b4c3d2e1f00112233445";
      const quoted = cause.getByRole("listitem").filter({ hasText: "return sum" }).getByRole("link");
      expect(await quoted.getAttribute("href")).toBe(`${at}/src/checkout/pricing.mjs#L10`);
      expect(await cause.getByRole("link", { name: "pull request #41" }).getAttribute("href")).toMatch(/\/pull\/41$/);
      expect(await card("1 symptom").textContent()).toContain("the same failing call");
      expect(await card("Repairs are paused").textContent()).toContain("ada paused them");
      const said = card("What was said of the pull request");
      expect(await said.textContent()).toMatch(
        /Round 1 of at most 5.*a round has it.*Please <b>name<\/b> the discount\./s,
      );
      const evidence = card("Evidence");
      expect(await evidence.locator("details[open]").count()).toBe(0);
      for (const [title, text] of [
        ["Other changes there", "Round totals to cents"],
        ["When it began", "deployment dpl_9 of 4f1d2c3"],
        ["Last steps before the error", "GET /coupons/none 404"],
        ["Who is affected", "Firefox 140 88 %"],
        ["Open issues and pull requests", "Totals are odd"],
        ["More of the model’s reading", "a cart without a coupon has a total"],
        ["Similar incidents before", "Alike: 4 names of the stack"],
        ["What is not known", "which devices: sentry answered 403"],
        ["What Sentry’s Seer thinks", "total() reads it all the same"],
      ] as const) {
        const fold = evidence.locator("details", { has: page.locator("summary", { hasText: title }) });
        await fold.locator("summary").click();
        await fold.getByText(text).waitFor();
      }
      const size = await page.evaluate(() => {
        for (const one of document.querySelectorAll("details")) one.open = true;
        return { content: document.documentElement.scrollWidth, view: window.innerWidth };
      });
      expect(size.content).toBeLessThanOrEqual(size.view);
    },
  );

  it("without a model and without an investigation the page says so or leaves the card out", async () => {
    const page = await open("/incidents/inc_recovered01", { width: 1200 });
    await page.getByText("No model was asked: what follows was found by rules.").waitFor();
    await page.getByRole("region", { name: "Is production better?" }).getByText("10.2").waitFor();
    await page.goto(`${base}/incidents/inc_escalated1`);
    expect(await page.getByRole("heading", { name: "Likely cause" }).count()).toBe(0);
    await page.goto(`${base}/incidents/inc_symptom0001`);
    await page.getByRole("heading", { name: "A symptom: worked on where its cause is" }).waitFor();
  });

  it("a request's page tells its plan and what is asked of people, and nothing of a failure", async () => {
    const page = await open("/incidents/inc_planned0001", { width: 375 });
    const plan = page.getByRole("region", { name: "The plan" });
    for (const text of [
      "Orders can be cancelled",
      "Is the payment given back?",
      "an order of 59 minutes",
      "src/orders.mjs",
    ])
      expect(await plan.textContent()).toContain(text);
    expect(await page.getByRole("heading", { name: "What failed" }).count()).toBe(0);
  });

  it("a pause and the storm breaker are seen from the start page, and ended there or on the incident's page", async () => {
    const page = await open("/", { width: 375 });
    const hero = page.locator("#live-hero");
    for (const text of ["Storm breaker open", "1 incident paused", "1 dead letter"])
      await hero.getByText(text).waitFor();
    const breaker = page.getByRole("region", { name: "Storm breaker is open" });
    expect(await breaker.textContent()).toContain("1 incident waits for its repair");
    await breaker.getByRole("button", { name: "Close it now" }).click();
    await breaker.waitFor({ state: "detached" });
    await page.getByRole("region", { name: "Paused" }).getByRole("link").click();
    await page.getByRole("button", { name: "Resume repairs" }).click();
    await page.getByRole("region", { name: "Repairs are paused" }).waitFor({ state: "detached" });
  });

  it("everything is readable and works without the script", async () => {
    const page = await open("/incidents/inc_recovered01", { width: 1280, scripts: false });
    await page.getByText("Recovered: 0 events since the repair, where 10.2 were expected").waitFor();
    expect(await page.locator("time[data-ago]").first().textContent()).toMatch(/\d+ (s|min|h|d) ago/);
    await page.goto(`${base}/`);
    await page.getByRole("button", { name: "Crash the checkout" }).click();
    await page.getByText("Production is being broken").waitFor();
  });
});
