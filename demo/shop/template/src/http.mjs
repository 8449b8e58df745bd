/** An error that the client is told about. */
export class HttpError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export function json(status, value) {
  return { status, type: "application/json; charset=utf-8", body: JSON.stringify(value) };
}

export function html(body) {
  return { status: 200, type: "text/html; charset=utf-8", body };
}

const BODY_LIMIT = 100_000;

/** The JSON object in a request's body; anything else is the client's fault. */
export async function readJson(request) {
  let text = "";
  request.setEncoding("utf8");
  for await (const chunk of request) {
    text += chunk;
    if (text.length > BODY_LIMIT) throw new HttpError(413, "body too large");
  }
  try {
    const value = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Falls through to the same answer as for JSON of another kind.
  }
  throw new HttpError(400, "expected a JSON object");
}
