import net from "node:net";

export interface LoadResult {
  perSecond: number;
  p99Ms: number;
  /** How many answers had another status than 202. */
  refused: number;
}

const HEAD_END = Buffer.from("\r\n\r\n");

/** The status of the answer that stands at the beginning of `bytes`, and its length, or null while it is not whole. */
function readAnswer(bytes: Buffer): { status: number; length: number } | null {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0) return null;
  const head = bytes.toString("latin1", 0, headEnd);
  const bodyLength = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
  if (Number.isNaN(bodyLength)) throw new Error(`load: an answer without Content-Length: ${head}`);
  const length = headEnd + HEAD_END.length + bodyLength;
  return bytes.length < length ? null : { status: Number(head.slice(9, 12)), length };
}

/**
 * Sends whole HTTP requests over `inFlight` kept connections, one at a time on each, until all are answered. Plain sockets:
 * the machine's few cores are for the server that is measured.
 */
export async function runLoad(port: number, requests: readonly Buffer[], inFlight: number): Promise<LoadResult> {
  const durations: number[] = [];
  let next = 0;
  let refused = 0;
  const startedMs = performance.now();
  const runConnection = () =>
    new Promise<void>((resolve, reject) => {
      const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
      let received = Buffer.alloc(0);
      let sentMs = 0;
      const sendNext = () => {
        const request = requests[next];
        next += 1;
        if (request === undefined) {
          socket.end();
          return resolve();
        }
        sentMs = performance.now();
        socket.write(request);
      };
      socket.on("connect", sendNext);
      socket.on("error", reject);
      socket.on("data", (chunk) => {
        received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
        const answer = readAnswer(received);
        if (answer === null) return;
        received = received.subarray(answer.length);
        durations.push(performance.now() - sentMs);
        if (answer.status !== 202) refused += 1;
        sendNext();
      });
    });
  await Promise.all(Array.from({ length: inFlight }, runConnection));
  const seconds = (performance.now() - startedMs) / 1_000;
  durations.sort((a, b) => a - b);
  return { perSecond: requests.length / seconds, p99Ms: durations[Math.floor(durations.length * 0.99)] ?? 0, refused };
}
