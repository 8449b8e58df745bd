import { formatCents } from "./money.mjs";

const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

export function homePage(products) {
  const rows = products.map(
    (product) => `<li><a href="/products/${encodeURIComponent(product.slug)}">${escape(product.name)}</a> ${formatCents(product.cents)}</li>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Pine Shop</title>
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}</style></head>
<body><h1>Pine Shop</h1><p>Things for the outdoors.</p><ul>${rows.join("")}</ul></body></html>`;
}
