import { openPglite } from "../../lib/db/open-pglite.ts";
import { readCases } from "./read-cases.ts";
import { playCase } from "./play-case.ts";
const db = await openPglite(null); await db.migrate();
for (const one of readCases()) {
  if (process.argv[2] && !one.name.includes(process.argv[2])) continue;
  const result = await playCase(db, one);
  console.log(one.name, result.failures.length ? result.failures : "ok", result.quality, result.observed.latencyMs);
  if (process.argv[3]) { const { promptText, logText, ...o } = result.observed; console.log(o, logText.slice(-3000)); if (process.argv[3]==="p") console.log(promptText.replaceAll("\\n","\n")); }
}
await db.close();
