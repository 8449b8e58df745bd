import { AppError, messageOf } from "../kernel/errors.ts";
import { OWNER_FILES } from "../kernel/read-owners.ts";
import { TEMPLATE_FILES } from "./compose-template.ts";
import { getHead } from "./get-base.ts";
import type { CodeHost } from "./ports.ts";
import { REPOSITORY_FILES, type RepositoryFile, readRepositoryFile } from "./repository-file-model.ts";

/** What a target repository says about its repairs, at one commit. */
export interface RepositoryRules {
  /** null: it says nothing, or nothing that can be read. */
  file: RepositoryFile | null;
  /** What is wrong with its `.github/patchpilot.yml`, or null. The operator's policy holds then. */
  fault: string | null;
  codeowners: string | null;
  template: string | null;
}

/** Parses one YAML document; throws AppError for what is none. */
export type ParseYaml = (text: string) => unknown;

/**
 * Reads the repository's own rules as its base branch has them now: no patch can change what it is judged by, and a run
 * that began at an older release knows a rule that was made since. Throws AppError `branch_not_found`.
 */
export async function getRules(codeHost: CodeHost, parseYaml: ParseYaml): Promise<RepositoryRules> {
  const { sha } = await getHead(codeHost);
  try {
    const texts = await codeHost.readFiles([...REPOSITORY_FILES, ...OWNER_FILES, ...TEMPLATE_FILES], sha);
    const first = (paths: readonly string[]) =>
      paths.map((path) => texts.get(path) ?? null).find((text) => text !== null) ?? null;
    const codeowners = first(OWNER_FILES);
    return { ...readFile(first(REPOSITORY_FILES), parseYaml), codeowners, template: first(TEMPLATE_FILES) };
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code !== "file_not_text") throw thrown;
    return { file: null, fault: thrown.message, codeowners: null, template: null };
  }
}

function readFile(text: string | null, parseYaml: ParseYaml): Pick<RepositoryRules, "file" | "fault"> {
  if (text === null) return { file: null, fault: null };
  try {
    const read = readRepositoryFile(parseYaml(text));
    return read.ok ? { file: read.file, fault: null } : { file: null, fault: read.reason };
  } catch (error) {
    return { file: null, fault: messageOf(error) };
  }
}
