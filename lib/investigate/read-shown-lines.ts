import { redact } from "../kernel/redact.ts";
import { visibleText } from "../kernel/untrusted-text.ts";

const KEY_BEGINS = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY/;
const KEY_ENDS = /-----END [A-Z0-9 ]*PRIVATE KEY/;

/**
 * A file's lines as a model sees them: redacted, without hidden characters, each still at its own number. What a secret
 * of several lines takes away (a private key) is said on every one of them.
 */
export function shownLines(text: string): string[] {
  const visible = visibleText(text);
  const lines = visible.split("\n");
  const whole = redact(visible).text.split("\n");
  if (whole.length === lines.length) return whole;
  let isKey = false;
  return lines.map((line) => {
    if (KEY_BEGINS.test(line)) isKey = true;
    const shown = isKey ? "[redacted:private_key]" : redact(line).text;
    if (KEY_ENDS.test(line)) isKey = false;
    return shown;
  });
}
