import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { findMember, insertTopLevelMember, replaceTopLevelValue, topLevelMembers } from './top-level-json.ts';

const whitespace = fc.stringMatching(/^[ \t\r\n]{0,3}$/);
const names = fc.oneof(fc.constantFrom('model', 'stream', 'm"q', 'é\\', ''), fc.string());

/** JSON text with random whitespace, duplicate names, escaped names and sometimes a byte order mark. */
const objects = fc
  .tuple(
    fc.array(fc.tuple(names, fc.jsonValue(), whitespace, fc.boolean()), { maxLength: 6 }),
    whitespace,
    fc.boolean(),
  )
  .map(([members, outer, mark]) => {
    const texts = members.map(([name, value, space, escaped]) => {
      // Node 26.10's JSON.parse now and then reads an escaped name of one character as a backslash.
      const quoted = escaped && name.length !== 1 ? escapeAll(name) : JSON.stringify(name);
      return `${space}${quoted}${space}:${space}${JSON.stringify(value, null, space.length)}${space}`;
    });
    return { json: `${outer}{${texts.join(',')}}${outer}`, mark };
  });

test('replacing a value changes what JSON.parse reads of it and no other byte', () => {
  fc.assert(
    fc.property(objects, fc.jsonValue(), fc.nat(), ({ json, mark }, value, pick) => {
      const body = Buffer.from((mark ? '\uFEFF' : '') + json);
      const before = members(json);
      const name = [...before.keys()][pick % Math.max(before.size, 1)];
      if (name === undefined) return;
      const text = JSON.stringify(value);
      const replaced = replaceTopLevelValue(body, name, text);
      assert.ok(replaced !== null);
      const span = findMember(topLevelMembers(body)!, name)!;
      assert.deepEqual(
        JSON.parse(body.subarray(span.valueStart, span.valueEnd).toString()),
        before.get(name),
      );
      assert.deepEqual(members(replaced.toString()), new Map(before).set(name, JSON.parse(text)));
      assert.deepEqual(replaced.subarray(0, span.valueStart), body.subarray(0, span.valueStart));
      const tail = body.length - span.valueEnd;
      assert.deepEqual(replaced.subarray(replaced.length - tail), body.subarray(span.valueEnd));
      assert.equal(replaced.length, span.valueStart + Buffer.byteLength(text) + tail);
    }),
    { numRuns: 500 },
  );
});

test('inserting a member only inserts bytes, and wins over an earlier member of its name', () => {
  fc.assert(
    fc.property(objects, names, fc.jsonValue(), ({ json, mark }, name, value) => {
      const body = Buffer.from((mark ? '\uFEFF' : '') + json);
      const inserted = insertTopLevelMember(body, name, JSON.stringify(value))!;
      const expected = new Map(members(json)).set(name, JSON.parse(JSON.stringify(value)));
      assert.deepEqual(members(inserted.toString()), expected);
      let same = 0;
      while (same < body.length && body[same] === inserted[same]) same += 1;
      const tail = body.length - same;
      assert.deepEqual(inserted.subarray(inserted.length - tail), body.subarray(same));
    }),
    { numRuns: 500 },
  );
});

test('the last of two members with one name is the one that is replaced', () => {
  const body = Buffer.from('{"model":"a", "model" : "b"}');
  assert.equal(replaceTopLevelValue(body, 'model', '"c"')?.toString(), '{"model":"a", "model" : "c"}');
});

test('a name that occurs only deeper down is not found', () => {
  const body = Buffer.from('{"a":{"model":"x"},"b":"\\"model\\":1"}');
  assert.equal(replaceTopLevelValue(body, 'model', '1'), null);
});

test('bodies that are not one JSON object are refused', () => {
  const bodies = [
    '',
    '[]',
    '"model"',
    '{',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":"x',
    '{"a":[1',
    '{"a":1}x',
    '{a:1}',
  ];
  for (const text of [...bodies, '{"a":1,}', '{"a":,"b":1}', '{"\\q":1}', '{"a" 1}']) {
    assert.equal(topLevelMembers(Buffer.from(text)), null, text);
  }
  for (const text of ['', ' ', '[]', '"model"', '1', '{', '}', '[{}]', ' {"a":1}x'])
    assert.equal(insertTopLevelMember(Buffer.from(text), 'x', '1'), null, text);
});

/** A map, so that a member named `__proto__` is compared like any other. */
function members(json: string): Map<string, unknown> {
  return new Map(Object.entries(JSON.parse(json.replace(/^\uFEFF/, '')) as Record<string, unknown>));
}

function escapeAll(name: string): string {
  const units = Array.from({ length: name.length }, (_, at) => name.charCodeAt(at).toString(16));
  return `"${units.map((unit) => `\\u${unit.padStart(4, '0')}`).join('')}"`;
}
