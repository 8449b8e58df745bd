import {
  type Document,
  type Field,
  type Operation,
  parseGraphql,
  type Selection,
  type Value,
} from "./graphql-parse.ts";
import { isMemberType, TYPES } from "./graphql-types.ts";

interface GraphqlFault {
  type?: string;
  path?: (string | number)[];
  locations?: { line: number; column: number }[];
  message: string;
  extensions?: Record<string, unknown>;
}

interface GraphqlAnswer {
  data?: Record<string, unknown> | null;
  errors?: GraphqlFault[];
}

/** A field that GitHub answers with null and an error of this type. */
export class FieldError extends Error {
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.name = "FieldError";
    this.type = type;
  }
}

export type Args = Record<string, unknown>;

/** What resolvers give: `__typename` and fields, which may be functions of their arguments. */
export type Node = { __typename: string; [field: string]: unknown };

type Roots = Record<"Query" | "Mutation", Node>;

interface Run {
  document: Document;
  variables: Args;
  errors: GraphqlFault[];
}

const place = (field: Field) => [{ line: field.line, column: field.column }];

function resolveInput(value: Value, variables: Args): unknown {
  if (value.kind === "variable") return variables[value.name];
  if (value.kind === "literal") return value.value;
  if (value.kind === "list") return value.items.map((item) => resolveInput(item, variables));
  return Object.fromEntries(
    Object.entries(value.fields).map(([name, field]) => [name, resolveInput(field, variables)]),
  );
}

const argsOf = (args: Record<string, Value>, variables: Args): Args =>
  Object.fromEntries(Object.entries(args).map(([name, value]) => [name, resolveInput(value, variables)]));

/** Names every field that the schema lacks, before anything runs: a faulty mutation must change nothing. */
function validate(run: Run, selections: Selection[], type: string, path: string): void {
  const fields = TYPES[type] ?? {};
  for (const selection of selections) {
    if (selection.kind === "spread") {
      const fragment = run.document.fragments[selection.name];
      if (fragment) validate(run, fragment.selections, fragment.on, path);
      else run.errors.push({ message: `Fragment ${selection.name} was used, but not defined` });
    } else if (selection.kind === "inline") validate(run, selection.selections, selection.on ?? type, path);
    else if (selection.name !== "__typename")
      validateField(run, selection, type, fields[selection.name], `${path}.${selection.alias}`);
  }
}

function validateField(run: Run, field: Field, type: string, fieldType: string | undefined, path: string): void {
  const at = { path: path.split("."), locations: place(field) };
  if (fieldType === undefined) {
    const extensions = { code: "undefinedField", typeName: type, fieldName: field.name };
    run.errors.push({ ...at, extensions, message: `Field '${field.name}' doesn't exist on type '${type}'` });
  } else if (fieldType === "Scalar") {
    if (field.selections)
      run.errors.push({
        ...at,
        message: `Selections can't be made on scalars (field '${field.name}' returns a scalar but has selections)`,
      });
  } else if (!field.selections) {
    run.errors.push({
      ...at,
      message: `Field must have selections (field '${field.name}' returns ${fieldType} but has no selections. Did you mean '${field.name} { ... }'?)`,
    });
  } else validate(run, field.selections, fieldType, path);
}

function isSkipped(field: Field, variables: Args): boolean {
  return field.directives.some(({ name, args }) => {
    const condition = argsOf(args, variables).if === true;
    return (name === "skip" && condition) || (name === "include" && !condition);
  });
}

async function resolveValue(run: Run, field: Field, value: unknown, path: (string | number)[]): Promise<unknown> {
  if (value === null || value === undefined) return null;
  if (!field.selections) return value;
  if (Array.isArray(value)) return Promise.all(value.map((item, i) => resolveValue(run, field, item, [...path, i])));
  return resolveNode(run, field.selections, value as Node, path);
}

async function resolveField(run: Run, node: Node, field: Field, path: (string | number)[]): Promise<unknown> {
  try {
    const member = node[field.name];
    const value: unknown = typeof member === "function" ? await member(argsOf(field.args, run.variables)) : member;
    return await resolveValue(run, field, value, path);
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    run.errors.push({ type: error.type, path, locations: place(field), message: error.message });
    return null;
  }
}

async function resolveNode(
  run: Run,
  selections: Selection[],
  node: Node,
  path: (string | number)[],
): Promise<Record<string, unknown>> {
  const result: Record<string, unknown> = {};
  for (const selection of selections) {
    if (selection.kind === "field") {
      if (isSkipped(selection, run.variables)) continue;
      const at = [...path, selection.alias];
      result[selection.alias] =
        selection.name === "__typename" ? node.__typename : await resolveField(run, node, selection, at);
      continue;
    }
    const fragment = selection.kind === "spread" ? run.document.fragments[selection.name] : selection;
    if (!fragment || (fragment.on !== null && !isMemberType(node.__typename, fragment.on))) continue;
    Object.assign(result, await resolveNode(run, fragment.selections, node, path));
  }
  return result;
}

function readVariables(operation: Operation, given: Args, errors: GraphqlFault[]): Args {
  const variables: Args = {};
  for (const { name, type, isRequired, defaultValue } of operation.variables) {
    variables[name] = given[name] ?? (defaultValue ? resolveInput(defaultValue, {}) : null);
    if (isRequired && variables[name] === null)
      errors.push({
        message: `Variable $${name} of type ${type} was provided invalid value`,
        extensions: { value: null, problems: [{ path: [], explanation: "Expected value to not be null" }] },
      });
  }
  return variables;
}

/** Runs a GraphQL request as GitHub would: syntax and schema faults first, then fields, each with its own error. */
export async function runGraphql(
  roots: Roots,
  query: string,
  given: Args,
  operationName: string | null,
): Promise<GraphqlAnswer> {
  const document = parseGraphql(query);
  const operation =
    operationName === null ? document.operations[0] : document.operations.find((one) => one.name === operationName);
  if (!operation)
    return {
      errors: [
        {
          message:
            operationName === null
              ? "A query attribute must be specified and must be a string."
              : `No operation named "${operationName}"`,
        },
      ],
    };
  if (operation.type === "subscription") return { errors: [{ message: "Schema is not configured for subscriptions" }] };
  const errors: GraphqlFault[] = [];
  const run: Run = { document, variables: readVariables(operation, given, errors), errors };
  const root = operation.type === "mutation" ? "Mutation" : "Query";
  validate(run, operation.selections, root, operation.type);
  if (errors.length > 0) return { errors };
  const data = await resolveNode(run, operation.selections, roots[root], []);
  return errors.length > 0 ? { data, errors } : { data };
}
