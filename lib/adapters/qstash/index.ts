import { Client, Receiver, SignatureError } from "@upstash/qstash";
import type { Broker } from "../../jobs/ports.ts";
import { AppError, messageOf } from "../../kernel/errors.ts";

export interface QStashConfig {
  /** The region's address, or null for the SDK's own. */
  url: string | null;
  token: string;
  currentSigningKey: string;
  nextSigningKey: string;
  /** Where we are reached: the destination of every message, and what its signature has to be for. */
  publicUrl: string;
}

export interface QStash {
  broker: Broker;
  isFromBroker(input: { signature: string | null; body: string; path: string }): Promise<boolean>;
  /** Creates or replaces a schedule that calls one of our cron paths; `id` is what makes a repeat replace it. */
  ensureSchedule(input: { id: string; path: string; cron: string; cronSecret: string }): Promise<void>;
}

/** Retries by the broker; what is still undone after them, the sweeper publishes again. Three are on every plan. */
const RETRIES = 3;

/** QStash by its own SDK. `devMode` is refused by name: it would swap our keys and address for public ones. */
export function createQStash(config: QStashConfig): QStash {
  const client = new Client({
    token: config.token,
    ...(config.url !== null && { baseUrl: config.url }),
    enableTelemetry: false,
    devMode: false,
    retry: { retries: 2, backoff: (count) => 250 * 2 ** count },
  });
  const receiver = new Receiver({
    currentSigningKey: config.currentSigningKey,
    nextSigningKey: config.nextSigningKey,
    devMode: false,
  });
  return {
    broker: {
      async publish({ jobId, name, runAt, dedupeId }) {
        try {
          const answer = await client.publishJSON({
            url: `${config.publicUrl}/api/jobs/${name}`,
            body: { jobId },
            deduplicationId: dedupeId,
            notBefore: Math.ceil(runAt.getTime() / 1_000),
            retries: RETRIES,
          });
          return answer.messageId;
        } catch (cause) {
          throw new AppError("broker_failed", `QStash did not take job ${jobId}: ${messageOf(cause)}`, {
            retry: "later",
            cause,
          });
        }
      },
    },
    async isFromBroker({ signature, body, path }) {
      if (signature === null) return false;
      try {
        return await receiver.verify({ signature, body, url: `${config.publicUrl}${path}` });
      } catch (error) {
        if (error instanceof SignatureError) return false;
        throw error;
      }
    },
    async ensureSchedule({ id, path, cron, cronSecret }) {
      await client.schedules.create({
        scheduleId: id,
        destination: `${config.publicUrl}${path}`,
        cron,
        method: "GET",
        headers: { "Upstash-Forward-Authorization": `Bearer ${cronSecret}` },
      });
    },
  };
}
