import * as z from "zod";
import type { DemoDoor } from "../lib/http/admin-outside.ts";

const demoSchema = z.object({
  scenarios: z.array(z.object({ name: z.string(), title: z.string(), detail: z.string() })),
  links: z.array(z.object({ title: z.string(), url: z.string() })),
});

/** The demo world's own door, by the address that `start` hands to the control plane; null outside the demo. */
export async function demoDoor(url: string | undefined): Promise<DemoDoor | null> {
  if (!url) return null;
  const answer = await fetch(url);
  const demo = demoSchema.parse(await answer.json());
  return {
    ...demo,
    async breakProduction(name) {
      const broken = await fetch(`${url}/break/${encodeURIComponent(name)}`, { method: "POST" });
      if (!broken.ok) throw new Error(`the demo world did not break production: ${await broken.text()}`);
    },
  };
}
