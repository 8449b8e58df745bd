import type { WriteKind, WritePermit } from "../../lib/kernel/write.ts";
import { createOutbound } from "../../lib/runtime/outbound.ts";

const open = createOutbound({
  dryRun: false,
  stage: "autofix",
  isStopped: async () => ({ stopped: false, reason: null }),
});

/** Runs `write` with a real permit of this kind, from a choke point that holds nothing. */
export async function withPermit<T>(kind: WriteKind, write: (permit: WritePermit) => Promise<T>): Promise<T> {
  const result = await open.write(kind, write);
  if (result.held) throw new Error(`held: ${result.detail}`);
  return result.value;
}
