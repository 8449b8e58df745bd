import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type {
  AccountRecord,
  AppRecord,
  CheckRunRecord,
  CheckSuiteRecord,
  CommentRecord,
  DeliveryRecord,
  IssueRecord,
  LabelRecord,
  PullRecord,
  RepoRecord,
  ReviewCommentRecord,
  ReviewRecord,
  SignedCommitRecord,
  StatusRecord,
  TokenRecord,
} from "./records.ts";

interface Table<T> {
  get(key: string | number): T | undefined;
  put(key: string | number, value: T): T;
  delete(key: string | number): void;
  all(): T[];
  where(test: (value: T) => boolean): T[];
}

export interface Store {
  accounts: Table<AccountRecord>;
  app: Table<AppRecord>;
  checkRuns: Table<CheckRunRecord>;
  checkSuites: Table<CheckSuiteRecord>;
  comments: Table<CommentRecord>;
  deliveries: Table<DeliveryRecord>;
  issues: Table<IssueRecord>;
  labels: Table<LabelRecord>;
  pulls: Table<PullRecord>;
  repos: Table<RepoRecord>;
  reviewComments: Table<ReviewCommentRecord>;
  reviews: Table<ReviewRecord>;
  signedCommits: Table<SignedCommitRecord>;
  statuses: Table<StatusRecord>;
  tokens: Table<TokenRecord>;
  /** A fresh number, never given twice, restarts included. */
  nextId(): number;
  close(): void;
}

type Line = [table: string, key: string, value: unknown];

/** Reads the log; a line cut short by a crash can only be the last and is dropped. */
function readLog(file: string): Map<string, Map<string, unknown>> {
  const tables = new Map<string, Map<string, unknown>>();
  if (!existsSync(file)) return tables;
  for (const text of readFileSync(file, "utf8").split("\n")) {
    if (text === "") continue;
    let line: Line;
    try {
      line = JSON.parse(text);
    } catch {
      break;
    }
    const [table, key, value] = line;
    const rows = tables.get(table) ?? new Map<string, unknown>();
    tables.set(table, rows);
    if (value === null) rows.delete(key);
    else rows.set(key, value);
  }
  return tables;
}

function compact(file: string, tables: Map<string, Map<string, unknown>>): void {
  const lines: string[] = [];
  for (const [table, rows] of tables)
    for (const [key, value] of rows) lines.push(`${JSON.stringify([table, key, value])}\n`);
  writeFileSync(`${file}.next`, lines.join(""));
  renameSync(`${file}.next`, file);
}

/** Appends lines to the log; all of one synchronous stretch of code in one write. */
function openLog(file: string): { append(line: Line): void; close(): void } {
  const handle = openSync(file, "a");
  let pending = "";
  let isOpen = true;
  const flush = () => {
    if (pending === "" || !isOpen) return;
    writeSync(handle, pending);
    pending = "";
  };
  const append = (line: Line) => {
    if (pending === "") queueMicrotask(flush);
    pending += `${JSON.stringify(line)}\n`;
  };
  const close = () => {
    flush();
    isOpen = false;
    closeSync(handle);
  };
  return { append, close };
}

function createTable<T>(name: string, rows: Map<string, T>, append: (line: Line) => void): Table<T> {
  return {
    get: (key) => rows.get(String(key)),
    put: (key, value) => {
      rows.set(String(key), value);
      append([name, String(key), value]);
      return value;
    },
    delete: (key) => {
      if (rows.delete(String(key))) append([name, String(key), null]);
    },
    all: () => [...rows.values()],
    where: (test) => [...rows.values()].filter(test),
  };
}

/**
 * Tables in memory over one append-only log in `dir`. All changes of one synchronous stretch of code reach the file in one
 * write, before anything else happens in the process, so a kill leaves all of them or none.
 */
export function openStore(dir: string): Store {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, "world.jsonl");
  const tables = readLog(file);
  compact(file, tables);
  const log = openLog(file);
  const table = <T>(name: string) => createTable(name, (tables.get(name) ?? new Map()) as Map<string, T>, log.append);
  const counter = table<number>("counter");
  return {
    accounts: table("accounts"),
    app: table("app"),
    checkRuns: table("checkRuns"),
    checkSuites: table("checkSuites"),
    comments: table("comments"),
    deliveries: table("deliveries"),
    issues: table("issues"),
    labels: table("labels"),
    pulls: table("pulls"),
    repos: table("repos"),
    reviewComments: table("reviewComments"),
    reviews: table("reviews"),
    signedCommits: table("signedCommits"),
    statuses: table("statuses"),
    tokens: table("tokens"),
    nextId: () => counter.put("id", (counter.get("id") ?? 1000) + 1),
    close: log.close,
  };
}
