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

const CHROMIUM = "/usr/bin/chromium";
const hasChromium = existsSync(CHROMIUM);
if (!hasChromium) console.warn(`dashboard in a browser: skipped, there is no ${CHROMIUM} (apt-get install chromium)`);

const LONG_TITLE = `UnhandledRejection: /stock/refresh/${"no-break-".repeat(20)}`;

describe.skipIf(!hasChromium)("the dashboard in a real browser", () => {
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
    expect(await page.getByRole("table", { name: "Incidents" }).getByRole("row").count()).toBe(4);
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

  it("everything is readable and works without the script", async () => {
    const page = await open("/incidents/inc_recovered01", { width: 1280, scripts: false });
    await page.getByText("Recovered: 0 events since the repair, where 10.2 were expected").waitFor();
    expect(await page.locator("time[data-ago]").first().textContent()).toMatch(/\d+ (s|min|h|d) ago/);
    await page.goto(`${base}/`);
    await page.getByRole("button", { name: "Crash the checkout" }).click();
    await page.getByText("Production is being broken").waitFor();
  });
});
