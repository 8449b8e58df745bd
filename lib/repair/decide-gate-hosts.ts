import { isCommentLine } from "../kernel/read-file-role.ts";
import type { Finding, JudgedFile } from "./gate-model.ts";

/** Calls that reach another machine. */
const NETWORK_CALL =
  /\bfetch\s*\(|\baxios\b|\bgot\s*[(.]|\bhttps?\.(?:get|request|post|Get|Post|NewRequest)\b|XMLHttpRequest|new\s+WebSocket|sendBeacon|EventSource|urlopen|\brequests\.\w+\s*\(|\bhttpx\.|aiohttp|HttpClient|RestTemplate|WebClient|URLSession|Net::HTTP|Faraday|HTTParty|curl_\w+|file_get_contents\s*\(\s*['"]http|reqwest|\bnet\.(?:connect|createConnection|Dial)|dns\.(?:resolve|lookup)|<script[^>]+src|importScripts|\bcurl\b|\bwget\b|\bnew\s+URL\s*\([^\n]*open|openStream|openConnection|OkHttp|\bDial\w*\s*\(|\bSocket\s*\(|Guzzle|HTTPoison|Req\.(?:get|post)/;
/** A URL that is given a name, or handed to something that loads it. */
const ENDPOINT =
  /\b\w*(?:ur[il]s?|host(?:name)?s?|endpoint|base|api|origin|server|webhook|proxy|domain|upstream|gateway|dsn|callback|redirect|cdn|registry|mirror|target|remote|addr(?:ess)?)\w*['"]?\s*(?::=?|=>?|\()|\bimport\s*\(|\bfrom\s+['"]https?:|\bsrc\s*=|\burl\s*\(|\bURI?\s*\(/i;
const CONFIGURATION = /\.(?:json5?|ya?ml|toml|ini|properties|conf|cfg|xml|plist|env\.\w+)$/i;
/** A test that answers by itself whatever it calls. */
const MOCKED =
  /\b(?:nock|msw|HttpResponse|fetchMock|mockFetch|fetch-mock|(?:vi|jest)\.(?:fn|spyOn|mock|stubGlobal)|sinon|responses|requests_mock|httpx_mock|respx|WebMock|stub_request|httptest|MockWebServer|wiremock|MockRestServiceServer|aioresponses|Http::fake)\b/;

const URL_HOST =
  /\b(?:https?|wss?|ftp|tcp|postgres(?:ql)?|redis|mongodb(?:\+srv)?|amqp|smtp):\/\/(?:[^@\s/'"`]*@)?([\w.-]+|\[[0-9a-f:]+\])/gi;
const BARE_HOST =
  /\b\w*(?:host(?:name)?|server|domain|addr(?:ess)?|remote)\w*['"]?\s*[:=]\s*['"`]([\w-]+(?:\.[\w-]+)*\.[a-z]{2,})(?::\d+)?['"`]/gi;
const IP_ADDRESS = /['"`/@](\d{1,3}(?:\.\d{1,3}){3})(?::\d+)?['"`/]/g;

/** `${name}.collector.io`: whatever the name is, it is told to that host. */
const TEMPLATE_HOST = /\}\.((?:[\w-]+\.)*[\w-]+\.[a-z]{2,})(?=[`/:"'])/gi;

/** Names that lead nowhere else, and those that only name a schema. */
const NOBODYS =
  /^(?:localhost|127\.|0\.0\.0\.0|255\.|192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|\[::1?\]|(?:www\.)?w3\.org$|schema\.org$|json-schema\.org$|json\.schemastore\.org$|schemas\.)|(?:^|\.)(?:example(?:\.(?:com|org|net))?|test|invalid|local|localhost)$/;

const matchesOf = (line: string, pattern: RegExp) =>
  [...line.matchAll(pattern)].map((match) => (match[1] ?? "").toLowerCase());
const hostsOf = (line: string) =>
  [URL_HOST, BARE_HOST, IP_ADDRESS, TEMPLATE_HOST].flatMap((pattern) => matchesOf(line, pattern));

/** Where packages come from is judged with the dependencies. */
const LOCKFILE =
  /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|[\w.-]+\.lock|pnpm-lock\.yaml|Package\.resolved)$/i;

/** Machines that the code did not talk to before. */
export function decideHosts(files: JudgedFile[]): Finding[] {
  const known = new Set(
    files.flatMap((file) =>
      file.change.hunks.flatMap((hunk) =>
        hunk.lines.filter((line) => line.op !== "+").flatMap((line) => hostsOf(line.text)),
      ),
    ),
  );
  return files.flatMap((file) =>
    file.role === "docs" || file.role === "test-data" || LOCKFILE.test(file.path) ? [] : judge(file, known),
  );
}

function judge(file: JudgedFile, known: Set<string>): Finding[] {
  const isTest = file.role === "test";
  const isConfiguration = CONFIGURATION.test(file.path);
  const lines = file.added
    .map((line, index) => ({ text: line.slice(0, 4000), at: file.addedAt[index] }))
    .filter(({ text }) => !isCommentLine(file.path, text));
  if (isTest && file.change.hunks.some((hunk) => hunk.lines.some((line) => MOCKED.test(line.text)))) return [];
  const calls = lines.some(({ text }) => NETWORK_CALL.test(text));
  const findings = new Map<string, Finding>();
  for (const { text, at } of lines) {
    const code = text.replace(/(?<!:)\/\/.*$/, "").replace(/\bhref\s*=\s*(?:"[^"]*"|'[^']*')|"\$schema".*/g, "");
    const counts = isTest
      ? NETWORK_CALL.test(code)
      : calls || isConfiguration || ENDPOINT.test(code) || /\d{1,3}(?:\.\d{1,3}){3}/.test(code);
    if (!counts) continue;
    for (const host of hostsOf(code).filter((one) => !known.has(one) && !NOBODYS.test(one))) {
      findings.set(host, ask(file, at, `the code now talks to ${host}`));
    }
    if (
      NETWORK_CALL.test(code) &&
      /https?:\/\/["'`]\s*[+.]/.test(code) &&
      !file.deleted.some((line) => /https?:\/\/["'`]\s*[+.]/.test(line))
    )
      findings.set("", ask(file, at, "the code talks to a host that it puts together at run time"));
  }
  return [...findings.values()].slice(0, 3);
}

function ask(file: JudgedFile, line: number | undefined, detail: string): Finding {
  return { effect: "require_approval", rule: "new-host", path: file.path, ...(line !== undefined && { line }), detail };
}
