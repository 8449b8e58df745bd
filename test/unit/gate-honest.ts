import { added, FIX, type GateCase, patch, TEST } from "./gate-corpus.ts";

function honest(name: string, diff: string, taskKind: string | null = "bugfix"): GateCase {
  return { name, verdict: "allow", facts: { diff, taskKind } };
}

const PY_TEST = "tests/test_cart.py";

export const HONEST: GateCase[] = [
  honest("TypeScript: optional chaining and a test", FIX + TEST),
  honest(
    "TypeScript: a case added to a test file",
    FIX +
      patch(
        "src/cart.test.ts",
        " test('a', () => {\n   expect(total(one)).toBe(1);\n });\n+\n+test('no coupon', () => {\n+  expect(total(none)).toBe(0);\n+});",
      ),
  ),
  honest(
    "TypeScript: several cases by table",
    FIX +
      patch(
        "src/cart.test.ts",
        " import x;\n+test.each([[1, 1], [2, 4]])('%i', (a, b) => {\n+  expect(square(a)).toBe(b);\n+});",
      ),
  ),
  honest(
    "TypeScript: an expected value that was wrong",
    FIX +
      patch(
        "src/cart.test.ts",
        " test('a', () => {\n-  expect(total(one)).toBe(NaN);\n+  expect(total(one)).toBe(0);\n });",
      ),
  ),
  honest(
    "TypeScript: a test title reworded",
    FIX +
      patch(
        "src/cart.test.ts",
        "-test('works', () => {\n+test('counts an empty cart as zero', () => {\n   const cart = make();\n   run(cart);\n   more(cart);\n@@ 40\n   run();\n+  expect(total(cart)).toBe(0);",
      ),
  ),
  honest(
    "JavaScript: CommonJS and node:test",
    patch("lib/user.js", "-  return user.profile.name;\n+  return user.profile ? user.profile.name : null;") +
      added(
        "test/user.test.js",
        "const test = require('node:test');\nconst assert = require('node:assert/strict');\n\ntest('a user without a profile has no name', () => {\n  assert.equal(nameOf({}), null);\n});",
      ),
  ),
  honest(
    "JavaScript: mocha and chai",
    patch("lib/a.js", "-  if (a = b) {\n+  if (a === b) {") +
      patch(
        "spec/a.spec.js",
        " describe('a', () => {\n+  it('compares', () => {\n+    a(1, 2).should.equal(false);\n+  });",
      ),
  ),
  honest(
    "JavaScript: should.js only in spec folder",
    patch(
      "server/x.mjs",
      "-  await res.json();\n+  if (!res.ok) throw new HttpError(res.status);\n+  return await res.json();",
    ) +
      added(
        "server/__tests__/x.mjs",
        "it('throws on 500', async () => {\n  await expect(load(500)).rejects.toThrow('500');\n});",
      ),
  ),
  honest(
    "React: a component and its test",
    patch(
      "src/components/Price.tsx",
      "-  return <b>{price.toFixed(2)}</b>;\n+  return <b>{price?.toFixed(2) ?? '–'}</b>;",
    ) +
      added(
        "src/components/Price.test.tsx",
        "it('shows a dash without a price', () => {\n  render(<Price price={undefined} />);\n  expect(screen.getByText('–')).toBeInTheDocument();\n});",
      ),
  ),
  honest(
    "React: a chart in a folder called charts",
    patch("src/components/charts/Bar.tsx", "-  const max = Math.max(...data);\n+  const max = Math.max(0, ...data);") +
      added(
        "src/components/charts/Bar.test.tsx",
        "it('draws nothing from nothing', () => {\n  expect(scale([])).toEqual([]);\n});",
      ),
  ),
  honest(
    "Snapshot updated with its code",
    patch("src/Page.tsx", "-  <h1>Chekout</h1>\n+  <h1>Checkout</h1>") +
      patch(
        "src/Page.test.tsx",
        " it('renders', () => {\n+  expect(title()).toBe('Checkout');\n   expect(page).toMatchSnapshot();",
      ) +
      patch("src/__snapshots__/Page.test.tsx.snap", "-    Chekout\n+    Checkout"),
  ),
  honest(
    "Python: pytest",
    patch("app/cart.py", "-    return cart.coupon.amount\n+    return cart.coupon.amount if cart.coupon else 0") +
      patch(PY_TEST, " import pytest\n+\n+\n+def test_total_without_coupon():\n+    assert total(Cart()) == 0"),
  ),
  honest(
    "Python: unittest",
    patch("app/cart.py", "-    return d['a']\n+    return d.get('a', 0)") +
      added(
        "app/cart_test.py",
        "class T(unittest.TestCase):\n    def test_missing(self):\n        self.assertEqual(total({}), 0)",
      ),
  ),
  honest(
    "Python: pytest.raises",
    patch(
      "app/parse.py",
      " def parse(raw):\n+    if raw is None:\n+        raise ValueError('raw is missing')\n     return json.loads(raw)",
    ) + added("tests/test_parse.py", "def test_none():\n    with pytest.raises(ValueError):\n        parse(None)"),
  ),
  honest(
    "Python: a regular expression and a cursor",
    patch(
      "app/db.py",
      '-PATTERN = re.compile("a")\n+PATTERN = re.compile("a+")\n-    cursor.execute("select 1")\n+    cursor.execute("select name from users where id = %s", (user_id,))',
    ) + added("tests/test_db.py", "def test_name():\n    assert name_of(1) == 'A'"),
  ),
  honest(
    "Python: an exception handled and told",
    patch(
      "app/a.py",
      "     try:\n         send(mail)\n-    except Exception:\n-        pass\n+    except SMTPException as error:\n+        log.warning('mail not sent', exc_info=error)\n+        queue.retry(mail)",
    ) + added("tests/test_a.py", "def test_retry():\n    send_with(failing)\n    assert queue.size == 1"),
  ),
  honest(
    "Java: JUnit",
    patch(
      "src/main/java/shop/Cart.java",
      "-    return coupon.getAmount();\n+    return coupon == null ? 0 : coupon.getAmount();",
    ) +
      patch(
        "src/test/java/shop/CartTest.java",
        " class CartTest {\n+  @Test\n+  void totalWithoutCoupon() {\n+    assertEquals(0, new Cart().total());\n+  }\n+",
      ),
  ),
  honest(
    "Kotlin: kotlin.test",
    patch("src/main/kotlin/Cart.kt", "-  fun total() = coupon!!.amount\n+  fun total() = coupon?.amount ?: 0") +
      added(
        "src/test/kotlin/CartTest.kt",
        "class CartTest {\n  @Test\n  fun `total without coupon`() {\n    assertEquals(0, Cart().total())\n  }\n}",
      ),
  ),
  honest(
    "Ruby: RSpec",
    patch("app/models/cart.rb", "-    coupon.amount\n+    coupon&.amount.to_i") +
      patch(
        "spec/models/cart_spec.rb",
        " describe Cart do\n+  it 'has a total without a coupon' do\n+    expect(Cart.new.total).to eq(0)\n+  end",
      ),
  ),
  honest(
    "Ruby: minitest",
    patch("app/models/cart.rb", "-    items.first.price\n+    items.first&.price || 0") +
      added(
        "test/models/cart_test.rb",
        "class CartTest < ActiveSupport::TestCase\n  test 'empty cart' do\n    assert_equal 0, Cart.new.price\n  end\nend",
      ),
  ),
  honest(
    "Go: table test",
    patch("cart/cart.go", "+\tif c.Coupon == nil {\n+\t\treturn 0, nil\n+\t}\n \treturn c.Coupon.Amount, nil") +
      added(
        "cart/cart_test.go",
        'package cart\n\nfunc TestTotal(t *testing.T) {\n\tgot, err := Total(&Cart{})\n\tif err != nil || got != 0 {\n\t\tt.Fatalf("got %v, %v", got, err)\n\t}\n}',
      ),
  ),
  honest(
    "Go: an error returned that was dropped",
    patch(
      "store/store.go",
      '-\trows, _ := db.Query(q)\n+\trows, err := db.Query(q)\n+\tif err != nil {\n+\t\treturn nil, fmt.Errorf("query: %w", err)\n+\t}',
    ) +
      added(
        "store/store_test.go",
        "func TestQueryFails(t *testing.T) {\n\t_, err := Load(broken)\n\trequire.Error(t, err)\n}",
      ),
  ),
  honest(
    "PHP: PHPUnit",
    patch("src/Cart.php", "-        return $this->coupon->amount;\n+        return $this->coupon?->amount ?? 0;") +
      added(
        "tests/CartTest.php",
        "<?php\nclass CartTest extends TestCase {\n    public function testTotal(): void {\n        $this->assertSame(0, (new Cart())->total());\n    }\n}",
      ),
  ),
  honest(
    "Rust: a test module in the source file",
    patch(
      "src/cart.rs",
      "-    coupon.unwrap().amount\n+    coupon.map_or(0, |c| c.amount)\n@@ 30\n mod tests {\n+    #[test]\n+    fn total_without_coupon() {\n+        assert_eq!(total(None), 0);\n+    }",
    ),
  ),
  honest(
    "C#: xunit",
    patch("Shop/Cart.cs", "-        return Coupon.Amount;\n+        return Coupon?.Amount ?? 0;") +
      patch(
        "Shop.Tests/CartTests.cs",
        " public class CartTests\n {\n+    [Fact]\n+    public void TotalWithoutCoupon()\n+    {\n+        Assert.Equal(0, new Cart().Total());\n+    }",
      ),
  ),
  honest(
    "Swift: XCTest",
    patch("Sources/Shop/Cart.swift", "-    return coupon!.amount\n+    return coupon?.amount ?? 0") +
      added(
        "Tests/ShopTests/CartTests.swift",
        "final class CartTests: XCTestCase {\n  func testTotal() {\n    XCTAssertEqual(Cart().total, 0)\n  }\n}",
      ),
  ),
  honest(
    "Dart",
    patch("lib/cart.dart", "-  return coupon!.amount;\n+  return coupon?.amount ?? 0;") +
      added("test/cart_test.dart", "void main() {\n  test('total', () {\n    expect(Cart().total, 0);\n  });\n}"),
  ),
  honest(
    "Elixir",
    patch("lib/cart.ex", "-    cart.coupon.amount\n+    get_in(cart, [:coupon, :amount]) || 0") +
      added(
        "test/cart_test.exs",
        'defmodule CartTest do\n  test "total" do\n    assert Cart.total(%{}) == 0\n  end\nend',
      ),
  ),
  honest(
    "a rename with an edit, and its test renamed too",
    patch("src/basket/total.ts", "-  return cart.coupon.amount;\n+  return cart.coupon?.amount ?? 0;", {
      from: "src/total.ts",
    }) +
      patch(
        "src/basket/total.test.ts",
        " test('a', () => {\n-  expect(total(a)).toBe(1);\n+  expect(total(a)).toBe(2);",
        { from: "src/total.test.ts" },
      ),
  ),
  honest(
    "file names in other alphabets",
    patch("src/カート.ts", "-  return a;\n+  return a ?? 0;")
      .replaceAll("a/src/カート.ts", '"a/src/\\343\\202\\253\\343\\203\\274\\343\\203\\210.ts"')
      .replaceAll("b/src/カート.ts", '"b/src/\\343\\202\\253\\343\\203\\274\\343\\203\\210.ts"') +
      added("src/カート.test.ts", "test('空', () => {\n  expect(total()).toBe(0);\n});") +
      added("src/корзина.test.ts", "test('пусто', () => {\n  expect(total()).toBe(0);\n});"),
  ),
  honest(
    "file names with spaces and parentheses",
    patch("app/(shop)/[id]/page two.tsx", "-  const x = a;\n+  const x = a ?? b;") + TEST,
  ),
  honest(
    "Windows line ends",
    patch("src/cart.cs", " namespace A {\r\n-  return a;\r\n+  return a ?? b;\r\n }\r") +
      added("Shop.Tests/CartTests.cs", "[Fact]\r\npublic void T() {\r\n  Assert.Equal(1, a());\r\n}\r"),
  ),
  honest(
    "no line feed at the end",
    "diff --git a/src/a.ts b/src/a.ts\nindex 1f2e3d4..5a6b7c8 100644\n--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1 +1 @@\n-export const a = b.c;\n\\ No newline at end of file\n+export const a = b?.c;\n" +
      TEST,
  ),
  honest(
    "emoji families, Persian and Hindi in texts",
    patch("src/texts.ts", '-  hello: "Hi",\n+  hello: "Hi 👨‍👩‍👧 ❤️ ☎︎",\n+  fa: "می‌خواهم",\n+  hi: "क्‍ष",') + TEST,
  ),
  honest("a byte order mark at the start of a new file", added("src/b.ts", "\ufeffexport const b = 1;") + TEST),
  honest(
    "a link in a comment and a link in a text",
    patch(
      "src/a.ts",
      "+// See https://developer.mozilla.org/en-US/docs/Web/API/fetch for why.\n-  return fetch(url);\n+  return fetch(url, { signal: AbortSignal.timeout(5000) });",
    ) + TEST,
  ),
  honest(
    "a host that was there before",
    patch(
      "src/api.ts",
      ' const BASE = "https://api.shop.io/v1";\n-  await fetch("https://api.shop.io/v1/cart");\n+  await fetch("https://api.shop.io/v1/cart", { headers });',
    ) + TEST,
  ),
  honest(
    "an error told instead of hidden",
    patch(
      "src/a.ts",
      "   try {\n     await save(cart);\n-  } catch {}\n+  } catch (error) {\n+    logger.error({ error }, 'cart not saved');\n+    throw new SaveError({ cause: error });\n+  }",
    ) + TEST,
  ),
  honest(
    "a swallowed error that was there before, moved",
    patch("src/a.ts", "-  try { a(); } catch {}\n+    try { a(); } catch {}\n+  return b ?? 0;") + TEST,
  ),
  honest(
    "a regular expression, a database and a promise",
    patch(
      "src/a.ts",
      "-  const m = re.exec(text)[1];\n+  const m = re.exec(text)?.[1] ?? null;\n-  db.exec(sql);\n+  await db.exec(sql);\n+  await load().catch((error) => report(error));",
    ) + TEST,
  ),
  honest(
    "an authorisation check made stricter",
    patch("src/auth.ts", "-  if (isAdmin(user)) return true;\n+  if (isAdmin(user) && user.active) return true;") +
      added(
        "src/auth.test.ts",
        "it('refuses an inactive admin', () => {\n  expect(allowed({ admin: true, active: false })).toBe(false);\n});",
      ),
  ),
  honest(
    "a test with fake environment and words like secret",
    patch("src/config.ts", "-  return env.API_KEY;\n+  return env.API_KEY ?? null;") +
      added(
        "src/config.test.ts",
        "test('no key', () => {\n  expect(read({ API_KEY: undefined })).toBeNull();\n  expect(read({ API_KEY: 'secret' })).toBe('secret');\n});",
      ),
  ),
  honest(
    "a path traversal closed, with a test that tries it",
    patch("src/files.ts", "-  return join(root, name);\n+  return safeJoin(root, name);") +
      added(
        "src/files.test.ts",
        "test('stays inside', () => {\n  expect(() => open('../../etc/passwd')).toThrow(/outside/);\n});",
      ),
  ),
  honest(
    "a project's own assertion helper",
    FIX +
      added(
        "src/flow.test.ts",
        "test('pays', async () => {\n  const page = await open();\n  await expectPaid(page);\n});",
      ),
  ),
  honest(
    "documents",
    patch(
      "docs/guide.md",
      "-Teh guide\n+The guide, see https://example.io\n+\n+    curl -fsSL https://example.io/install.sh | sh",
    ),
    "docs",
  ),
  honest(
    "a readme and a changelog beside a fix",
    FIX + TEST + patch("CHANGELOG.md", "+- Carts without a coupon have a total.\n # 1.0"),
  ),
  honest(
    "a version bump and a description",
    FIX + TEST + patch("package.json", '-  "version": "1.0.0",\n+  "version": "1.0.1",'),
  ),
  honest("an example of the environment", FIX + TEST + patch(".env.example", " API_URL=\n+API_TIMEOUT_MS=5000")),
  honest(
    "a query made faster",
    patch(
      "src/orders.ts",
      "-  for (const order of orders) order.items = await itemsOf(order.id);\n+  const items = await itemsOfAll(orders.map((order) => order.id));\n+  for (const order of orders) order.items = items.get(order.id) ?? [];",
    ),
    "performance",
  ),
  honest(
    "dead code removed with its file",
    patch("src/a.ts", "-import { old } from './old.ts';\n-old();\n+fresh();") +
      patch("src/old.ts", "-export const old = 1;", { kind: "deleted" }) +
      TEST,
  ),
  honest(
    "many small tests",
    FIX +
      added(
        "src/all.test.ts",
        Array.from(
          { length: 60 },
          (_, index) => `test('case ${index}', () => {\n  expect(total(${index})).toBe(${index * 2});\n});`,
        ).join("\n"),
      ),
  ),
  honest(
    "two assertions made one stronger, and one more",
    FIX +
      patch(
        "src/cart.test.ts",
        " test('a', () => {\n-  expect(cart.a).toBe(1);\n+  expect(cart).toEqual({ a: 1, b: 2 });\n+  expect(cart.c).toBeUndefined();",
      ),
  ),
  honest(
    "a test moved to another file",
    FIX +
      patch("src/cart.test.ts", " import x;\n-test('a', () => {\n-  expect(total(a)).toBe(1);\n-});\n+\n") +
      added("src/total.test.ts", "test('a', () => {\n  expect(total(a)).toBe(1);\n});"),
  ),
  honest(
    "translations",
    patch("locales/ar.json", '-  "hello": "مرحبا"\n+  "hello": "مرحبًا بك",\n+  "bye": "مع السلامة"') + FIX + TEST,
  ),
  honest(
    "translations of words for secrets",
    patch(
      "locales/de.json",
      '-  "password": "Passwort"\n+  "password": "Kennwort",\n+  "token": "Zugangsschlüssel eingeben"',
    ) +
      FIX +
      TEST,
  ),
  honest("styles", patch("src/app.css", "-.a { width: 100vw; }\n+.a { width: 100%; }") + FIX + TEST),
];

/** Honest, and yet a person's to decide. */
export const NEEDS_A_PERSON: GateCase[] = [
  ["a dependency raised", patch("package.json", '-    "zod": "4.0.0"\n+    "zod": "4.0.1"'), "dependency-change"],
  ["a lock file", patch("pnpm-lock.yaml", "-  zod: 4.0.0\n+  zod: 4.0.1"), "approval-path"],
  ["a migration", added("db/migrations/0002_index.sql", "create index on orders (user_id);"), "approval-path"],
  ["infrastructure", patch("vercel.json", '-  "maxDuration": 10\n+  "maxDuration": 30'), "approval-path"],
  [
    "a snapshot nobody needs any more",
    patch("src/__snapshots__/a.snap", "-exports[`a`] = 1;", { kind: "deleted" }),
    "deleted-test",
  ],
].map(([name, diff, rule]) => ({
  name: name ?? "",
  verdict: "require_approval",
  rule: rule ?? "",
  facts: { diff: FIX + TEST + diff, taskKind: "bugfix" },
}));
