// The root of a tool's schema. Both APIs want an object with its properties there, and refuse `anyOf`, `oneOf` and `allOf`
// beside them (below the root they take most of it); zod and others also write a mere `$ref`.

import { asArray, asObject, asText, type JsonObject } from '../../protocols/json/json-value.ts';

/** Variants that point at each other would double with every step. */
const SCHEMAS_MAX = 500;
const COMBINED = ['allOf', 'anyOf', 'oneOf'] as const;
/** Of the root: what was valid stays valid, and a value that another variant would want is none the less told of. */
const REFUSED = new Set<string>([...COMBINED, '$ref', 'not', 'if', 'then', 'else', 'enum', 'const']);

/** All properties that any of the variants has; required are those that all of them require. */
export function flatRoot(schema: JsonObject): JsonObject {
  return Object.keys(schema).some((name) => REFUSED.has(name))
    ? flat(schema, schema, { left: SCHEMAS_MAX })
    : schema;
}

function flat(schema: JsonObject, root: JsonObject, budget: { left: number }): JsonObject {
  const plain = Object.entries(schema).filter(([name]) => !REFUSED.has(name));
  let merged = Object.fromEntries(plain) as JsonObject;
  budget.left -= 1;
  if (budget.left < 0) return merged;
  const target = targetOf(schema.$ref, root);
  if (target !== null) merged = both(flat(target, root, budget), merged);
  for (const name of COMBINED) {
    const variants = asArray(schema[name])
      .map(asObject)
      .filter((one) => one !== null);
    if (variants.length === 0) continue;
    const flattened: JsonObject[] = variants.map((one) => flat(one, root, budget));
    const joined = flattened.reduce(name === 'allOf' ? both : either);
    merged = both(joined, merged);
  }
  return merged;
}

/** What `#/$defs/Name` and its kin point at. */
function targetOf(ref: unknown, root: JsonObject): JsonObject | null {
  const [hash, ...steps] = (asText(ref) ?? '').split('/');
  if (hash !== '#') return null;
  let at: unknown = root;
  for (const step of steps) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    const object = asObject(at);
    at = object !== null && Object.hasOwn(object, name) ? object[name] : null;
  }
  return asObject(at);
}

const both = (one: JsonObject, other: JsonObject): JsonObject =>
  together(one, other, [...new Set([...asArray(one.required), ...asArray(other.required)])]);

const either = (one: JsonObject, other: JsonObject): JsonObject => {
  const theirs = new Set(asArray(other.required));
  // Each variant may have closed itself to the others' properties.
  const { additionalProperties: _, ...open } = together(
    one,
    other,
    asArray(one.required).filter((name) => theirs.has(name)),
  );
  return open;
};

function together(one: JsonObject, other: JsonObject, required: readonly unknown[]): JsonObject {
  const properties = Object.fromEntries([
    ...Object.entries(asObject(one.properties) ?? {}),
    ...Object.entries(asObject(other.properties) ?? {}),
  ]);
  const { required: _, ...rest } = { ...one, ...other };
  return { ...rest, properties, ...(required.length === 0 ? {} : { required }) };
}
