import { describe, expect, it } from "vitest";
import { suspectsInputSchema } from "../../lib/investigate/model.ts";
import { rankPlaces } from "../../lib/investigate/rank-places.ts";
import { rankSuspects } from "../../lib/investigate/rank-suspects.ts";

const REPO = [
  "services/shop/app/views/cart.py",
  "services/shop/app/models.py",
  "services/shop/tests/test_cart.py",
  "backend/src/main/java/com/acme/cart/CartService.java",
  "backend/src/main/java/com/acme/order/CartService.java",
  "backend/src/main/kotlin/com/acme/cart/Pricing.kt",
  "backend/src/test/java/com/acme/cart/CartServiceTest.java",
  "ios/Shop/Cart/CartViewModel.swift",
  "app/models/cart.rb",
  "app/controllers/carts_controller.rb",
  "spec/models/cart_spec.rb",
  "internal/cart/cart.go",
  "internal/cart/cart_test.go",
  "web/src/cart.ts",
  "src/Cart/Cart.php",
  "crates/cart/src/lib.rs",
  "api/Cart/CartController.cs",
];

interface Told {
  filename: string;
  abs_path?: string;
  module?: string;
  in_app?: boolean;
}

function suspectsOf(frames: Told[]): string[] {
  const told = frames.map((one) => ({ function: "total", lineno: 7, in_app: true, ...one }));
  const input = suspectsInputSchema.parse({ frames: told, repoFiles: REPO });
  return rankSuspects(input).suspects.map((one) => one.path);
}

describe("the file of a crash in another language", () => {
  it.each<[string, Told[], string]>([
    [
      "Python, below its own root",
      [{ filename: "app/views/cart.py", abs_path: "/srv/app/views/cart.py" }],
      "services/shop/app/views/cart.py",
    ],
    [
      "Java, by its class: of two files of one name the right one",
      [{ filename: "CartService.java", module: "com.acme.order.CartService" }],
      "backend/src/main/java/com/acme/order/CartService.java",
    ],
    [
      "Kotlin, by an inner class",
      [{ filename: "Pricing.kt", module: "com.acme.cart.Pricing$Companion" }],
      "backend/src/main/kotlin/com/acme/cart/Pricing.kt",
    ],
    [
      "Swift, by the builder's path",
      [{ filename: "CartViewModel.swift", abs_path: "/Users/ci/build/ios/Shop/Cart/CartViewModel.swift" }],
      "ios/Shop/Cart/CartViewModel.swift",
    ],
    ["Ruby", [{ filename: "app/models/cart.rb", abs_path: "/app/app/models/cart.rb" }], "app/models/cart.rb"],
    [
      "Go, by its module's path",
      [{ filename: "/go/src/github.com/acme/shop/internal/cart/cart.go" }],
      "internal/cart/cart.go",
    ],
    ["PHP", [{ filename: "/src/Cart/Cart.php", abs_path: "/var/www/html/src/Cart/Cart.php" }], "src/Cart/Cart.php"],
    ["Rust", [{ filename: "/build/crates/cart/src/lib.rs" }], "crates/cart/src/lib.rs"],
    ["C#, on Windows", [{ filename: "D:\\a\\shop\\api\\Cart\\CartController.cs" }], "api/Cart/CartController.cs"],
  ])("%s", (_, frames, expected) => {
    expect(suspectsOf(frames)[0]).toBe(expected);
  });

  it.each<[string, Told]>([
    [
      "Python's packages",
      { filename: "app/models.py", abs_path: "/usr/lib/python3.12/site-packages/app/models.py", in_app: false },
    ],
    ["Ruby's gems", { filename: "/usr/local/bundle/gems/rails-8.0/app/models/cart.rb", in_app: false }],
    ["Go's modules", { filename: "/go/pkg/mod/github.com/x/y@v1/internal/cart/cart.go", in_app: false }],
    ["Composer's", { filename: "/var/www/html/vendor/acme/src/Cart/Cart.php", in_app: false }],
  ])("is none of %s, though a file of that name is in the repository", (_, frame) => {
    const suspects = suspectsOf([{ filename: "web/src/cart.ts" }, frame]);
    expect(suspects[0]).toBe("web/src/cart.ts");
  });

  it("is of that language: no compiler makes a Python file of a TypeScript one", () => {
    expect(suspectsOf([{ filename: "/srv/web/src/cart.py" }])).not.toContain("web/src/cart.ts");
  });

  it("is no test while production code is on the stack", () => {
    const tests = ["tests/test_cart.py", "spec/models/cart_spec.rb", "internal/cart/cart_test.go"];
    const suspects = suspectsOf([...tests.map((filename) => ({ filename })), { filename: "app/models/cart.rb" }]);
    expect(suspects[0]).toBe("app/models/cart.rb");
    for (const path of suspects) expect(path).not.toMatch(/test_|_spec|_test|Test\./);
  });

  it("has its lines, where the reporter gave them", () => {
    const frame = { absPath: null, function: "total", column: null, inApp: true, contextLine: null };
    const frames = [{ ...frame, filename: "CartService.java", module: "com.acme.cart.CartService", line: 41 }];
    expect(rankPlaces(frames, REPO)).toMatchObject([
      { path: "backend/src/main/java/com/acme/cart/CartService.java", line: 41, depth: 0 },
    ]);
  });
});
