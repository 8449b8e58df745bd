import { describe, expect, it } from "vitest";
import type { Family } from "../../lib/insight/prometheus-model.ts";
import { renderPrometheus } from "../../lib/insight/render-prometheus.ts";
import { readExposition } from "../support/exposition.ts";

const gauge = (samples: { labels: Record<string, string>; value: number }[], help = "Some things"): Family => ({
  name: "patchpilot_things",
  help,
  type: "gauge",
  samples,
});

describe("renderPrometheus", () => {
  it("says what each family is, and ends every line", () => {
    const samples = [{ labels: {}, value: 3 }];
    const jobs: Family = { name: "patchpilot_jobs_total", help: "Some things", type: "counter", samples };
    expect(renderPrometheus([gauge([{ labels: { kind: "a" }, value: 1.5 }]), jobs])).toBe(
      `# HELP patchpilot_things Some things
# TYPE patchpilot_things gauge
patchpilot_things{kind="a"} 1.5
# HELP patchpilot_jobs_total Some things
# TYPE patchpilot_jobs_total counter
patchpilot_jobs_total 3
`,
    );
  });

  it("a histogram's buckets hold all below them, the last one everything, with sum and count", () => {
    const family: Family = {
      name: "patchpilot_seconds",
      help: "How long",
      type: "histogram",
      bounds: [0.5, 10],
      samples: [{ labels: { job: "a.b" }, counts: [2, 0, 1], sum: 90.25 }],
    };
    expect(renderPrometheus([family]).split("\n").slice(2)).toEqual([
      'patchpilot_seconds_bucket{job="a.b",le="0.5"} 2',
      'patchpilot_seconds_bucket{job="a.b",le="10"} 2',
      'patchpilot_seconds_bucket{job="a.b",le="+Inf"} 3',
      'patchpilot_seconds_sum{job="a.b"} 90.25',
      'patchpilot_seconds_count{job="a.b"} 3',
      "",
    ]);
  });

  it("the order in which samples are found does not show", () => {
    const samples = ["b", "a\u0001", "a", "ä", "B"].map((kind, value) => ({ labels: { kind }, value }));
    expect(renderPrometheus([gauge(samples)])).toBe(renderPrometheus([gauge(samples.toReversed())]));
  });

  it.each(['say "hi"', "C:\\new\\", "two\nlines", '\\"', "\\n", "}\n# TYPE x counter", "ümlaut 🙂", ""])(
    "a label of %j comes back as it was, and so does a help text",
    (text) => {
      const { families } = readExposition(
        renderPrometheus([gauge([{ labels: { kind: text, also: "x" }, value: 1 }], text)]),
      );
      expect(families).toEqual([
        {
          name: "patchpilot_things",
          help: text,
          type: "gauge",
          samples: [{ name: "patchpilot_things", labels: { kind: text, also: "x" }, value: 1 }],
        },
      ]);
    },
  );

  it.each([
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "+Inf"],
    [Number.NEGATIVE_INFINITY, "-Inf"],
    [1e21, "1e+21"],
    [0.000_000_1, "1e-7"],
    [-0, "0"],
  ])("the number %s is written %s", (value, text) => {
    expect(renderPrometheus([gauge([{ labels: {}, value }])])).toContain(`\npatchpilot_things ${text}\n`);
  });
});
