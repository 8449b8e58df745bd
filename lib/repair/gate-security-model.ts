import type { CodePattern } from "./gate-patterns-model.ts";

const SQL = String.raw`(?:select\b[^"'\`\n]*\bfrom\b|insert\s+into\b|update\s+\w+\s+set\b|delete\s+from\b)`;

/** Guards opened, checks passed by, input that becomes code. */
export const SECURITY_PATTERNS: readonly CodePattern[] = [
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
      /(?<!typeof\s+[\w.]*)(?:(?:password|passwd|passphrase)\w*\s*(?:={2,3}|\.equals\s*\()\s*['"`][^'"`\s]{4,}|(?:secret|token|api_?key)\w*\s*(?:={2,3}|\.equals\s*\()\s*['"`](?=[^'"`]*[\d-])[^'"`\s]{6,}|(?:user_?name|login|email)\w*\s*(?:={2,3}|\.equals\s*\()\s*['"`][^'"`\s]{4,})['"`]/i,
    detail: "a credential or an account is compared with a fixed text",
  },
  {
    rule: "security-weakened",
    effect: "deny",
    where: "source",
    pattern:
      /NoopHostnameVerifier|ALLOW_ALL_HOSTNAME|AllowAllHostname|[hH]ostnameVerifier\b[^\n]*->\s*true|checkServerTrusted\s*\([^)]*\)\s*(?:throws\s+\w+\s*)?\{\s*\}|trustAllCerts|danger_accept_invalid_(?:certs|hostnames)\s*\(\s*true|SslVerifyMode::NONE|['"]verify(?:_peer(?:_name)?)?['"]\s*=>\s*false|check_hostname\s*=\s*False|\bCERT_NONE\b|verify_?ssl['"]?\s*[:=]\s*(?:False|false)|strictSSL['"]?\s*[:=]\s*false|URLCredential\s*\(\s*trust|NSAllowsArbitraryLoads|withoutVerifying\s*\(|StrictHostKeyChecking[= ]no|AutoAddPolicy|ignoreExpiration\s*:\s*true|['"]verify_(?:signature|exp|aud)['"]\s*:\s*False|setHostKeyVerification\s*\(\s*false|InsecureIgnoreHostKey|\bcurl\b[^\n]*\s(?:-k\b|--insecure)/,
    detail: "the check of who is on the other side is switched off",
  },
  {
    rule: "security-weakened",
    effect: "require_approval",
    where: "source",
    pattern:
      /\borigins?['"]?\s*[:=]\s*(?:\[\s*)?(?:['"]\*['"]|true\b)|AllowAllOrigins|allow_origins?\s*=\s*\[?\s*["']\*|setAllowedOrigins?\s*\([^\n]*"\*"|CORS_(?:ORIGIN_ALLOW_ALL|ALLOW_ALL_ORIGINS)\s*=\s*True|http_?only['"]?\s*[:=]\s*false|setHttpOnly\s*\(\s*false|(?:SESSION|CSRF)_COOKIE_(?:SECURE|HTTPONLY)\s*=\s*False|same_?site['"]?\s*[:=]\s*['"]none|^\s*DEBUG\s*=\s*True\b|ALLOWED_HOSTS\s*=\s*\[\s*["']\*|csrf\w*['"]?\s*[:=]\s*false|csrf\(\)\.disable|csrf\s*\{\s*(?:it\.)?disable|contentSecurityPolicy\s*:\s*false|\bsecure['"]?\s*:\s*false|\bssl['"]?\s*[:=]\s*false\b|sslmode=disable|urllib3\.disable_warnings|(?:authentication|permission)_classes\s*=\s*\[\s*(?:AllowAny\s*)?\]|\bAllowAny\b|skip_(?:authorization|authentication)|\bif\s+(?:true|True)\s*[:{]|\bif\s*\(\s*(?:1|!0|!!1)\s*\)|\bor\s+true\b/i,
    detail: "a guard is opened or passed by",
  },
  {
    rule: "back-door",
    effect: "require_approval",
    where: "source",
    pattern:
      /\bif\b[^\n]*(?:\b(?:req(?:uest)?|ctx|context|event)\.(?:\w+\.)?(?:headers?|query|cookies?|args|params|GET|META)\b|\$_(?:GET|COOKIE|REQUEST|SERVER)|\.Header\.Get|getHeader\(|\bheaders\()[^\n]*(?:return\s+(?:true|next\(\)|user|admin)|\bnext\(\)|is_?admin\s*=\s*true)|\b\w*(?:back_?door|bypass_?(?:auth|login|check|token|security|permission)|skip_?(?:auth|login|verification)|master_?(?:password|key|token|secret)|god_?mode|debug_?(?:token|password))\w*|['"]x-(?:debug|admin|bypass|backdoor|override)\b/i,
    detail: "a way around a check",
  },
  {
    rule: "injection",
    effect: "require_approval",
    where: "source",
    pattern: new RegExp(
      String.raw`(?<![\w)\]])\`\s*${SQL}[^\`]*\$\{(?!(?-i:[A-Z_]+)\})|"\s*${SQL}[^"]*"\s*(?:\+|\.(?!\w+\())\s*\$?[a-z_]|'\s*${SQL}[^']*'\s*(?:\+|\.(?!\w+\())\s*\$?[a-z_]|\bf["']{1,3}\s*${SQL}[^\n]*\{|["']\s*${SQL}[^\n]*["']\s*(?:%\s*[(\w]|\.format\()|Sprintf\s*\(\s*["\`]\s*${SQL}|format!\s*\(\s*"\s*${SQL}|"\s*${SQL}[^"]*(?:\$\{?[a-z_]|\\\(|#\{)`,
      "i",
    ),
    detail: "a query is put together from values, where parameters belong",
  },
  {
    rule: "injection",
    effect: "require_approval",
    where: "source",
    pattern:
      /\.(?:inner|outer)HTML\s*\+?=(?!=)(?!\s*["'`]{2})|insertAdjacentHTML|document\.write\s*\(|\bv-html\b|\{!!|\|\s*safe\b|<%==|<%=\s*raw\b|\btemplate\.HTML\s*\(|Html\.Raw\b/,
    detail: "text becomes markup without being escaped",
  },
  {
    rule: "weak-crypto",
    effect: "require_approval",
    where: "source",
    pattern:
      /createHash\s*\(\s*['"](?:md5|sha1)\b|hashlib\.(?:md5|sha1)\s*\(|getInstance\s*\(\s*"(?:MD5|SHA-?1|DES|AES\/ECB)|(?<![\w.])(?:md5|sha1)\s*\(|\bmd5\.(?:New|Sum)|Digest::(?:MD5|SHA1)|MD5\.Create|createCipher\s*\(|\bMODE_ECB\b|\b\w*(?:token|secret|password|nonce|salt|session_?id|otp)\w*\s*:?=[^\n=]*(?:Math\.random|\brandom\.(?:random|randint|choice)|mt_rand|\brand\.(?:Int|Read)|new Random\()/i,
    detail: "a cipher, a hash or a source of chance that protects nothing",
  },
];

/** Guards whose removal a person should see. */
export const GUARD =
  /\b(?:authori[sz]e\w*|authenticat\w+|require(?:Auth|User|Login|Role|Permission)\w*|is_?(?:Admin|Authenticated|Authori[sz]ed|Owner)\b|login_required|permission_required|check_?(?:Permission|Access|Auth|Csrf)\w*|verify_?(?:Signature|Token|Csrf|Jwt|Password)\w*|timingSafeEqual|sanitize\w*|escape_?Html|rate_?Limit\w*|csrf_?(?:Protection|Token)|before_action\s+:auth\w+|PreAuthorize)\b|\b(?:RolesAllowed|Secured)\b|\[Authorize|\b(?:401|403)\b|\b(?:forbidden|unauthori[sz]ed)\b|\bjwt\.verify\b|verify(?:Id)?Token|->middleware\s*\(|Depends\s*\(\s*\w*(?:user|auth|admin)|bcrypt\w*\.compare|checkpw|password_verify|check_password|compare_digest|hash_equals|ConstantTimeCompare|\b(?:hasRole|hasAuthority|canAccess|hasPermission)\b|\bvalidate\w*\s*\(|\bhelmet\s*\(|htmlspecialchars|\b\w*auth(?:Middleware|Guard|Check|Filter|Required|Handler)\b|Csrf\w*Middleware|SecurityMiddleware/i;

/** Checks of a secret or a signature: another one in their place is none. */
export const PROOF =
  /bcrypt\w*\.compare|checkpw|password_verify|timingSafeEqual|compare_digest|hash_equals|ConstantTimeCompare|jwt\.verify|verify_?(?:signature|token|csrf|password)/gi;

/** Names that tell that a condition is about who may do what. */
export const ABOUT_ACCESS =
  /user|admin|token|session|role|auth|owner|permission|access|allowed|signature|login|password|verified|guard|policy/i;
