/**
 * Loads a function's bundle as the platform does, asks it once, and prints how long this process has lived by then.
 * Arguments: the bundle, the request as JSON, and the port that stands for Neon's HTTP address.
 */
const [, , file, requestJson, neonPort] = process.argv;
const realFetch = globalThis.fetch;
globalThis.fetch = (url, init) =>
  String(url).endsWith("/sql") ? realFetch(`http://127.0.0.1:${neonPort}/sql`, init) : realFetch(url, init);

const { default: app } = await import(file);
const answer = await app.fetch(new Request("https://localhost/api/webhooks/sentry", JSON.parse(requestJson)));
const text = await answer.text();
console.log(
  JSON.stringify({ ms: performance.now(), status: answer.status, text, rssBytes: process.memoryUsage().rss }),
);
process.exit(0);
