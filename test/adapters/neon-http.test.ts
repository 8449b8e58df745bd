import { neonConfig } from "@neondatabase/serverless";
import { afterAll, beforeAll, expect, it } from "vitest";
import { postgresCode, type RawQuery } from "../../lib/db/database.ts";
import { openNeon } from "../../lib/db/open-neon.ts";
import { neonHttpAddress, openNeonHttp } from "../../lib/db/open-neon-http.ts";
import { AppError } from "../../lib/kernel/errors.ts";
import { type LocalNeon, startNeonLocal, useLocalNeon } from "../support/neon-local.ts";
import { startPostgres, type TestPostgres } from "../support/postgres.ts";

const driversAddress = neonConfig.fetchEndpoint;
let postgres: TestPostgres;
let neon: LocalNeon;
let query: RawQuery;

beforeAll(async () => {
  postgres = await startPostgres();
  neon = await startNeonLocal(await postgres.createDatabase());
  useLocalNeon(neon);
  query = openNeonHttp(neon.url, `http://127.0.0.1:${neon.port}/sql`);
});
afterAll(async () => {
  await neon?.stop();
  await postgres?.stop();
});

it.each([
  "postgres://u:p@ep-cool-rain-123456.eu-central-1.aws.neon.tech/neondb?sslmode=require",
  "postgresql://u:p@ep-cool-rain-123456-pooler.us-east-2.aws.neon.tech/neondb",
])("asks the address that Neon's own driver asks: %s", (url) => {
  if (typeof driversAddress !== "function") throw new Error("the driver's address is no function any more");
  expect(neonHttpAddress(url)).toBe(driversAddress(new URL(url).hostname, "", {}));
});

it("answers the rows that Neon's own driver answers, in one request", async () => {
  const before = neon.counts.requests;
  const statement = "select $1::text as name, n::text as n, null as nothing from generate_series(1, 2) n";
  const rows = await query(statement, ["„x“ 😀 \\ '"]);
  expect(neon.counts.requests).toBe(before + 1);
  expect(rows).toEqual(await openNeon(neon.url).query(statement, ["„x“ 😀 \\ '"]));
  expect(rows).toEqual(["1", "2"].map((n) => ({ name: "„x“ 😀 \\ '", n, nothing: null })));
});

it("takes texts and nulls, and refuses any other parameter before it asks", async () => {
  expect(await query("select $1::text is null as missing", [null])).toHaveLength(1);
  const before = neon.counts.requests;
  await expect(query("select $1::text", [{ an: "object" }])).rejects.toThrow();
  expect(neon.counts.requests).toBe(before);
});

it("a refused statement keeps its SQLSTATE", async () => {
  const error: unknown = await query("select 1/0", []).catch((thrown: unknown) => thrown);
  expect(postgresCode(error)).toBe("22012");
});

it("a database that is away is unavailable, and worth another try", async () => {
  const nobody = openNeonHttp(neon.url, "http://127.0.0.1:1/sql");
  const error: unknown = await nobody("select 1", []).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AppError);
  expect(error).toMatchObject({ code: "database_unavailable", retry: { afterMs: 5_000 } });
  expect(postgresCode(error)).toBe(null);
});
