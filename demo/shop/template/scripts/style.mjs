// Checks every source file: it parses, has no tabs or trailing blanks, and ends in one newline. --write repairs the latter.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

const shouldWrite = process.argv.includes("--write");
const files = readdirSync(".", { recursive: true }).filter((file) => /\.mjs$/.test(file) && !/^(node_modules|\.git)\b/.test(file));
let faults = 0;

for (const file of files) {
  const text = readFileSync(file, "utf8");
  const tidy = `${text.replaceAll("\t", "  ").replaceAll(/[^\S\n]+$/gm, "").trimEnd()}\n`;
  if (text !== tidy && shouldWrite) writeFileSync(file, tidy);
  else if (text !== tidy) fault(file, "tabs, trailing blanks or no newline at the end");
  const check = spawnSync(process.execPath, ["--check", file], { encoding: "utf8" });
  if (check.status !== 0) fault(file, check.stderr.trim());
}

function fault(file, detail) {
  faults += 1;
  console.error(`${file}: ${detail}`);
}

console.log(`${files.length} files, ${faults} faults`);
process.exitCode = faults === 0 ? 0 : 1;
