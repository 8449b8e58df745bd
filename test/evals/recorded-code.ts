import type { EvalCase } from "../../lib/evals/case-model.ts";
import type { CodeHistory, CodeView, RecentCommit, RepositoryReader } from "../../lib/investigate/ports.ts";
import {
  createMemoryCodeView,
  createMemoryHistory,
  createMemoryReader,
  MemoryRepository,
} from "../support/code-host.ts";

const FIRST_MINUTES_AGO = 60 * 24 * 120;

/** A repository as a case records it: commits with authors, times and the files that each really changed. */
export interface RecordedCode {
  repository: MemoryRepository;
  /** SHAs by the names that the case gives its commits; `first` and `head` are there always. */
  shas: ReadonlyMap<string, string>;
  reader: RepositoryReader;
  history: CodeHistory;
  view: CodeView;
}

interface Told {
  date: string;
  author: string;
  files: string[];
}

export function recordCode({ files, commits }: Pick<EvalCase, "files" | "commits">, now: Date): RecordedCode {
  const repository = new MemoryRepository(files);
  const first = repository.getHead("main").sha;
  const at = (minutesAgo: number) => new Date(now.getTime() - minutesAgo * 60_000).toISOString();
  const told = new Map<string, Told>([
    // Longer ago than any look reaches: who changed which file then is no clue.
    [first, { date: at(FIRST_MINUTES_AGO), author: "ann", files: [] }],
  ]);
  const shas = new Map([["first", first]]);
  for (const commit of commits) {
    const sha = repository.push("main", commit.files, commit.message);
    shas.set(commit.name, sha);
    told.set(sha, { date: at(commit.minutesAgo), author: commit.author, files: Object.keys(commit.files) });
  }
  shas.set("head", repository.getHead("main").sha);
  return { repository, shas, ...portsOf(repository, told) };
}

function portsOf(repository: MemoryRepository, told: ReadonlyMap<string, Told>) {
  const plain = createMemoryReader(repository);
  const history = createMemoryHistory(repository);
  const listRecentCommits = async (sha: string, limit: number): Promise<RecentCommit[]> =>
    (await plain.listRecentCommits(sha, limit)).map((commit) => ({ ...commit, ...told.get(commit.sha) }));
  return {
    reader: { ...plain, listRecentCommits },
    history: {
      ...history,
      async blameLines(sha, places) {
        const lines = await history.blameLines(sha, places);
        return lines.map((line) => ({ ...line, ...pick(told.get(line.sha)) }));
      },
    } satisfies CodeHistory,
    view: {
      ...createMemoryCodeView(repository),
      async listCommitsOf(sha, path, limit) {
        const commits = await listRecentCommits(sha, Number.MAX_SAFE_INTEGER);
        return commits.filter((commit) => path === null || commit.files.includes(path)).slice(0, limit);
      },
    } satisfies CodeView,
  };
}

const pick = (told: Told | undefined) => (told ? { date: told.date, author: told.author } : {});
