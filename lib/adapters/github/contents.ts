import * as z from "zod";
import { AppError } from "../../kernel/errors.ts";
import { nullWhenMissing } from "../http.ts";
import type { GitHubClient } from "./client.ts";
import { mapLimited } from "./map-limited.ts";

const CONCURRENCY = 4;

const entrySchema = z.union([
  z.array(z.unknown()),
  z.object({ type: z.string(), sha: z.string(), encoding: z.string().optional(), content: z.string().optional() }),
]);
const blobSchema = z.object({ content: z.string(), encoding: z.literal("base64") });

function notText(path: string, why: string): AppError {
  return new AppError("file_not_text", `${path} is ${why}`, { retry: "never", context: { path, why } });
}

function decodeText(path: string, base64: string): string {
  const bytes = Buffer.from(base64, "base64");
  if (bytes.includes(0)) throw notText(path, "binary");
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw notText(path, "not UTF-8");
  }
}

const encodePath = (path: string) => path.split("/").map(encodeURIComponent).join("/");

async function readFile(client: GitHubClient, path: string, sha: string): Promise<string | null> {
  const route = `GET /repos/{owner}/{repo}/contents/${encodePath(path)}`;
  const entry = await nullWhenMissing(client.get(route, { ref: sha }, entrySchema));
  if (entry === null || Array.isArray(entry)) return null;
  if (entry.type !== "file") throw notText(path, `a ${entry.type}`);
  if (entry.encoding === "base64" && entry.content !== undefined) return decodeText(path, entry.content);
  // Over 1 MB the contents come without content (docs.github.com, "Get repository content").
  const blob = await client.get("GET /repos/{owner}/{repo}/git/blobs/{file_sha}", { file_sha: entry.sha }, blobSchema);
  return decodeText(path, blob.content);
}

/** Text of each path at `sha`; null for what is missing or a folder. AppError `file_not_text` for the rest. */
export async function readFiles(
  client: GitHubClient,
  paths: readonly string[],
  sha: string,
): Promise<Map<string, string | null>> {
  const unique = [...new Set(paths)];
  const texts = await mapLimited(unique, CONCURRENCY, (path) => readFile(client, path, sha));
  return new Map(unique.map((path, index) => [path, texts[index] ?? null]));
}
