// JSON schemas of tools and answers, as far as the two APIs want them otherwise.

import { asArray, asObject, type JsonObject } from '../protocols/json-value.ts';

const NO_PARAMETERS: JsonObject = { type: 'object', properties: {} };
const DEPTH_MAX = 64;

/** The parameters of a tool as both APIs take them; null where they are no schema. */
export function portableParameters(schema: unknown): JsonObject | null {
  if (schema === undefined || schema === null) return NO_PARAMETERS;
  const object = asObject(schema);
  if (object === null) return null;
  // OpenAI's API refuses an object without properties, Anthropic's one without a type.
  const whole = { ...object, type: 'object', properties: asObject(object.properties) ?? {} };
  return withItems(whole, 0) as JsonObject;
}

/** OpenAI's API refuses a list that does not say of what. */
function withItems(value: unknown, depth: number): unknown {
  if (depth > DEPTH_MAX) return value;
  if (Array.isArray(value)) return value.map((one) => withItems(one, depth + 1));
  const object = asObject(value);
  if (object === null) return value;
  const inner = Object.fromEntries(
    Object.entries(object).map(([name, one]) => [name, DATA.has(name) ? one : withItems(one, depth + 1)]),
  );
  return inner.type === 'array' && inner.items === undefined ? { ...inner, items: {} } : inner;
}

/** Names whose values are data, not schemas. */
const DATA = new Set(['enum', 'const', 'default', 'examples']);

/** Anthropic's API wants every object of an answer's schema closed; where nothing is said, it is. */
export function closedSchema(value: unknown, depth = 0): unknown {
  if (depth > DEPTH_MAX) return value;
  if (Array.isArray(value)) return value.map((one) => closedSchema(one, depth + 1));
  const object = asObject(value);
  if (object === null) return value;
  const inner = Object.fromEntries(
    Object.entries(object).map(([name, one]) => [name, DATA.has(name) ? one : closedSchema(one, depth + 1)]),
  );
  const isOpen = asObject(object.properties) !== null && object.type === 'object';
  return isOpen && object.additionalProperties === undefined
    ? { ...inner, additionalProperties: false }
    : inner;
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
