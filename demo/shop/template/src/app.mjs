import { addItem, getCart, newCart } from "./cart/carts.mjs";
import { findProduct, listProducts } from "./catalog/products.mjs";
import { readSearch, searchProducts } from "./catalog/search.mjs";
import { checkout } from "./checkout/checkout.mjs";
import { html, HttpError, json, readJson } from "./http.mjs";
import { homePage } from "./home.mjs";
import { renderOrder } from "./orders/format.mjs";
import { getOrder } from "./orders/orders.mjs";
import { acceptFeed } from "./stock/refresh.mjs";
import { reportError } from "./telemetry.mjs";

const routes = [
  ["GET", /^\/healthz$/, ({ release }) => json(200, { ok: true, release })],
  ["GET", /^\/$/, () => html(homePage(listProducts()))],
  ["GET", /^\/products$/, ({ rawQuery }) => json(200, { products: searchProducts(readSearch(rawQuery)) })],
  ["GET", /^\/products\/([^/]+)$/, ({ params }) => json(200, findProduct(params[0]))],
  ["POST", /^\/carts$/, () => json(201, newCart())],
  ["GET", /^\/carts\/([^/]+)$/, ({ params }) => json(200, getCart(params[0]))],
  ["POST", /^\/carts\/([^/]+)\/items$/, async ({ params, request }) => json(200, addItem(params[0], await readJson(request)))],
  ["POST", /^\/checkout$/, async ({ request }) => json(201, checkout(await readJson(request)))],
  ["GET", /^\/orders\/([^/]+)$/, ({ params }) => json(200, renderOrder(getOrder(params[0])))],
  ["POST", /^\/stock\/feed$/, async ({ request }) => json(202, acceptFeed(await readJson(request)))],
];

/** The shop as a `node:http` request listener. */
export function createApp({ release }) {
  return async function handleRequest(request, response) {
    const [path, rawQuery = ""] = request.url.split("?", 2);
    const route = findRoute(request.method, path);
    try {
      if (!route) throw new HttpError(404, "no such page");
      send(response, await route.handle({ params: route.params, rawQuery, request, release }));
    } catch (error) {
      if (error instanceof HttpError) return send(response, json(error.status, { error: error.message }));
      reportError(error, { route: route?.name, customer: request.headers["x-customer-id"] });
      send(response, json(500, { error: "something went wrong" }));
    }
  };
}

function findRoute(method, path) {
  for (const [routeMethod, pattern, handle] of routes) {
    const match = method === routeMethod ? pattern.exec(path) : null;
    if (match) return { handle, params: match.slice(1), name: `${method} ${nameOf(pattern)}` };
  }
  return null;
}

// "^\/orders\/([^/]+)$" is known as "/orders/:id".
function nameOf(pattern) {
  return pattern.source.replaceAll("\\/", "/").replaceAll("([^/]+)", ":id").replaceAll(/^\^|\$$/g, "");
}

function send(response, { status, type, body }) {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) });
  response.end(body);
}
