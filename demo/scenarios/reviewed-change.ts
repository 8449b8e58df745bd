/** A pull request's files at each push; where something is planted, and where it only looks so. */
const ORDERS = {
  path: "src/orders/orders.mjs",
  find: "export function getOrder(id) {",
  replace: "export function listOrders() {\n  return [...orders.values()];\n}\n\nexport function getOrder(id) {",
};

const POINTS = (bound: "<" | "<=", head: string) => `${head}const POINTS_PER_EURO = 2;

/** What these orders earned, together. */
export function sumPoints(orders) {
  let points = 0;
  for (let at = 0; at ${bound} orders.length; at += 1) {
    points += Math.floor(orders[at].price.totalCents / 100) * POINTS_PER_EURO;
  }
  return points;
}

/** Every beginning of a name, for the box in which customers look for themselves. */
export function beginningsOf(name) {
  const found = [];
  for (let end = 1; end <= name.length; end += 1) found.push(name.slice(0, end));
  return found;
}
`;

const LEDGER = (waited: "" | "await ", head: string) => `${head}const balances = new Map();

export async function readBalance(email) {
  return balances.get(email) ?? 0;
}

/** A household's balances, read side by side. */
export async function readHousehold(emails) {
  const reading = emails.map((email) => readBalance(email));
  return Promise.all(reading);
}

export async function credit(email, points) {
  const balance = ${waited}readBalance(email);
  balances.set(email, balance + points);
}

/** Keeps the balances over a restart. */
export async function saveBalances(store) {
  try {
    await store.write([...balances]);
  } catch {}
}
`;

/** Where lines that are no fault stand, although a hasty reader takes the first one for one. */
export const DECOYS = ["end <= name.length", "emails.map((email) => readBalance(email))"];

/** The planted faults, by what their lines say. `isMended`: by the second push. */
export const PLANTED = [
  { path: "src/loyalty/points.mjs", text: "at <= orders.length", isMended: true },
  { path: "src/loyalty/ledger.mjs", text: "const balance = readBalance(email)", isMended: true },
  { path: "src/loyalty/ledger.mjs", text: "} catch {}", isMended: false },
];

/** The shop's files after the first push, and after the second, which moves every line of them too. */
export function changedFiles(read: (path: string) => string): [Record<string, string>, Record<string, string>] {
  const orders = read(ORDERS.path);
  if (!orders.includes(ORDERS.find)) throw new Error(`${ORDERS.path} is not as the change was written for`);
  const first = {
    [ORDERS.path]: orders.replace(ORDERS.find, ORDERS.replace),
    "src/loyalty/points.mjs": POINTS("<=", ""),
    "src/loyalty/ledger.mjs": LEDGER("", ""),
  };
  const note = "/** Loyalty: customers earn points with what they buy. */\n\n";
  return [first, { "src/loyalty/points.mjs": POINTS("<", note), "src/loyalty/ledger.mjs": LEDGER("await ", note) }];
}

/** One fault, and nothing else. */
export const SMALL_CHANGE = {
  "src/loyalty/points.mjs": POINTS("<=", ""),
};
