/** A pattern of added code with what it asks for. `where` keeps it to the product's code, to tests, or to both. */
export interface CodePattern {
  rule: string;
  effect: "deny" | "require_approval";
  where: "source" | "test" | "code";
  pattern: RegExp;
  detail: string;
  /** Only in files whose path fits. */
  files?: RegExp;
  /** Also in lines that are comments: there it does its work. */
  inComments?: true;
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
    rule: "dynamic-code",
    effect: "require_approval",
    where: "source",
    pattern: /(?<![\w.])(?:exec|compile)\s*\((?!\))|importlib\.import_module\s*\(\s*(?!["'])\w/,
    files: /\.pyi?$/i,
    detail: "text is run as code",
  },
  {
    rule: "dynamic-code",
    effect: "require_approval",
    where: "code",
    pattern:
      /\bset(?:Timeout|Interval)\s*\(\s*['"`]|\b(?:globalThis|window|global)\b(?:\s+as\s+\w+\s*\))?\s*\[\s*[a-z_$][\w$]*\s*\]\s*\(/i,
    detail: "text is run as code",
  },
  {
    rule: "process",
    effect: "require_approval",
    where: "source",
    pattern:
      /(?<![\w.$>:\\])(?<!\b(?:function|def|func|fun|fn|void|async|static)\s+)(?:exec|system|popen|passthru|shell_exec|execFile|spawn)\s*\(|\bshell\s*[:=]\s*[tT]rue\b|:os\.cmd|\bSystem\.cmd\b|\bNSTask\b/,
    files: /\.(?!pyi?$)\w+$/i,
    detail: "a repair starts another program",
  },
  {
    rule: "process",
    effect: "require_approval",
    where: "source",
    pattern: /\bshell\s*=\s*True\b/,
    files: /\.pyi?$/i,
    detail: "a repair starts another program",
  },
  {
    rule: "process",
    effect: "require_approval",
    where: "source",
    pattern: /`[^`]+`|\bIO\.popen|\bOpen3\./,
    files: /\.(?:rb|pl)$/i,
    detail: "a repair starts another program",
  },
  {
    rule: "process",
    effect: "require_approval",
    where: "source",
    pattern: /\bProcess\s*\(\s*\)|\bProcess\.(?:run|start)\b/,
    files: /\.(?:swift|dart)$/i,
    detail: "a repair starts another program",
  },
  {
    rule: "unsafe-code",
    effect: "require_approval",
    where: "source",
    pattern:
      /\bunsafe\s*(?:\{|fn\b|impl\b)|"unsafe"|\bunsafe\.Pointer\b|\bctypes\b|\bdlopen\b|\bSystem\.load(?:Library)?\s*\(|\bUnsafe\w*Pointer\b|sun\.misc\.Unsafe/,
    detail: "the language's own safety is left, or a native library loaded",
  },
  {
    rule: "destructive",
    effect: "require_approval",
    where: "source",
    pattern:
      /\brm\s+-\w*[rf]|\b(?:rm|rmSync|rmdir|rmdirSync)\s*\([^\n]*recursive|\brimraf\b|shutil\.rmtree|os\.RemoveAll|FileUtils\.rm_rf|remove_dir_all|deleteRecursively\s*\(|\bDROP\s+(?:TABLE|DATABASE|SCHEMA)\b|\bTRUNCATE\s+TABLE\b|\bDELETE\s+FROM\s+[\w.]+\s*(?:[;"'`)]|$)|\bflush(?:all|db)\b|deleteMany\s*\(\s*(?:\{\s*\})?\s*\)|\.objects\.all\(\)\.delete\(|\bdelete_all\b/i,
    detail: "files or data are wiped",
  },
  {
    rule: "time-bomb",
    effect: "require_approval",
    where: "source",
    pattern:
      /(?:Date\.now\(\)|new Date\(\)|\btime\(\)|datetime\.now\([^)]*\)|currentTimeMillis\(\)|time\.Now\(\)(?:\.Unix\w*\(\))?|Time\.now)[^\n]{0,40}[<>]=?\s*(?:\d{9,}|new Date\(\s*["'\d]|datetime\(\s*\d|Date\.parse\()/,
    detail: "the code behaves otherwise from a fixed day on",
  },
  {
    rule: "test-detection",
    effect: "require_approval",
    where: "source",
    pattern:
      /(?:NODE_ENV|RAILS_ENV|APP_ENV|RACK_ENV)\b['"\])]*\s*[!=]={1,2}\s*['"]test|process\.env\.(?:VITEST|JEST_WORKER_ID|CI)\b|PYTEST_CURRENT_TEST|['"](?:pytest|unittest)['"]\s+(?:not\s+)?in\s+sys\.modules|\btesting\.Testing\(\)|Rails\.env\.test\?|runningUnitTests\(\)|NSClassFromString\(\s*"XCT|XCTestConfigurationFilePath|import\.meta\.vitest|\bcfg!\(test\)|\btypeof\s+(?:jest|vi|describe|it)\b/,
    detail: "the code behaves otherwise while it is tested",
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
      /\b(?:webhook\.site|requestbin\.\w+|pipedream\.net|ngrok(?:-free)?\.(?:io|app|dev)|pastebin\.com|transfer\.sh|burpcollaborator\.net|oast(?:ify)?\.\w+|interact\.sh|interactsh\.com|hookbin\.com|beeceptor\.com|discord(?:app)?\.com\/api\/webhooks|api\.telegram\.org\/bot|requestcatcher\.com|trycloudflare\.com)|\bstratum\+tcp:/i,
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
    rule: "instructions",
    effect: "require_approval",
    where: "code",
    inComments: true,
    pattern:
      /(?:ignore|disregard|forget)\s+(?:all\s+|any\s+)?(?:the\s+)?(?:previous|prior|above|earlier)\s+(?:instructions?|prompts?|rules)|you are now (?:a|an|in)\b|(?:approve|merge) this (?:pull request|pr|patch|change) (?:immediately|without)/i,
    detail: "text that tries to instruct a reviewing model",
  },
  {
    rule: "suppression",
    effect: "require_approval",
    where: "source",
    pattern: /\bas\s+(?:any|never)\b(?=\s*(?:[)\],;.}>=]|$))|\bas\s+unknown\s+as\b|[\w)\]]!(?:\.|\[|\()|[\w)\]]!!/,
    files: /\.(?:[cm]?tsx?|vue|svelte|kts?|swift)$/i,
    detail: "the type checker is told to look away, where the value may be missing",
  },
  {
    rule: "suppression",
    effect: "require_approval",
    where: "code",
    inComments: true,
    pattern:
      /eslint-disable|tslint:disable|@ts-(?:ignore|nocheck|expect-error)|(?:istanbul|c8|v8) ignore|biome-ignore|oxlint-disable|#\s*noqa|#\s*type:\s*ignore|#\s*pyright:\s*ignore|pylint:\s*disable|#\s*nosec|NOSONAR|pragma:\s*no cover|#!?\[allow\(|@SuppressWarnings|@Suppress\(|rubocop:disable|:nocov:|\/\/\s*nolint|phpcs:ignore|@phpstan-ignore|@psalm-suppress|@codeCoverageIgnore|swiftlint:disable|#pragma warning disable|\[ExcludeFromCodeCoverage|checkstyle:off|deno-lint-ignore|@Generated\b/,
    detail: "a finding of a linter, a type checker or coverage is silenced instead of mended",
  },
];
