import type { Hono } from "hono";
import { readCursor, renderCursor } from "../insight/read-cursor.ts";
import type { AdminEnv } from "./admin-guard.ts";
import { ofCursor, readJson, readPage } from "./admin-input.ts";
import { lessonPatchSchema } from "./admin-openapi.ts";
import type { AdminOutside } from "./admin-outside.ts";
import { noteFields } from "./app.ts";

/** What ended incidents taught: listed, shown, corrected and forgotten by people. */
export function addLessons(api: Hono<AdminEnv>, { memory }: AdminOutside): void {
  api.get("/admin/lessons", async (c) => {
    const { limit, cursor } = readPage(c);
    const { items, nextSeq } = await memory.list({
      limit,
      beforeSeq: cursor === null ? null : ofCursor(readSeq(cursor)),
    });
    return c.json({ items, nextCursor: nextSeq === null ? null : renderCursor([String(nextSeq)]) });
  });
  api.get("/admin/lessons/:id", async (c) => c.json(await memory.get(c.req.param("id"))));
  api.patch("/admin/lessons/:id", async (c) => {
    const id = c.req.param("id");
    const { reason, ...changes } = await readJson(c, lessonPatchSchema);
    noteFields(c, { lesson: id, corrected: Object.keys(changes).join(",") });
    return c.json(await memory.correct(c.get("caller").actorName, id, changes, reason));
  });
  api.delete("/admin/lessons/:id", async (c) => {
    const id = c.req.param("id");
    noteFields(c, { lesson: id, forgotten: true });
    await memory.forget(c.get("caller").actorName, id);
    return c.json({ id, forgotten: true });
  });
}

function readSeq(cursor: string): number | null {
  const [seq] = readCursor(cursor, 1) ?? [];
  return seq !== undefined && /^\d{1,9}$/.test(seq) ? Number(seq) : null;
}
