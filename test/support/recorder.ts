import type { Fetch } from "../../lib/adapters/http.ts";

export interface RecordedRequest {
  method: string;
  url: URL;
  headers: Headers;
  /** Parsed JSON, or null without a body. */
  body: unknown;
  status: number;
}

/** The platform's fetch, remembering what went through it. */
export function createRecorder(): { requests: RecordedRequest[]; fetch: Fetch } {
  const requests: RecordedRequest[] = [];
  return {
    requests,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const text = await request.clone().text();
      const response = await fetch(request);
      requests.push({
        method: request.method,
        url: new URL(request.url),
        headers: request.headers,
        body: text === "" ? null : JSON.parse(text),
        status: response.status,
      });
      return response;
    },
  };
}
