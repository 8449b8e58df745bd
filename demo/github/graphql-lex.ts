/** The text is not GraphQL; line and column count from 1. */
export class GraphqlSyntaxError extends Error {
  readonly line: number;
  readonly column: number;

  constructor(message: string, line: number, column: number) {
    super(message);
    this.name = "GraphqlSyntaxError";
    this.line = line;
    this.column = column;
  }
}

export interface Token {
  text: string;
  kind: "name" | "punctuator" | "number" | "string" | "end";
  value: unknown;
  line: number;
  column: number;
}

const PATTERN =
  /(?<skip>[\s,\ufeff]+|#[^\n]*)|(?<name>[A-Za-z_]\w*)|(?<punctuator>\.{3}|[!$&()*:=@[\]{|}])|(?<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<block>"""(?:\\"""|[\s\S])*?""")|(?<string>"(?:\\.|[^"\\\n])*")/y;

/** The words of a document. Throws GraphqlSyntaxError. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const place = () => {
    const before = text.slice(0, at).split("\n");
    return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  };
  while (at < text.length) {
    PATTERN.lastIndex = at;
    const groups = PATTERN.exec(text)?.groups;
    const found =
      groups?.skip ?? groups?.name ?? groups?.punctuator ?? groups?.number ?? groups?.block ?? groups?.string;
    const { line, column } = place();
    if (!groups || found === undefined)
      throw new GraphqlSyntaxError(
        `Expected one of SCHEMA, QUERY, MUTATION, actual: "${text.slice(at, at + 1)}"`,
        line,
        column,
      );
    if (groups.name !== undefined) tokens.push({ text: found, kind: "name", value: found, line, column });
    else if (groups.punctuator !== undefined)
      tokens.push({ text: found, kind: "punctuator", value: found, line, column });
    else if (groups.number !== undefined)
      tokens.push({ text: found, kind: "number", value: Number(found), line, column });
    else if (groups.block !== undefined)
      tokens.push({ text: found, kind: "string", value: found.slice(3, -3).trim(), line, column });
    else if (groups.string !== undefined)
      tokens.push({ text: found, kind: "string", value: JSON.parse(found), line, column });
    at += found.length;
  }
  tokens.push({ text: "", kind: "end", value: null, ...place() });
  return tokens;
}
