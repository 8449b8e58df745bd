import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { createApp } from "../src/app.mjs";

const server = createServer(createApp({ release: "test" }));
let base;

before(async () => {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${server.address().port}`;
});
after(() => server.close());

test("the health page tells the release", async () => {
  const answer = await fetch(`${base}/healthz`);
  assert.deepEqual(await answer.json(), { ok: true, release: "test" });
});

test("a customer can buy a mug", async () => {
  const post = (path, body) => fetch(base + path, { method: "POST", body: JSON.stringify(body) });
  const cart = await (await post("/carts", {})).json();
  await post(`/carts/${cart.id}/items`, { sku: "MUG-1", quantity: 1 });
  const order = await post("/checkout", { cartId: cart.id, email: "ada@example.com", coupon: "WELCOME10" });
  assert.equal(order.status, 201);
  assert.equal((await order.json()).totalCents, 1715);
});

test("bad input is told to the client", async () => {
  assert.equal((await fetch(`${base}/nowhere`)).status, 404);
  assert.equal((await fetch(`${base}/checkout`, { method: "POST", body: "[]" })).status, 400);
});
