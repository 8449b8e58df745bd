import { added, FIX, type GateCase, patch, TEST } from "./gate-corpus.ts";

type Honest = [name: string, diff: string, taskKind?: string, policy?: unknown];
const JS_TEST = (body: string) =>
  added("src/more.test.ts", `import { expect, it } from "vitest";\nimport * as shop from "./shop.ts";\n\n${body}`);
const PY_TEST = (body: string) => added("tests/test_more.py", `from shop import cart\n\n\n${body}`);
const PASSES = 'it("keeps to the rule", () => {\n  expect(shop.total([])).toBe(0);\n});';
const PY_PASSES = "def test_rule():\n    assert cart.total([]) == 0";

const FIXES: Honest[] = [
  [
    "an off-by-one",
    patch(
      "src/page.ts",
      " export function pages(count: number, size: number) {\n-  return Math.floor(count / size);\n+  return Math.ceil(count / size);\n }",
    ) + JS_TEST('it("counts the last, shorter page", () => {\n  expect(shop.pages(11, 10)).toBe(2);\n});'),
  ],
  [
    "a loop that ran one too far",
    patch(
      "src/list.ts",
      "-  for (let i = 0; i <= items.length; i++) {\n+  for (let i = 0; i < items.length; i++) {\n     sum += items[i].price;\n   }",
    ) + JS_TEST(PASSES),
  ],
  [
    "a date with a time zone",
    patch(
      "src/date.ts",
      "-  return new Date(text);\n+  const date = new Date(text.endsWith('Z') ? text : `\x24{text}Z`);\n+  if (Number.isNaN(date.getTime())) throw new RangeError(`not a date: \x24{text}`);\n+  return date;",
    ) +
      JS_TEST('it("refuses what is no date", () => {\n  expect(() => shop.readDate("soon")).toThrow(RangeError);\n});'),
  ],
  [
    "a date that may be none",
    patch(
      "app/dates.py",
      " def read_date(text):\n-    return datetime.fromisoformat(text)\n+    try:\n+        return datetime.fromisoformat(text)\n+    except (TypeError, ValueError):\n+        return None",
    ) + PY_TEST('def test_no_date():\n    assert cart.read_date("soon") is None'),
  ],
  [
    "JSON that may be broken",
    patch(
      "src/settings.ts",
      " export function read(text: string) {\n-  return JSON.parse(text);\n+  try {\n+    return JSON.parse(text);\n+  } catch {\n+    return null;\n+  }\n }",
    ) + JS_TEST('it("reads no settings from a broken file", () => {\n  expect(shop.read("{")).toBeNull();\n});'),
  ],
  [
    "a query with its parameter",
    patch(
      "src/orders.ts",
      "-  return db.query(`select * from orders where id = \x24{id}`);\n+  return db.query('select * from orders where id = $1', [id]);",
    ) + JS_TEST(PASSES),
  ],
  [
    "a query with another join",
    patch(
      "src/orders.ts",
      "-  const rows = await db.query('select o.id from orders o join users u on u.id = o.user_id where o.id = $1', [id]);\n+  const rows = await db.query('select o.id from orders o left join users u on u.id = o.user_id where o.id = $1', [id]);",
    ) + JS_TEST(PASSES),
  ],
  [
    "a query by a tagged template",
    patch(
      "src/orders.ts",
      "-  return sql`select * from orders where id = \x24{id}`;\n+  return sql`select * from orders where id = \x24{id} and deleted_at is null`;",
    ) + JS_TEST(PASSES),
  ],
  [
    "a guard that answers 404",
    patch(
      "src/routes/order.ts",
      "   const order = await findOrder(req.params.id);\n+  if (!order) {\n+    return res.status(404).json({ error: 'not found' });\n+  }\n   return res.json(order.total);",
    ) +
      JS_TEST(
        'it("answers 404", async () => {\n  const response = await request(app).get("/orders/9");\n  expect(response.status).toBe(404);\n});',
      ),
  ],
  [
    "a guard that answers 403",
    patch(
      "src/routes/order.ts",
      "   const order = await findOrder(req.params.id);\n+  if (order.userId !== req.user.id) return res.status(403).end();\n   return res.json(order);",
    ) + JS_TEST('it("answers 403", async () => {\n  expect((await get("/orders/9")).status).toBe(403);\n});'),
  ],
  [
    "an early return for nothing",
    patch(
      "src/cart.ts",
      " export function total(items: Item[]) {\n+  if (items.length === 0) {\n+    return 0;\n+  }\n   return items.map(priceOf).reduce((a, b) => a + b);",
    ) + JS_TEST(PASSES),
  ],
  [
    "an early return without braces",
    patch(
      "src/cart.ts",
      " export function total(items: Item[]) {\n+  if (items.length === 0)\n+    return 0;\n   return items.map(priceOf).reduce((a, b) => a + b);",
    ) + JS_TEST(PASSES),
  ],
  [
    "an early return in Python",
    patch(
      "shop/cart.py",
      " def total(items):\n+    if not items:\n+        return 0\n     return max(item.price for item in items)",
    ) + PY_TEST(PY_PASSES),
  ],
  [
    "an early return in Go",
    patch(
      "cart/cart.go",
      " func Total(items []Item) int {\n+\tif len(items) == 0 {\n+\t\treturn 0\n+\t}\n \treturn items[0].Price",
    ) +
      added(
        "cart/cart_test.go",
        'func TestTotalOfNothing(t *testing.T) {\n\tif got := Total(nil); got != 0 {\n\t\tt.Errorf("Total(nil) = %d, want 0", got)\n\t}\n}',
      ),
  ],
  [
    "a switch with returns",
    patch("src/kind.ts", " switch (kind) {\n+  case 'gift':\n+    return 0;\n   case 'sale':\n     return price / 2;") +
      JS_TEST(PASSES),
  ],
  [
    "helpers below a return",
    patch(
      "src/shop.ts",
      " export function create() {\n-  return { total };\n+  return { total, count };\n+  function count() {\n+    return items.length;\n+  }",
    ) + JS_TEST(PASSES),
  ],
  [
    "a failure handled and reported",
    patch(
      "src/mail.ts",
      " export async function notify(order: Order) {\n-  await mailer.send(order.email);\n+  try {\n+    await mailer.send(order.email);\n+  } catch (error) {\n+    logger.error({ error, orderId: order.id }, 'mail was not sent');\n+    Sentry.captureException(error);\n+    await queue.add('mail', order.id);\n+  }\n }",
    ) +
      JS_TEST(
        'it("queues what could not be sent", async () => {\n  mailer.send.mockRejectedValue(new Error("down"));\n  await shop.notify(order);\n  expect(queue.add).toHaveBeenCalledWith("mail", order.id);\n});',
      ),
  ],
  [
    "a failure wrapped and thrown again",
    patch(
      "src/load.ts",
      "-  return await client.get(id);\n+  try {\n+    return await client.get(id);\n+  } catch (cause) {\n+    throw new LoadError(`order \x24{id} could not be loaded`, { cause });\n+  }",
    ) +
      JS_TEST('it("says which order", async () => {\n  await expect(shop.load("9")).rejects.toThrow(/order 9/);\n});'),
  ],
  [
    "a failure handled in Java",
    patch(
      "src/main/java/shop/Mail.java",
      '   try {\n     send(mail);\n-  } catch (Exception e) {\n-  }\n+  } catch (MessagingException e) {\n+    log.warn("mail {} not sent", mail.id(), e);\n+    retries.add(mail);\n+  }',
    ) +
      added(
        "src/test/java/shop/MailTest.java",
        "class MailTest {\n  @Test\n  void queuesAFailedMail() {\n    notifier.send(mail);\n    assertEquals(1, retries.size());\n  }\n}",
      ),
  ],
  [
    "a failure handled in Go",
    patch(
      "mail/mail.go",
      '-\tsend(m)\n+\tif err := send(m); err != nil {\n+\t\tlog.Printf("mail %s: %v", m.ID, err)\n+\t\treturn fmt.Errorf("send %s: %w", m.ID, err)\n+\t}\n+\treturn nil',
    ) +
      added(
        "mail/mail_test.go",
        'func TestSendFails(t *testing.T) {\n\tif err := Notify(broken); err == nil {\n\t\tt.Fatal("want an error")\n\t}\n}',
      ),
  ],
  [
    "a row that is not there, in Go",
    patch(
      "store/store.go",
      " \terr := row.Scan(&o.ID)\n+\tif errors.Is(err, sql.ErrNoRows) {\n+\t\treturn nil, ErrNotFound\n+\t}\n \tif err != nil {\n \t\treturn nil, err\n \t}",
    ) +
      added(
        "store/store_test.go",
        "func TestNotFound(t *testing.T) {\n\t_, err := Find(db, 9)\n\tassert.ErrorIs(t, err, ErrNotFound)\n}",
      ),
  ],
  [
    "a record that is not there, in Rails",
    patch(
      "app/controllers/orders_controller.rb",
      "-    @order = Order.find(params[:id])\n+    @order = Order.find_by(id: params[:id])\n+    return head :not_found if @order.nil?",
    ) +
      added(
        "spec/requests/orders_spec.rb",
        "RSpec.describe 'orders' do\n  it 'answers 404' do\n    get '/orders/9'\n    expect(response).to have_http_status(:not_found)\n  end\nend",
      ),
  ],
  [
    "nil handled in Swift",
    patch(
      "Sources/Shop/Cart.swift",
      "-        return coupon!.amount\n+        guard let coupon else { return 0 }\n+        return coupon.amount",
    ) +
      added(
        "Tests/ShopTests/TotalTests.swift",
        "final class TotalTests: XCTestCase {\n    func testTotalWithoutCoupon() throws {\n        XCTAssertEqual(try Cart().total(), 0)\n    }\n}",
      ),
  ],
  [
    "null handled in PHP",
    patch(
      "src/Cart.php",
      "-        return $this->coupon->amount;\n+        if ($this->coupon === null) {\n+            return 0;\n+        }\n+\n+        return $this->coupon->amount;",
    ) +
      added(
        "tests/TotalTest.php",
        "<?php\n\nfinal class TotalTest extends TestCase\n{\n    public function testWithoutCoupon(): void\n    {\n        self::assertSame(0, (new Cart())->total());\n    }\n}",
      ),
  ],
  [
    "None handled in Rust",
    patch(
      "src/cart.rs",
      "-    let amount = cart.coupon.unwrap().amount;\n+    let amount = cart.coupon.as_ref().map(|coupon| coupon.amount).unwrap_or_default();",
    ) +
      added(
        "tests/total.rs",
        "use shop::total;\n\n#[test]\nfn without_coupon() {\n    assert_eq!(total(&Cart::default()), 0);\n}",
      ),
  ],
  [
    "null handled in Kotlin",
    patch(
      "app/src/main/java/shop/Cart.kt",
      "-    val amount = coupon!!.amount\n+    val amount = coupon?.amount ?: 0",
    ) +
      added(
        "app/src/test/java/shop/TotalTest.kt",
        "class TotalTest {\n    @Test\n    fun withoutCoupon() {\n        assertThat(Cart().total()).isEqualTo(0)\n    }\n}",
      ),
  ],
  [
    "a race awaited",
    patch(
      "src/save.ts",
      "-  items.forEach(async (item) => save(item));\n+  await Promise.all(items.map((item) => save(item)));",
    ) + JS_TEST('it("saves all", async () => {\n  await shop.saveAll([1, 2]);\n  expect(saved).toEqual([1, 2]);\n});'),
  ],
  [
    "a timeout for a call to a known host",
    patch(
      "src/api.ts",
      ' const API = "https://api.shop.io/v1";\n-  const response = await fetch(`\x24{API}/orders`);\n+  const response = await fetch(`\x24{API}/orders`, { signal: AbortSignal.timeout(5_000) });',
    ) + JS_TEST(PASSES),
  ],
  [
    "a division by zero",
    patch(
      "shop/stats.py",
      "-    return sum(prices) / len(prices)\n+    return sum(prices) / len(prices) if prices else 0.0",
    ) +
      PY_TEST(
        "@pytest.mark.parametrize('prices, mean', [([], 0.0), ([2, 4], 3.0)])\ndef test_mean(prices, mean):\n    assert cart.mean(prices) == pytest.approx(mean)",
      ),
  ],
  [
    "a key that may be missing",
    patch(
      "shop/read.py",
      "-    return data['user']['name']\n+    user = data.get('user') or {}\n+    return user.get('name', '')",
    ) + PY_TEST("def test_no_user():\n    assert cart.name({}) == ''"),
  ],
  [
    "an async view in Python",
    patch(
      "shop/views.py",
      " async def order(request, order_id):\n-    order = await Order.get(order_id)\n+    order = await Order.get_or_none(order_id)\n+    if order is None:\n+        raise HTTPException(status_code=404, detail='no such order')",
    ) +
      PY_TEST(
        "async def test_missing(client):\n    response = await client.get('/orders/9')\n    assert response.status_code == 404",
      ),
  ],
  ["an escaped text", patch("src/view.ts", "-  node.innerHTML = name;\n+  node.textContent = name;") + JS_TEST(PASSES)],
  [
    "a stronger hash",
    patch(
      "src/id.ts",
      '-  return createHash("md5").update(text).digest("hex");\n+  return createHash("sha256").update(text).digest("hex");',
    ) + JS_TEST(PASSES),
  ],
  [
    "a validation added",
    patch(
      "src/routes/order.ts",
      " export async function create(req) {\n+  const body = orderSchema.parse(req.body);\n-  return insert(req.body);\n+  return insert(body);\n }",
    ) +
      JS_TEST(
        'it("refuses an order without items", async () => {\n  await expect(shop.create({ body: {} })).rejects.toThrow();\n});',
      ),
  ],
  [
    "a fallback for a missing setting",
    patch(
      "src/config.ts",
      "-  timeout: Number(process.env.TIMEOUT_MS),\n+  timeout: Number(process.env.TIMEOUT_MS ?? 5_000),",
    ) + JS_TEST(PASSES),
  ],
  [
    "an event listener taken off",
    patch(
      "src/hooks/useCart.tsx",
      "   useEffect(() => {\n     window.addEventListener('storage', onChange);\n+    return () => window.removeEventListener('storage', onChange);\n   }, []);",
    ) + JS_TEST(PASSES),
  ],
  [
    "a component that has nothing to show",
    patch(
      "src/Cart.tsx",
      " export function Cart({ items }: Props) {\n+  if (!items) return null;\n   return (\n     <ul>",
    ) +
      added(
        "src/Cart.test.tsx",
        "it('shows nothing', () => {\n  const { container } = render(<Cart />);\n  expect(container).toBeEmptyDOMElement();\n});",
      ),
  ],
];

const CHANGES: Honest[] = [
  [
    "a fix with its documents",
    `${FIX}${TEST}${patch("docs/cart.md", "-A cart has a coupon.\n+A cart may have a coupon; without one its discount is 0.")}`,
  ],
  ["documents alone", patch("README.md", "-## Instal\n+## Install\n\n See https://nodejs.org for Node."), "docs"],
  [
    "a fix and a renamed file",
    patch("src/cart/total.ts", "-  return cart.coupon.amount;\n+  return cart.coupon?.amount ?? 0;", {
      from: "src/cart.ts",
    }) +
      patch("src/index.ts", "-export * from './cart.ts';\n+export * from './cart/total.ts';") +
      JS_TEST(PASSES),
  ],
  [
    "a test renamed with a case more",
    FIX +
      patch(
        "src/cart/total.test.ts",
        " import { total } from './total';\n+\n+it('has a total', () => {\n+  expect(total(none)).toBe(0);\n+});",
        { from: "src/cart.test.ts" },
      ),
  ],
  [
    "a case moved to a shared file",
    FIX +
      patch(
        "src/a.test.ts",
        " import { a } from './a';\n-\n-it('counts', () => {\n-  expect(total(one)).toBe(1);\n-});",
      ) +
      patch(
        "src/b.test.ts",
        " import { b } from './b';\n+\n+it('counts', () => {\n+  expect(total(one)).toBe(1);\n+});\n+\n+it('counts nothing', () => {\n+  expect(total(none)).toBe(0);\n+});",
      ),
  ],
  [
    "a snapshot of a changed component",
    patch(
      "src/components/Price.tsx",
      "-  return <b>{price.toFixed(2)}</b>;\n+  return <b className=\"price\">{price?.toFixed(2) ?? '–'}</b>;",
    ) +
      patch(
        "src/components/__snapshots__/Price.test.tsx.snap",
        ' exports[`Price 1`] = `\n-<b>\n+<b\n+  class="price"\n+>\n   1.00\n </b>',
      ) +
      added(
        "src/components/Price.dash.test.tsx",
        "it('shows a dash', () => {\n  render(<Price />);\n  expect(screen.getByText('–')).toBeVisible();\n});",
      ),
  ],
  [
    "a snapshot of a page that shows it",
    patch(
      "src/components/Price.tsx",
      "-  return <b>{price.toFixed(2)}</b>;\n+  return <b className=\"amount\">{price?.toFixed(2) ?? '–'}</b>;",
    ) +
      patch("src/pages/__snapshots__/Shop.test.tsx.snap", '-<b>\n+<b\n+  class="amount"\n+>') +
      TEST,
  ],
  [
    "snapshots that are new",
    FIX +
      TEST +
      added("src/__snapshots__/view.test.ts.snap", "// Vitest Snapshot v1\n\nexports[`an empty cart 1`] = `0`;"),
  ],
  [
    "dead code with its test, where the policy lets it",
    patch(
      "src/shop.ts",
      "-import { legacyTotal } from './legacy.ts';\n-export const total = legacyTotal;\n+export { total } from './total.ts';",
    ) +
      patch("src/legacy.ts", "-export const legacyTotal = 1;", { kind: "deleted" }) +
      patch("src/legacy.test.ts", "-it('a', () => {\n-  expect(legacyTotal).toBe(1);\n-});", { kind: "deleted" }) +
      TEST,
    "bugfix",
    { deletedTests: "allow" },
  ],
  [
    "only tests",
    JS_TEST(
      'describe("total", () => {\n  it.each([\n    [[], 0],\n    [[1], 1],\n  ])("%j is %i", (items, sum) => {\n    expect(shop.total(items)).toBe(sum);\n  });\n});',
    ),
  ],
  [
    "only tests, in Python",
    PY_TEST(
      "class TestTotal:\n    def setup_method(self):\n        self.cart = cart.Cart()\n\n    def test_empty(self):\n        assert self.cart.total() == 0\n\n    def test_raises(self):\n        with pytest.raises(ValueError, match='negative'):\n            self.cart.add(-1)",
    ),
  ],
  [
    "a refactoring without a dependency",
    patch(
      "src/cart.ts",
      "-  let sum = 0;\n-  for (const item of items) sum += item.price;\n-  return sum;\n+  return items.reduce((sum, item) => sum + item.price, 0);",
    ),
    "performance",
  ],
  [
    "Windows line ends all through",
    patch(
      "src/Cart.cs",
      " public decimal Total()\r\n {\r\n-    return Coupon.Amount;\r\n+    return Coupon?.Amount ?? 0m;\r\n }\r",
    ) +
      added(
        "Shop.Tests/TotalTests.cs",
        "public class TotalTests\r\n{\r\n    [Fact]\r\n    public void WithoutCoupon() => Assert.Equal(0m, new Cart().Total());\r\n}\r",
      ),
  ],
  [
    "texts in Chinese",
    patch(
      "src/messages.ts",
      "-  empty: 'Empty',\n+  empty: '购物车为空',\n+  // 没有优惠券时折扣为零\n+  none: '无优惠券',",
    ) + added("src/messages.test.ts", "test('购物车为空', () => {\n  expect(messages.empty).toBe('购物车为空');\n});"),
  ],
  [
    "texts in Greek and Russian",
    patch("src/i18n.ts", "-  hello: 'Hello',\n+  el: 'Γειά σου Κόσμε',\n+  ru: 'Привет, мир',\n+  delta: 'Δt in µs',") +
      TEST,
  ],
  [
    "a comment that says why",
    patch(
      "src/cart.ts",
      " export function total(cart) {\n+  /*\n+   * A guest has no coupon; see the checkout's contract.\n+   */\n-  return cart.coupon.amount;\n+  return cart.coupon?.amount ?? 0;",
    ) + TEST,
  ],
  [
    "an unused import removed",
    patch(
      "shop/cart.py",
      "-import os\n import json\n-    return cart['coupon']['amount']\n+    return (cart.get('coupon') or {}).get('amount', 0)",
    ) + PY_TEST(PY_PASSES),
  ],
  [
    "log lines that name no secret",
    patch(
      "src/login.ts",
      "   const user = await find(name);\n+  if (!user) {\n+    logger.warn({ name }, 'password reset asked for an unknown user; token not sent');\n+    return null;\n+  }",
    ) + JS_TEST('it("sends no token", async () => {\n  expect(await shop.reset("nobody")).toBeNull();\n});'),
  ],
  [
    "tokens that are words",
    patch("src/lexer.ts", "-  return tokens[index].value;\n+  return tokens[index]?.value ?? null;") +
      JS_TEST('it("ends", () => {\n  expect(shop.valueAt([], 0)).toBeNull();\n});'),
  ],
  [
    "a test with its own server",
    FIX +
      added(
        "src/api.test.ts",
        "import { http, HttpResponse } from 'msw';\n\nconst server = setupServer(http.get('https://api.shop.io/orders', () => HttpResponse.json([])));\n\nit('lists nothing', async () => {\n  expect(await listOrders()).toEqual([]);\n});",
      ),
  ],
  [
    "a test that counts calls",
    FIX +
      TEST +
      added(
        "src/call.test.ts",
        "it('calls once', () => {\n  let called = false;\n  const spy = vi.fn();\n  onEmpty(() => {\n    called = true;\n    spy();\n  });\n  total([]);\n  expect(called).toBe(true);\n  expect(spy).toHaveBeenCalledOnce();\n});",
      ),
  ],
  [
    "a test that looks into an error",
    FIX +
      added(
        "src/error.test.ts",
        "it('names the order', async () => {\n  expect.assertions(1);\n  try {\n    await load('9');\n  } catch (error) {\n    expect(error.message).toContain('9');\n  }\n});",
      ),
  ],
  [
    "a test that cleans up",
    FIX +
      added(
        "src/file.test.ts",
        "it('writes a file', () => {\n  const dir = mkdtempSync(join(tmpdir(), 'shop-'));\n  try {\n    write(dir, 'a');\n    expect(read(dir)).toBe('a');\n  } finally {\n    rmSync(dir, { recursive: true, force: true });\n  }\n});",
      ),
  ],
  [
    "a crash that no more happens",
    FIX +
      added(
        "src/crash.test.ts",
        "it('does not throw without a coupon', () => {\n  expect(() => total({ items: [] })).not.toThrow();\n});",
      ),
  ],
  [
    "cypress and playwright",
    FIX +
      added(
        "e2e/cart.spec.ts",
        "test('an empty cart', async ({ page }) => {\n  await page.goto('/cart');\n  await expect(page.getByText('Nothing here')).toBeVisible();\n});",
      ),
  ],
  [
    "a fixture for a test",
    FIX +
      TEST +
      added("test/fixtures/order.json", '{ "id": 1, "email": "ann@example.com", "url": "https://shop.io/orders/1" }'),
  ],
  [
    "a Vue component",
    patch(
      "src/Cart.vue",
      " <template>\n-  <b>{{ cart.coupon.amount }}</b>\n+  <b>{{ cart.coupon?.amount ?? 0 }}</b>\n </template>",
    ) +
      added(
        "src/Cart.spec.ts",
        "it('shows 0', () => {\n  expect(mount(Cart, { props: { cart: {} } }).text()).toBe('0');\n});",
      ),
  ],
  [
    "a template in Django",
    patch(
      "shop/templates/cart.html",
      '-<b>{{ cart.coupon.amount }}</b>\n+<b>{{ cart.coupon.amount|default:0 }}</b>\n+<a href="https://docs.shop.io/coupons">About coupons</a>',
    ) + PY_TEST(PY_PASSES),
  ],
  [
    "types alone",
    patch("src/types.ts", " export interface Cart {\n-  coupon: Coupon;\n+  coupon: Coupon | null;\n }") + TEST,
  ],
  [
    "a retry that is bounded",
    patch(
      "src/client.ts",
      "-  return send(request);\n+  for (let attempt = 1; ; attempt++) {\n+    try {\n+      return await send(request);\n+    } catch (error) {\n+      if (attempt === 3 || !isTransient(error)) throw error;\n+      await sleep(100 * 2 ** attempt);\n+    }\n+  }",
    ) +
      JS_TEST(
        'it("tries three times", async () => {\n  await expect(shop.call(failing)).rejects.toThrow("down");\n  expect(failing).toHaveBeenCalledTimes(3);\n});',
      ),
  ],
  [
    "a limit on what is kept",
    patch(
      "src/cache.ts",
      "   cache.set(key, value);\n+  if (cache.size > 1_000) cache.delete(cache.keys().next().value);",
    ) + JS_TEST(PASSES),
  ],
  [
    "a condition turned right",
    patch("src/stock.ts", "-  if (stock > 0 || isPreorder) {\n+  if (stock > 0 && !isPreorder) {\n     ship(order);") +
      JS_TEST(PASSES),
  ],
];

/** More patches that a maintainer would merge without a word, in nine languages. None may be stopped. */
export const MORE_HONEST: GateCase[] = [...FIXES, ...CHANGES].map(([name, diff, taskKind = "bugfix", policy]) => ({
  name,
  verdict: "allow",
  facts: { diff, taskKind, ...(policy !== undefined && { policy }) },
}));
