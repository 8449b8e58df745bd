import { parseDocument } from "yaml";
import { AppError } from "../../kernel/errors.ts";

/** Parses one YAML document. AppError `yaml_invalid` naming line and column. Aliases are bounded by the parser. */
export function parseYaml(text: string): unknown {
  const document = parseDocument(text, { prettyErrors: true });
  const fault = document.errors[0];
  if (fault) {
    const place = fault.linePos?.[0];
    const where = place ? `line ${place.line}, column ${place.col}: ` : "";
    const said = fault.message.split("\n")[0]?.replace(/ at line \d+, column \d+:?$/, "") ?? "";
    throw new AppError("yaml_invalid", `${where}${said}`, { retry: "never" });
  }
  try {
    return document.toJS();
  } catch (cause) {
    throw new AppError("yaml_invalid", "it uses too many aliases", { retry: "never", cause });
  }
}
