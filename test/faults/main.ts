import { type Cell, openWorlds, playMatrix } from "./matrix.ts";

const COLUMNS: [string, number, (cell: Cell) => string | number][] = [
  ["fault", 28, (cell) => cell.fault],
  ["at", 27, (cell) => cell.step],
  ["sent", 6, (cell) => cell.alertsSent],
  ["stored", 8, (cell) => cell.alertsStored],
  ["incidents", 11, (cell) => cell.incidents],
  ["issues", 8, (cell) => cell.issues],
  ["branches", 10, (cell) => cell.branches],
  ["pulls", 7, (cell) => cell.pullRequests],
  ["closings", 10, (cell) => cell.closings],
  ["end", 11, (cell) => cell.state],
  ["lost", 6, (cell) => cell.lost],
  ["doubled", 7, (cell) => cell.doubled],
];

const row = (cells: readonly string[]) => cells.join("").trimEnd();

/** `npm run faults`: every fault at every step of the loop, as a table. Exit code 1 when anything was lost or doubled. */
async function main(): Promise<number> {
  console.log(row(COLUMNS.map(([name, width]) => name.padEnd(width))));
  const worlds = await openWorlds();
  const cells = await playMatrix(worlds, (cell) =>
    console.log(row(COLUMNS.map(([, width, read]) => String(read(cell)).padEnd(width)))),
  );
  await worlds.close();
  const sum = (read: (cell: Cell) => number) => cells.reduce((total, cell) => total + read(cell), 0);
  const unmet = cells.filter((cell) => !cell.isMet);
  for (const { fault, step } of unmet) console.log(`not met: ${fault} at ${step}`);
  console.log(`${cells.length} cells: lost ${sum((cell) => cell.lost)}, doubled ${sum((cell) => cell.doubled)}`);
  return sum((cell) => cell.lost + cell.doubled) + unmet.length === 0 ? 0 : 1;
}

process.exitCode = await main();
