import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { renderMarkdown } from "../../demo/github/markdown.ts";
import { COMMIT_ON_BRANCH, commitInput, REPO, startWorld, type TestWorld } from "./github-world.ts";

describe("Markdown of strangers", () => {
  test("the usual body reads as a person expects", () => {
    const html = renderMarkdown(
      "## Cause\n\nA **null** `cart` in [line](https://example.com/a_b_c).\n\n| a | b |\n|---|---|\n| 1 | `x\\|y` |\n\n- one\n- [x] two\n  - deeper\n\n```ts\nif (a < b) {}\n```\n<details><summary>Log</summary>\n\ntail\n\n</details>\n<!-- hidden -->",
    );
    expect(html).toContain("<h3>Cause</h3>");
    expect(html).toContain("<strong>null</strong> <code>cart</code>");
    expect(html).toContain('<a href="https://example.com/a_b_c" rel="nofollow noreferrer">line</a>');
    expect(html).toContain("<td>1</td><td><code>x|y</code></td>");
    expect(html).toMatch(
      /<ul><li>one<\/li><li><input type="checkbox" disabled checked[^>]*> two<ul><li>deeper<\/li><\/ul><\/li><\/ul>/,
    );
    expect(html).toContain("if (a &lt; b) {}");
    expect(html).toMatch(/<details><summary>Log<\/summary><div>[\s\S]*tail[\s\S]*<\/div><\/details>/);
    expect(html).not.toContain("hidden");
  });

  test.each([
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    '<img src=x onerror="alert(1)">',
    '[x](https://a"onmouseover="alert(1))',
    "<details ontoggle=alert(1)>",
    "<summary><img src=x onerror=alert(1)></summary>",
    "```\n</code></pre><script>alert(1)</script>\n```",
    "`<b>` **<i>** | <u> |\n|---|\n| <s> |",
  ])("%j does nothing but show", (text) => {
    const html = renderMarkdown(text);
    expect(html).not.toMatch(/<(script|img|b|i|u|s)\b/);
    expect(html).not.toMatch(/<[^>]*\son\w+=/);
    expect(html).not.toMatch(/href="(?!https?:|\/|#)/);
  });

  test("whatever is written, only known tags come out, and details are closed", () => {
    const piece = fc.constantFrom(
      "<details>",
      "</details>",
      "<summary>s</summary>",
      "<script>",
      "[a](http://b)",
      "**",
      "`",
      "```\n",
      "\n",
      "- ",
      "| a |\n|---|\n",
      "> ",
      '"',
      "<",
      ">",
      "&",
      "text",
      "\ue0000\ue000",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
        const html = renderMarkdown(pieces.join(""));
        const tags = [...html.matchAll(/<\/?([a-z0-9]+)/gi)].map((match) => match[1]);
        const known =
          /^(a|blockquote|br|code|del|details|div|em|h[2-6]|hr|input|li|ol|p|pre|strong|summary|table|tbody|td|th|thead|tr|ul)$/;
        expect(tags.filter((tag) => !known.test(tag ?? ""))).toEqual([]);
        expect(html.split("<details>").length).toBe(html.split("</details>").length);
      }),
    );
  });
});

describe("pages", () => {
  let world: TestWorld;

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.close();
  });

  const get = async (path: string) => {
    const response = await fetch(`${world.github.url}${path}`, { headers: { accept: "text/html" } });
    return {
      status: response.status,
      text: await response.text(),
      csp: response.headers.get("content-security-policy"),
    };
  };

  test("issue, pull request, commit and repository show what happened, escaped, without scripts", async () => {
    const at = { owner: "acme", repo: "shop" };
    const issue = await world.octokit.request("POST /repos/{owner}/{repo}/issues", {
      ...at,
      title: "<script>alert(1)</script>",
      body: "## Why\n<b>x</b>",
    });
    const main = await world.octokit.request("GET /repos/{owner}/{repo}/git/ref/{ref}", { ...at, ref: "heads/main" });
    await world.octokit.request("POST /repos/{owner}/{repo}/git/refs", {
      ...at,
      ref: "refs/heads/fix",
      sha: main.data.object.sha,
    });
    await world.octokit.graphql(
      COMMIT_ON_BRANCH,
      commitInput("fix", main.data.object.sha, { "README.md": "# <Shop>\n" }),
    );
    const pull = await world.octokit.request("POST /repos/{owner}/{repo}/pulls", {
      ...at,
      title: "Fix",
      head: "fix",
      base: "main",
      draft: true,
    });
    await world.octokit.request("POST /repos/{owner}/{repo}/check-runs", {
      ...at,
      name: "patchpilot/gate",
      head_sha: pull.data.head.sha,
      status: "completed",
      conclusion: "success",
      output: { title: "Allowed", summary: "**fine**" },
    });
    const pages = await Promise.all(
      [
        issue.data.html_url,
        pull.data.html_url,
        `${world.github.url}/${REPO}/commit/${pull.data.head.sha}`,
        `${world.github.url}/${REPO}`,
      ].map((url) => get(new URL(url).pathname)),
    );
    for (const page of pages) {
      expect(page.status).toBe(200);
      expect(page.csp).toContain("default-src 'none'");
      expect(page.text).not.toContain("<script");
      expect(page.text).toMatch(/^<!doctype html><html lang="en">/);
    }
    expect(pages[0]?.text).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(pages[1]?.text).toContain('<span class="add">+# &lt;Shop&gt;</span>');
    expect(pages[1]?.text).toContain("patchpilot/gate");
    expect(pages[1]?.text).toContain("draft");
    expect(pages[2]?.text).toContain("Verified");
    const diff = await get(`/${REPO}/pull/${pull.data.number}.diff`);
    expect(diff.text).toContain("diff --git a/README.md b/README.md");
  });

  test("what is not there is a plain 404", async () => {
    expect(await get("/acme/none")).toMatchObject({ status: 404, text: "404 Not Found" });
    expect((await get(`/${REPO}/issues/999`)).status).toBe(404);
    expect((await get(`/${REPO}/commit/zzz`)).status).toBe(404);
  });
});
