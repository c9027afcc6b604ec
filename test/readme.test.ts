import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { SETTINGS } from '../src/settings.ts';

test("the README's table has every setting with its default and form, and no other", () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const rows = readme.split('\n').filter((line) => line.startsWith('| `TOKENWATCH_'));
  assert.deepEqual(
    rows.map((row) => /`(\w+)`/.exec(row)?.[1]),
    Object.keys(SETTINGS),
  );
  for (const [index, definition] of Object.values(SETTINGS).entries()) {
    const row = rows[index] ?? '';
    assert.ok(row.includes(definition.form), `${row} lacks its form`);
    if (definition.standard)
      assert.ok(row.includes(`\`${definition.standard}\``), `${row} lacks its default`);
  }
});
