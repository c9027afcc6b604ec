import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ToolNames } from './tool-names.ts';

test('any name fits both APIs, is the same each time, and comes back', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 1, maxLength: 200 })), (names) => {
      const tools = new ToolNames();
      const sent = names.map((name) => tools.portable(name));
      for (const name of sent) assert.match(name, /^[\w-]{1,64}$/);
      assert.equal(new Set(sent).size, names.length);
      assert.deepEqual(
        names.map((name) => tools.portable(name)),
        sent,
      );
      assert.deepEqual(
        sent.map((name) => tools.original(name)),
        names,
      );
    }),
  );
});

test('a name that fits stays, and one that nobody asked for is given back as it is', () => {
  const tools = new ToolNames();
  assert.equal(tools.portable('mcp__files__read-all'), 'mcp__files__read-all');
  assert.equal(tools.original('made_up'), 'made_up');
  assert.match(tools.portable(`mcp__${'a'.repeat(80)}`), /^mcp__a{42}_[0-9a-f]{16}$/);
});
