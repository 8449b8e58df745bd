import type { Config } from "../config/read-config.ts";

/** What signs approvals: the key of our other signatures; null where there is none. */
export const approvalKeyOf = ({ encryptionKey, github }: Config): string | null =>
  encryptionKey ?? github?.webhookSecret ?? null;
