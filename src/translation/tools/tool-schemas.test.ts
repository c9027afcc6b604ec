import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allowsStrict, portableParameters } from './tool-schemas.ts';

test('parameters are an object with properties, whatever was left out', () => {
  const empty = { type: 'object', properties: {} };
  for (const schema of [
    undefined,
    null,
    {},
    { type: 'object' },
    { properties: {} },
    { ...empty, properties: null },
  ])
    assert.deepEqual(portableParameters(schema), empty, JSON.stringify(schema));
  const told = { properties: { a: { type: 'array' }, b: { enum: [{ type: 'array' }] } }, required: ['a'] };
  assert.deepEqual(portableParameters(told), {
    type: 'object',
    properties: { a: { type: 'array', items: {} }, b: { enum: [{ type: 'array' }] } },
    required: ['a'],
  });
  for (const schema of ['x', [], 1, true])
    assert.equal(portableParameters(schema), null, JSON.stringify(schema));
});

const closed = (properties: object, rest: object = {}) => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
  ...rest,
});

test('strict mode takes closed objects that require all they have, at every depth', () => {
  const inner = closed({ a: { type: ['string', 'null'] } });
  const allowed = [
    closed({}),
    inner,
    closed({ list: { type: 'array', items: inner, maxItems: 3 } }),
    closed({ one: { anyOf: [inner, { type: 'null' }] } }),
    closed({ one: { $ref: '#/$defs/it' } }, { $defs: { it: inner } }),
  ];
  for (const schema of allowed) assert.equal(allowsStrict(schema), true, JSON.stringify(schema));
  const refused = [
    undefined,
    true,
    {},
    { type: 'object' },
    { ...inner, additionalProperties: undefined },
    { ...inner, required: [] },
    { ...inner, anyOf: [inner] },
    closed({ a: {} }),
    closed({ a: { type: 'array' } }),
    closed({ a: { type: 'string', minLength: 1 } }),
    closed({ a: { type: 'string', default: 'x' } }),
    closed({ deep: { type: 'array', items: { type: 'object', properties: { b: { type: 'string' } } } } }),
    closed({ one: { oneOf: [inner] } }),
    closed({ one: { $ref: '#/$defs/it' } }, { $defs: { it: { type: 'object' } } }),
  ];
  for (const schema of refused) assert.equal(allowsStrict(schema), false, JSON.stringify(schema));
});
