import { GraphqlSyntaxError, type Token, tokenize } from "./graphql-lex.ts";

/** The part of GraphQL's grammar that clients of GitHub use: operations, variables, fragments, aliases, directives. */
export type Value =
  | { kind: "variable"; name: string }
  | { kind: "literal"; value: unknown }
  | { kind: "list"; items: Value[] }
  | { kind: "object"; fields: Record<string, Value> };

export interface Field {
  kind: "field";
  alias: string;
  name: string;
  args: Record<string, Value>;
  directives: { name: string; args: Record<string, Value> }[];
  selections: Selection[] | null;
  line: number;
  column: number;
}

export type Selection =
  | Field
  | { kind: "inline"; on: string | null; selections: Selection[] }
  | { kind: "spread"; name: string };

interface VariableDefinition {
  name: string;
  type: string;
  isRequired: boolean;
  defaultValue: Value | null;
}

export interface Operation {
  type: "query" | "mutation" | "subscription";
  name: string | null;
  variables: VariableDefinition[];
  selections: Selection[];
}

export interface Document {
  operations: Operation[];
  fragments: Record<string, { on: string; selections: Selection[] }>;
}

const WORDS: Record<string, unknown> = { true: true, false: false, null: null };

class Parser {
  private at = 0;
  private readonly tokens: Token[];

  constructor(tokens: Token[]) {
    this.tokens = tokens;
  }

  document(): Document {
    const document: Document = { operations: [], fragments: {} };
    while (this.peek().kind !== "end") {
      if (this.has("{")) {
        document.operations.push({ type: "query", name: null, variables: [], selections: this.selections() });
      } else if (this.skip("fragment")) {
        const name = this.name();
        this.expect("on");
        document.fragments[name] = { on: this.name(), selections: this.selections() };
      } else document.operations.push(this.operation());
    }
    return document;
  }

  private peek(): Token {
    return this.tokens[this.at] ?? { text: "", kind: "end", value: null, line: 0, column: 0 };
  }

  private take(): Token {
    const token = this.peek();
    this.at += 1;
    return token;
  }

  private fail(): never {
    const { kind, text, line, column } = this.peek();
    const what = kind === "end" ? "Unexpected end of document" : `Parse error on "${text}" (${kind.toUpperCase()})`;
    throw new GraphqlSyntaxError(`${what} at [${line}, ${column}]`, line, column);
  }

  private has(text: string): boolean {
    return this.peek().kind !== "string" && this.peek().text === text && this.peek().kind !== "end";
  }

  private skip(text: string): boolean {
    if (!this.has(text)) return false;
    this.at += 1;
    return true;
  }

  private expect(text: string): void {
    if (!this.skip(text)) this.fail();
  }

  private name(): string {
    return this.peek().kind === "name" ? this.take().text : this.fail();
  }

  private operation(): Operation {
    const type = this.peek().text;
    if (type !== "query" && type !== "mutation" && type !== "subscription") return this.fail();
    this.take();
    const name = this.peek().kind === "name" ? this.name() : null;
    const variables = this.variables();
    this.directives();
    return { type, name, variables, selections: this.selections() };
  }

  private variables(): VariableDefinition[] {
    const found: VariableDefinition[] = [];
    if (!this.skip("(")) return found;
    while (!this.skip(")")) {
      this.expect("$");
      const name = this.name();
      this.expect(":");
      const type = this.type();
      const defaultValue = this.skip("=") ? this.value() : null;
      found.push({ name, type, isRequired: type.endsWith("!") && defaultValue === null, defaultValue });
    }
    return found;
  }

  private type(): string {
    let type: string;
    if (this.skip("[")) {
      type = `[${this.type()}]`;
      this.expect("]");
    } else type = this.name();
    return this.skip("!") ? `${type}!` : type;
  }

  private selections(): Selection[] {
    this.expect("{");
    const found: Selection[] = [];
    while (!this.skip("}")) found.push(this.skip("...") ? this.fragment() : this.field());
    return found.length > 0 ? found : this.fail();
  }

  private fragment(): Selection {
    if (!this.has("on") && !this.has("{")) return { kind: "spread", name: this.name() };
    const on = this.skip("on") ? this.name() : null;
    this.directives();
    return { kind: "inline", on, selections: this.selections() };
  }

  private field(): Field {
    const { line, column } = this.peek();
    const alias = this.name();
    const name = this.skip(":") ? this.name() : alias;
    const args = this.args();
    const directives = this.directives();
    const selections = this.has("{") ? this.selections() : null;
    return { kind: "field", alias, name, args, directives, selections, line, column };
  }

  private directives(): Field["directives"] {
    const found: Field["directives"] = [];
    while (this.skip("@")) found.push({ name: this.name(), args: this.args() });
    return found;
  }

  private args(): Record<string, Value> {
    return this.skip("(") ? this.pairs(")") : {};
  }

  private pairs(end: string): Record<string, Value> {
    const found: Record<string, Value> = {};
    while (!this.skip(end)) {
      const key = this.name();
      this.expect(":");
      found[key] = this.value();
    }
    return found;
  }

  private value(): Value {
    if (this.skip("$")) return { kind: "variable", name: this.name() };
    if (this.skip("{")) return { kind: "object", fields: this.pairs("}") };
    if (this.skip("[")) {
      const items: Value[] = [];
      while (!this.skip("]")) items.push(this.value());
      return { kind: "list", items };
    }
    const token = this.peek();
    if (token.kind === "end" || token.kind === "punctuator") return this.fail();
    this.take();
    return { kind: "literal", value: token.kind === "name" && token.text in WORDS ? WORDS[token.text] : token.value };
  }
}

/** Reads a GraphQL document. Throws GraphqlSyntaxError. */
export function parseGraphql(text: string): Document {
  return new Parser(tokenize(text)).document();
}
