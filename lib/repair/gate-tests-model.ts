import type { CodePattern } from "./gate-patterns-model.ts";

/** Lines of tests that make them say nothing. */
export const TEST_PATTERNS: readonly CodePattern[] = [
  {
    rule: "test-switched-off",
    effect: "deny",
    where: "test",
    pattern:
      /\b(?:it|test|describe|context|suite|specify)(?:\.(?:concurrent|sequential|serial|parallel|describe|each|for|extend|step))*\.(?:skip|only|todo|skipIf|fails|failing|fixme)\b|(?<![\w.])(?:xit|xtest|xdescribe|xcontext|xspecify|fit|fdescribe|ftest|fcontext)\s*\(|@(?:Ignore|Disabled)\b|\[Ignore\b|\bSkip\s*=\s*"|pytest\.mark\.(?:skip|skipif|xfail)|pytest\.(?:skip|xfail)\s*\(|unittest\.(?:skip|expectedFailure)|raise\s+(?:unittest\.)?SkipTest|self\.skipTest\s*\(|\bt\.(?:Skip|SkipNow|Skipf)\s*\(|markTest(?:Skipped|Incomplete)|XCTSkip|\.disabled\(|#\[ignore|,\s*(?:skip|pending):\s*(?:true|['"])|\b(?:this|t|ctx)\.skip\s*\(|^\s*(?:skip|pending)\b\s*(?:['"(]|$)|\bskip:\s*true\b/,
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
  {
    rule: "test-switched-off",
    effect: "deny",
    where: "test",
    pattern:
      /\[\s*['"`](?:skip|only|todo)['"`]\s*\]|\.runIf\s*\(\s*(?:false|0)\b|\b(?:xit|xdescribe|xcontext|xspecify|fit|fdescribe|fcontext)\s+['"]|\bcollect_ignore|pytest_(?:collection_modifyitems|ignore_collect|runtest_\w+)|@skip(?:If|Unless)?\b|\bassume(?:True|False|That|NoException|NotNull)\s*\(|\bAssum(?:e|ptions)\.|@(?:Disabled|Enabled)(?:If|On)\w*|^\s*#if\s+(?:0|false)\b|filter_run_excluding|#\[cfg\((?:any\(\)|never)/,
    detail: "a test is switched off, or the others are by singling one out",
  },
  {
    rule: "test-switched-off",
    effect: "deny",
    where: "test",
    pattern: /^\s*\/\/\s*(?:go:build|\+build)\b/,
    inComments: true,
    detail: "a build tag decides whether the tests exist",
  },
  {
    rule: "test-cannot-fail",
    effect: "deny",
    where: "test",
    pattern:
      /\bexpect\.assertions\s*\(\s*0\s*\)|\b(?:expect|assert)\w*\b[^\n]*(?:\|\|\s*true\b|\bor True\b)|^\s*assert\s*\([^\n]*,\s*f?(?:"[^"]*"|'[^']*')\s*\)\s*$|^\s*assert\s+f?(?:"[^"]+"|'[^']+'|\d+)\s*$|assertTrue\s*\(\s*["'\d]|assertNotNull\s*\(\s*new\b|\(\s*\(\)\s*(?:->|=>)\s*\{\s*\}\s*\)(?:\.not\.toThrow|\s*;?\s*$)(?<=(?:expect|assert|DoesNotThrow)[^\n]*)|\.each\s*\(\s*\[\s*\]\s*\)|^\s*\[\s*\]\s*\.(?:forEach|map)\s*\(|\bisinstance\s*\([^\n]*,\s*object\s*\)|\b(\w+) is None or \1 is not None|expectNotToPerformAssertions|\bfor\b[^\n]*\b(?:of|in)\s+\[\s*\]\s*[:)]|assert_equal\s*\(?\s*(\d+|nil|true)\s*,\s*\2\s*\)?\s*$|assert_eq!\s*\(\s*(\d+|true)\s*,\s*\3\s*[,)]/,
    detail: "an assertion that is always true",
  },
  {
    rule: "weakened-test",
    effect: "require_approval",
    where: "test",
    pattern:
      /\bretryTimes\s*\(|\b(?:it|test|describe)\b[.(][^\n]*\bretr(?:y|ies)\s*:\s*[1-9]|^\s*\}?\s*,?\s*\{\s*retry\s*:\s*[1-9]|\bthis\.retries\s*\(\s*[1-9]|mark\.flaky|@flaky\b|@Retry\w*|#\[should_panic/,
    detail: "a test is repeated until it passes, or passes when the code breaks",
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
  /^\s*(?:await\s+)?(?:(?:Deno|QUnit|t|tap)\.)?(?:it|test|specify|scenario|fit|xit|xtest)(?:\.\w+)*\s*[(`]|^\s*(?:async\s+)?def\s+test\w*|^\s*@(?:Test|ParameterizedTest|RepeatedTest|Property)\b|^\s*\[(?:Fact|Theory|Test|TestCase|TestMethod|DataTestMethod)\b|^\s*(?:it|specify|test|example|scenario)\s+["'].*\b(?:do|\{)|^func\s+(?:\([^)]*\)\s*)?(?:Test|Fuzz)\w*\s*\(|\bfunction\s+test\w*\s*\(|^\s*#\[(?:\w+::)*(?:test|rstest)\b|\bfunc\s+test\w*\s*\(\s*\)|^\s*"[^"]+"\s*(?:should|in)\b|^\s*(?:should|feature)\s*\(\s*"/;

/** Something that can make a test fail, strictly: counted to see whether assertions went away. */
export const ASSERTION =
  /\bexpect(?:Type\w*)?\s*[({]|\b(?:[aA]ssert|refute)\w*\s*(?:!?\(|\.|\s)|\.should\b|\bshould\s*\(|#(?:expect|require)\b|\bXCT(?:Assert|Fail|Unwrap)\w*|\brequire\.[A-Z]\w+\s*\(|\bpytest\.(?:raises|fail|approx)|\bt\.(?:Error|Fatal|Fail)\w*\s*\(|\bt\.(?:is|not|deepEqual|like|throws|throwsAsync|equal|ok|true|false|same|snapshot)\s*\(|\bis_expected\b|\bmust_(?:equal|be|raise)\w*|\bAssert\.\w+|\bverify\s*\(|\bshouldThrow\b|\bshouldBe\b|\bcy\.(?:get|contains)\b/;

/** The same with helpers of a project's own: enough for a new test not to be called empty. */
export const ASSERTION_LIKE =
  /(?:assert|\b(?:expect|should|verif(?:y|ies)|check(?!out)|ensure|must|refute|raises?|rejects?|throws?|fail|fatal|matche?s?|compare|snapshot|approv)\w*|\bt\.(?:Error|Fatal)f?\b|\bt\.(?:is|not|like|same|equal|deepEqual|true|false|ok)\b|toMatch|XCT[A-Z]|panic!|golden|cmp\.Diff|\brequire\.)/i;

/** Assertions that hold for nearly everything. */
export const WEAK_ASSERTION =
  /toBeDefined|toBeTruthy|toBeGreaterThan|toBeLessThan|toBeInstanceOf|toBeTypeOf|expect\.anything\(|expect\(typeof|\bisinstance\(|assertIsInstance|assertGreater|assertLess|assertTrue\(\s*len|not\.toBe\(|not\.toEqual\(|assertNotEqual|toMatch\(\s*\/\.[*+]\/|\bbe_an?\b|be_present|not_to\s+(?:be_nil|raise)|assert_not_nil|refute_nil|assert\.NotNil|assert\.NoError|isNotNull\(\)|assertDoesNotThrow|toBeCloseTo\([^,)]+,\s*0\s*\)|not\.toBeNull|not\.toBeUndefined|not\.toThrow|expect\.any(?:thing)?\(|assertIsNotNone|assertNotNull|is not None\s*$|NotNil\(|to\.exist|be_truthy|to\.be\.ok/;

/** An assertion that expects the crash itself: the error of a program, not of its rules. */
export const CRASH_ASSERTION =
  /toThrow(?:Error)?\s*\(\s*(?:TypeError|ReferenceError|RangeError)|\braises\s*\(\s*(?:AttributeError|TypeError|KeyError|IndexError|NameError|ZeroDivisionError|Exception)\b|assertRaises\s*\(\s*(?:AttributeError|TypeError|KeyError|IndexError|NameError|ZeroDivisionError|Exception)\b|assertThrows\s*\(\s*(?:NullPointerException|ClassCastException|IndexOutOf\w+|ArithmeticException)|assertFailsWith<\s*(?:NullPointer|ClassCast|IndexOutOf)\w*|raise_error\s*\(?\s*(?:NoMethodError|TypeError|ZeroDivisionError)|expectException\s*\(\s*\\?(?:TypeError|Error|DivisionByZeroError)\b|assert\.Panics/;
