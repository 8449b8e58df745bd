/** A pattern of added code with what it asks for. `where` keeps it to the product's code, to tests, or to both. */
export interface CodePattern {
  rule: string;
  effect: "deny" | "require_approval";
  where: "source" | "test" | "code";
  pattern: RegExp;
  detail: string;
}

const DECODERS =
  /atob\s*\(|b64decode|base64_decode|decode64|['"`]base64['"`]|['"`]hex['"`]\s*\)|fromCharCode|unescape\s*\(|decodeURIComponent\s*\(\s*escape|gzinflate|zlib\.|inflate|rot13|marshal|fetch\s*\(|urlopen|requests\.get|https?\.get/;
const EVALUATORS =
  /(?<![\w.$])eval\s*\(|(?:window|globalThis|global|self|this)(?:\.eval|\[\s*['"`]eval)|\(\s*0\s*,\s*eval\s*\)|new\s+Function\s*\(|(?<![\w.$])Function\s*\(\s*['"`\w]|vm\.(?:runIn\w+|Script)|(?<![\w.])exec\s*\(\s*(?:base64|zlib|bytes|compile|marshal|codecs|request|urllib)|__import__\s*\(|instance_eval|class_eval|create_function\s*\(|ScriptEngineManager/;
const SHELL_FETCH =
  /\b(?:curl|wget|iwr|Invoke-WebRequest|certutil)\b[^\n]*(?:\|\s*(?:sudo\s+)?(?:ba|z|da|k)?sh\b|\|\s*(?:python|perl|node|ruby)|-o\s|>\s*\/|\biex\b)|\b(?:bash|sh|nc|ncat)\s+-[ie]\b[^\n]*(?:\/dev\/tcp|\d+\.\d+)|\/dev\/tcp\/|powershell[^\n]*-enc|base64\s+(?:-d|--decode)\b[^\n]*\|/i;

/** Code that has no place in a repair, or only with a person's eyes on it. */
export const CODE_PATTERNS: readonly CodePattern[] = [
  {
    rule: "obfuscation",
    effect: "deny",
    where: "code",
    pattern: new RegExp(
      `(?:${EVALUATORS.source}).*(?:${DECODERS.source})|(?:${DECODERS.source}).*(?:${EVALUATORS.source})`,
    ),
    detail: "decoded or fetched text is run as code",
  },
  {
    rule: "obfuscation",
    effect: "deny",
    where: "code",
    pattern:
      /(?:\\x[0-9a-f]{2}){12,}|(?:\\u00[0-9a-f]{2}){12,}|fromCharCode\s*\((?:\s*(?:0x)?[0-9a-f]+\s*,){6,}|(?:chr\(\d+\)\s*[.+]\s*){5,}/i,
    detail: "text is spelled in codes so that it cannot be read",
  },
  {
    rule: "obfuscation",
    effect: "deny",
    where: "code",
    pattern:
      /(?:require|import)\s*\(\s*(?:['"`][^'"`]*['"`]\s*\+|atob|Buffer\.from|\[)|\[\s*(['"`])\w+\1\s*\+\s*['"`]\w+['"`]\s*\]\s*\(|constructor\s*(?:\.|\[\s*['"`])constructor|process\s*(?:\.binding|\[\s*['"`])|process\.mainModule|getattr\s*\(\s*__builtins__/,
    detail: "a name is put together at run time so that it cannot be searched for",
  },
  {
    rule: "remote-code",
    effect: "deny",
    where: "code",
    pattern: SHELL_FETCH,
    detail: "something is fetched and run, or a shell is opened to the outside",
  },
  {
    rule: "dynamic-code",
    effect: "require_approval",
    where: "code",
    pattern: EVALUATORS,
    detail: "text is run as code",
  },
  {
    rule: "unsafe-deserialization",
    effect: "require_approval",
    where: "source",
    pattern:
      /\bpickle\.loads?\s*\(|\bmarshal\.loads?\s*\(|yaml\.(?:unsafe_load|load\s*\((?!.*Safe))|(?<![\w.>])unserialize\s*\(|ObjectInputStream|Marshal\.load/,
    detail: "objects are made from untrusted bytes",
  },
  {
    rule: "process",
    effect: "require_approval",
    where: "source",
    pattern:
      /child_process|\b(?:execSync|spawnSync|execFileSync)\s*\(|\bos\.(?:system|popen|exec[lv]\w*)\s*\(|\bsubprocess\.\w+|Runtime\.getRuntime\(\)\.exec|\bProcessBuilder\b|\bProcess\.Start\s*\(|\bexec\.Command\s*\(|Command::new\s*\(|\b(?:shell_exec|passthru|proc_open|popen)\s*\(|%x[{[(]|Bun\.spawn|Deno\.(?:run|Command)/,
    detail: "a repair starts another program",
  },
  {
    rule: "environment-dump",
    effect: "deny",
    where: "code",
    pattern:
      /JSON\.stringify\s*\(\s*process\.env\s*[,)]|Object\.(?:entries|values|assign|fromEntries)\s*\((?:\s*\{\s*\}\s*,)?\s*process\.env\s*\)|(?:console\.\w+|print|send|body:|data:|logger\.\w+|log)\s*\(?\s*(?:dict\()?(?:process\.env|os\.environ|ENV\.to_h|System\.getenv\(\))\s*[),}]|json\.dumps\s*\(\s*(?:dict\s*\(\s*)?os\.environ|\/proc\/(?:self|\d+)\/environ|\.\.\.process\.env\s*\}?\s*\)?\s*[,;)]?\s*(?:\/\/.*)?$.*fetch/,
    detail: "the whole environment, secrets and all, is read out",
  },
  {
    rule: "exfiltration",
    effect: "deny",
    where: "code",
    pattern:
      /\b(?:webhook\.site|requestbin\.\w+|pipedream\.net|ngrok(?:-free)?\.(?:io|app|dev)|pastebin\.com|transfer\.sh|burpcollaborator\.net|oast(?:ify)?\.\w+|interact\.sh|interactsh\.com|hookbin\.com|beeceptor\.com|discord(?:app)?\.com\/api\/webhooks|api\.telegram\.org\/bot|requestcatcher\.com|trycloudflare\.com)/i,
    detail: "a host that collects what is sent to it",
  },
  {
    rule: "secret-files",
    effect: "deny",
    where: "code",
    pattern:
      /\.ssh\/(?:id_|authorized_keys)|\.aws\/credentials|\.git-credentials|\.docker\/config\.json|\.kube\/config|\/etc\/shadow|(?:readFile\w*|open|read_text|createReadStream|File\.read|ReadFile)\s*\(\s*[^)]*['"`][^'"`]*(?:\.npmrc|\.netrc|\.pypirc|\.env(?:\.\w+)?)['"`]/,
    detail: "a file that holds secrets is read",
  },
  {
    rule: "secret-files",
    effect: "require_approval",
    where: "source",
    pattern: /\/etc\/passwd|169\.254\.169\.254|metadata\.google\.internal/,
    detail: "the machine's accounts or the cloud's metadata service",
  },
  {
    rule: "security-weakened",
    effect: "deny",
    where: "source",
    pattern:
      /rejectUnauthorized\s*:\s*false|NODE_TLS_REJECT_UNAUTHORIZED|\bverify\s*=\s*False\b|InsecureSkipVerify\s*:\s*true|CURLOPT_SSL_VERIFY(?:PEER|HOST)\s*(?:,|=>)\s*(?:false|0)|VERIFY_NONE|_create_unverified_context|TrustAll|ServerCertificateValidationCallback|algorithms?['"]?\s*[:=]\s*\[?\s*['"]none['"]/,
    detail: "the check of who is on the other side is switched off",
  },
  {
    rule: "security-weakened",
    effect: "require_approval",
    where: "source",
    pattern:
      /@?csrf_exempt|skip_before_action\s+:(?:verify|authenticate)|protect_from_forgery\s+.*null_session|permitAll\s*\(\s*\)|\[AllowAnonymous\]|dangerouslySetInnerHTML|bypassSecurityTrust\w+|mark_safe\s*\(|\bhtml_safe\b|Access-Control-Allow-Origin['"]?\s*[,:]\s*['"]\*|(?:\|\|\s*true|\bif\s*\(\s*true\s*\))|\bor True\b|chmod\w*\s*\(?[^\n]*\b0?o?777\b|disable\w*(?:Auth|Security|Csrf)\w*/i,
    detail: "a guard is opened or passed by",
  },
  {
    rule: "hard-coded-credential",
    effect: "require_approval",
    where: "source",
    pattern:
      /(?:password|passwd|secret|token|api_?key|username|user\.email|role)\w*\s*(?:={2,3}|\.equals\s*\()\s*['"`][^'"`\s]{6,}['"`]/i,
    detail: "a credential or an account is compared with a fixed text",
  },
  {
    rule: "instructions",
    effect: "require_approval",
    where: "code",
    pattern:
      /(?:ignore|disregard|forget)\s+(?:all\s+|any\s+)?(?:the\s+)?(?:previous|prior|above|earlier)\s+(?:instructions?|prompts?|rules)|you are now (?:a|an|in)\b|(?:approve|merge) this (?:pull request|pr|patch|change) (?:immediately|without)/i,
    detail: "text that tries to instruct a reviewing model",
  },
  {
    rule: "suppression",
    effect: "require_approval",
    where: "code",
    pattern:
      /eslint-disable|tslint:disable|@ts-(?:ignore|nocheck|expect-error)|(?:istanbul|c8|v8) ignore|biome-ignore|oxlint-disable|#\s*noqa|#\s*type:\s*ignore|#\s*pyright:\s*ignore|pylint:\s*disable|#\s*nosec|NOSONAR|pragma:\s*no cover|#!?\[allow\(|@SuppressWarnings|@Suppress\(|rubocop:disable|:nocov:|\/\/\s*nolint|phpcs:ignore|@phpstan-ignore|@psalm-suppress|@codeCoverageIgnore|swiftlint:disable|#pragma warning disable|\[ExcludeFromCodeCoverage|checkstyle:off|deno-lint-ignore|@Generated\b/,
    detail: "a finding of a linter, a type checker or coverage is silenced instead of mended",
  },
  {
    rule: "test-switched-off",
    effect: "deny",
    where: "test",
    pattern:
      /\b(?:it|test|describe|context|suite|specify|bench)(?:\.\w+)*\.(?:skip|only|todo|skipIf|fails|failing|fixme)\b|(?<![\w.])(?:xit|xtest|xdescribe|xcontext|xspecify|fit|fdescribe|ftest|fcontext)\s*\(|@(?:Ignore|Disabled)\b|\[Ignore\b|\bSkip\s*=\s*"|pytest\.mark\.(?:skip|skipif|xfail)|pytest\.(?:skip|xfail)\s*\(|unittest\.(?:skip|expectedFailure)|raise\s+(?:unittest\.)?SkipTest|self\.skipTest\s*\(|\bt\.(?:Skip|SkipNow|Skipf)\s*\(|markTest(?:Skipped|Incomplete)|XCTSkip|\.disabled\(|#\[ignore|,\s*(?:skip|pending):\s*(?:true|['"])|\b(?:this|t|ctx)\.skip\s*\(|^\s*(?:skip|pending)\b\s*(?:['"(]|$)|\bskip:\s*true\b/,
    detail: "a test is switched off, or the others are by singling one out",
  },
  {
    rule: "test-switched-off",
    effect: "deny",
    where: "test",
    pattern:
      /^\s*(?:if\s*\(?\s*(?:false|0|False)\b|process\.exit\s*\(\s*0?\s*\)|(?:sys|os)\._?exit\s*\(\s*0?\s*\)|os\.Exit\(0\)|exit\(0\))/,
    detail: "a test that cannot reach its end",
  },
  {
    rule: "test-cannot-fail",
    effect: "deny",
    where: "test",
    pattern:
      /expect\s*\(\s*(true|1|!0|"[^"]*"|'[^']*')\s*\)\s*\.(?:to\.)?(?:toBe|toEqual|toStrictEqual|be\.equal|equal|eql)\s*\(\s*\1\s*\)|expect\s*\(\s*(?:true|1)\s*\)\s*\.(?:toBeTruthy|to\.be\.true|to\.be\.ok|toBeDefined)|expect\s*\(\s*false\s*\)\s*\.toBeFalsy|expect\s*\(\s*(?:true|1)\s*\)\.to\s+(?:be|eq)/,
    detail: "an assertion that is always true",
  },
  {
    rule: "test-cannot-fail",
    effect: "deny",
    where: "test",
    pattern:
      /\bassert(?:\.ok|\.isTrue|\.isOk|True|\.True|That)?\s*\(\s*(?:t,\s*)?(?:true|True|1|!0)\s*[,)]|\bassert!\s*\(\s*true\s*[,)]|^\s*assert\s+(?:True|1|true|not False|1\s*==\s*1)\s*(?:$|[#,:;])|XCTAssert(?:True)?\s*\(\s*true\s*\)|#expect\s*\(\s*(?:Bool\()?true|\bassertFalse\s*\(\s*(?:false|False)\s*\)|Assert\.(?:True|IsTrue|Pass)\s*\(\s*(?:true)?\s*\)|\$this->assertTrue\s*\(\s*true\s*\)|assert_equal\s*\(?\s*(?:true|1)\s*,\s*(?:true|1)\b/,
    detail: "an assertion that is always true",
  },
];

/** A compared value that is compared with itself: expect(x).toBe(x), assertEqual(x, x), assert x == x. */
export const SELF_COMPARISONS: readonly RegExp[] = [
  /expect\s*\(\s*(?<a>[^()]{1,80}(?:\([^()]*\))?)\s*\)\s*\.(?:to\.)?(?:toBe|toEqual|toStrictEqual|equal|eql|deep\.equal)\s*\(\s*(?<b>[^()]{1,80}(?:\([^()]*\))?)\s*\)/,
  /\b[aA]ssert\w*\.?(?:[eE]qual\w*|[sS]ame|[dD]eepEqual|[sS]trictEqual|AreEqual|_eq!|_equal)\s*\(\s*(?:t,\s*)?(?<a>[^(),]{1,80}(?:\([^()]*\))?)\s*,\s*(?<b>[^(),]{1,80}(?:\([^()]*\))?)\s*[,)]/,
  /^\s*assert\s+(?<a>[\w.()'"[\]]{1,80})\s*==\s*(?<b>[\w.()'"[\]]{1,80})\s*$/,
];

/** The first line of one test case, in the languages of read-file-role.ts. */
export const TEST_CASE =
  /^\s*(?:await\s+)?(?:(?:Deno|QUnit|t|tap)\.)?(?:it|test|specify|scenario|fit|xit|xtest)(?:\.\w+)*\s*[(`]|^\s*(?:async\s+)?def\s+test\w*|^\s*@(?:Test|ParameterizedTest|RepeatedTest|Property)\b|^\s*\[(?:Fact|Theory|Test|TestCase|TestMethod|DataTestMethod)\b|^\s*(?:it|specify|test|example|scenario)\s+["'].*\b(?:do|\{)|^func\s+(?:\([^)]*\)\s*)?(?:Test|Fuzz)\w*\s*\(|\bfunction\s+test\w*\s*\(|^\s*#\[(?:\w+::)*(?:test|rstest)\b|\bfunc\s+test\w*\s*\(|^\s*"[^"]+"\s*(?:should|in)\b|^\s*(?:should|feature)\s*\(\s*"/;

/** Something that can make a test fail, strictly: counted to see whether assertions went away. */
export const ASSERTION =
  /\bexpect(?:Type\w*)?\s*[({]|\b(?:[aA]ssert|refute)\w*\s*(?:!?\(|\.|\s)|\.should\b|\bshould\s*\(|#(?:expect|require)\b|\bXCT(?:Assert|Fail|Unwrap)\w*|\brequire\.[A-Z]\w+\s*\(|\bpytest\.(?:raises|fail|approx)|\bt\.(?:Error|Fatal|Fail)\w*\s*\(|\bt\.(?:is|not|deepEqual|like|throws|throwsAsync|equal|ok|true|false|same|snapshot)\s*\(|\bis_expected\b|\bmust_(?:equal|be|raise)\w*|\bAssert\.\w+|\bverify\s*\(|\bshouldThrow\b|\bshouldBe\b|\bcy\.(?:get|contains)\b/;

/** The same with helpers of a project's own: enough for a new test not to be called empty. */
export const ASSERTION_LIKE =
  /(?:assert|\b(?:expect|should|verif(?:y|ies)|check(?!out)|ensure|must|refute|raises?|rejects?|throws?|fail|fatal|matche?s?|compare|snapshot|approv)\w*|\bt\.(?:Error|Fatal|is|not|like|same|equal|deepEqual|true|false|ok)\b|toMatch|XCT[A-Z]|panic!|golden|cmp\.Diff|\brequire\.)/i;

/** Assertions that hold for nearly everything. */
export const WEAK_ASSERTION =
  /toBeDefined|toBeTruthy|not\.toBeNull|not\.toBeUndefined|not\.toThrow|expect\.any(?:thing)?\(|assertIsNotNone|assertNotNull|is not None\s*$|NotNil\(|to\.exist|be_truthy|to\.be\.ok/;

/** Calls that reach another machine. */
export const NETWORK_CALL =
  /\bfetch\s*\(|\baxios\b|\bgot\s*[(.]|\bhttps?\.(?:get|request|Get|Post|NewRequest)\b|XMLHttpRequest|new\s+WebSocket|sendBeacon|EventSource|urlopen|\brequests\.\w+\s*\(|\bhttpx\.|aiohttp|HttpClient|RestTemplate|WebClient|URLSession|Net::HTTP|Faraday|HTTParty|curl_\w+|file_get_contents\s*\(\s*['"]http|reqwest|\bnet\.(?:connect|createConnection|Dial)|dns\.(?:resolve|lookup)|<script[^>]+src|importScripts|\bcurl\b|\bwget\b/;

/** Guards whose removal a person should see. */
export const GUARD =
  /\b(?:authori[sz]e\w*|authenticat\w+|require(?:Auth|User|Login|Role|Permission)\w*|is_?(?:Admin|Authenticated|Authori[sz]ed|Owner)\b|login_required|permission_required|check_?(?:Permission|Access|Auth|Csrf)\w*|verify_?(?:Signature|Token|Csrf|Jwt|Password)\w*|timingSafeEqual|sanitize\w*|escape_?Html|rate_?Limit\w*|csrf_?(?:Protection|Token)|before_action\s+:auth\w+|PreAuthorize)\b/i;
