// JSON schemas of tools and answers, as far as the two APIs want them otherwise.

import { asArray, asObject, type JsonObject } from '../../protocols/json/json-value.ts';
import { flatRoot } from './root-schema.ts';

const NO_PARAMETERS: JsonObject = { type: 'object', properties: {} };
const DEPTH_MAX = 64;

/** The parameters of a tool as both APIs take them; null where they are no schema. */
export function portableParameters(schema: unknown): JsonObject | null {
  if (schema === undefined || schema === null) return NO_PARAMETERS;
  const told = asObject(schema);
  if (told === null) return null;
  const object = flatRoot(told);
  // OpenAI's API refuses an object without properties, Anthropic's one without a type.
  const whole = { ...object, type: 'object', properties: asObject(object.properties) ?? {} };
  return withItems(whole, 0) as JsonObject;
}

/** OpenAI's API refuses a list that does not say of what. */
function withItems(value: unknown, depth: number): unknown {
  return inEachSchema(value, depth, (schema) => {
    const isList = asArray(schema.type).concat(schema.type).includes('array');
    return isList && schema.items === undefined ? { ...schema, items: {} } : schema;
  });
}

/** Names whose values are data, not schemas, and names whose values hold schemas by names of their own. */
const DATA = new Set(['enum', 'const', 'default', 'examples', 'required']);
const NAMED = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);

/** The same with every schema in it changed, the innermost first. A property may be called as a keyword is. */
function inEachSchema(value: unknown, depth: number, change: (schema: JsonObject) => JsonObject): unknown {
  if (depth > DEPTH_MAX) return value;
  if (Array.isArray(value)) return value.map((one) => inEachSchema(one, depth + 1, change));
  const object = asObject(value);
  if (object === null) return value;
  const each = (schemas: JsonObject): JsonObject =>
    Object.fromEntries(
      Object.entries(schemas).map(([name, one]) => [name, inEachSchema(one, depth + 1, change)]),
    );
  const inner = Object.entries(object).map(([name, one]) => {
    if (DATA.has(name)) return [name, one];
    const named = NAMED.has(name) ? asObject(one) : null;
    return [name, named === null ? inEachSchema(one, depth + 1, change) : each(named)];
  });
  return change(Object.fromEntries(inner) as JsonObject);
}

/** Bounds that Anthropic's API does not keep, and refuses. */
const BOUNDS = [
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'minLength', 'maxLength'],
  ...['maxItems', 'uniqueItems', 'minContains', 'maxContains', 'minProperties', 'maxProperties'],
];

function boundsOf(schema: JsonObject): readonly string[] {
  // Of a list it takes whether there must be anything in it.
  const least = typeof schema.minItems === 'number' && schema.minItems > 1 ? ['minItems'] : [];
  return [...BOUNDS.filter((name) => schema[name] !== undefined), ...least];
}

/** Whether a schema has none of them. */
export function keepsNoBounds(schema: unknown): boolean {
  let keeps = true;
  inEachSchema(schema, 0, (one) => {
    if (boundsOf(one).length > 0) keeps = false;
    return one;
  });
  return keeps;
}

/**
 * The schema of an answer as Anthropic's API takes it: every object closed, where it does not say otherwise, and bounds
 * that it does not keep told to the model in words.
 */
export function closedSchema(value: unknown): unknown {
  return inEachSchema(value, 0, (schema) => {
    const isObject = asArray(schema.type).concat(schema.type).includes('object');
    const isOpen = asObject(schema.properties) !== null && (isObject || schema.type === undefined);
    const inOne =
      isOpen && schema.additionalProperties === undefined
        ? { ...schema, additionalProperties: false }
        : schema;
    const closed = withAnyOf(inOne);
    const bounds = boundsOf(closed);
    if (bounds.length === 0) return closed;
    const kept = Object.entries(closed).filter(([name]) => !bounds.includes(name));
    const words = bounds.map((name) => `${name}: ${JSON.stringify(closed[name])}`).join(', ');
    const description = [closed.description, `{${words}}`].filter((text) => text !== undefined).join(' ');
    return { ...Object.fromEntries(kept), description };
  });
}

/** Anthropic's API knows no `oneOf`, and means the same by `anyOf`. */
function withAnyOf(schema: JsonObject): JsonObject {
  if (schema.oneOf === undefined || schema.anyOf !== undefined) return schema;
  const { oneOf, ...rest } = schema;
  return { ...rest, anyOf: oneOf };
}

/** What OpenAI's strict mode does not take, wherever it stands. */
const NOT_STRICT = new Set([
  ...['allOf', 'oneOf', 'not', 'if', 'then', 'else', 'dependentRequired', 'dependentSchemas', 'default'],
  ...['patternProperties', 'unevaluatedProperties', 'propertyNames', 'minProperties', 'maxProperties'],
  ...['minLength', 'maxLength', 'contains', 'minContains', 'maxContains', 'uniqueItems', 'unevaluatedItems'],
]);

/** Whether `strict: true` can stand beside the schema: every object closed, and all that it has required. */
export function allowsStrict(schema: unknown): boolean {
  const root = asObject(schema);
  return root !== null && root.type === 'object' && root.anyOf === undefined && isStrict(root, 0);
}

function isStrict(schema: unknown, depth: number): boolean {
  const object = asObject(schema);
  // `true` and `{}` allow anything, which strict mode does not.
  if (object === null || depth > DEPTH_MAX || Object.keys(object).length === 0) return false;
  if (Object.keys(object).some((name) => NOT_STRICT.has(name))) return false;
  const properties = asObject(object.properties);
  const types = asArray(object.type).concat(object.type);
  if (properties !== null || types.includes('object')) {
    const required = new Set(asArray(object.required));
    if (object.additionalProperties !== false) return false;
    if (!Object.keys(properties ?? {}).every((name) => required.has(name))) return false;
  }
  if (types.includes('array') && object.items === undefined) return false;
  const inner = [
    ...Object.values(properties ?? {}),
    ...Object.values(asObject(object.$defs) ?? {}),
    ...Object.values(asObject(object.definitions) ?? {}),
    ...asArray(object.anyOf),
    ...(object.items === undefined ? [] : [object.items]),
  ];
  return inner.every((one) => isStrict(one, depth + 1));
}
