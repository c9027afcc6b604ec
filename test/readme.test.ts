import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { settingLines } from '../src/cli/setting-lines.ts';
import { SETTINGS } from '../src/settings.ts';

const settings = Object.entries(SETTINGS);

test("the README's tables have every setting in its group, with its default and form, and no other", () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const rows: { readonly name: string | undefined; readonly group: string; readonly text: string }[] = [];
  let group = '';
  for (const text of readme.split('\n')) {
    if (text.startsWith('#')) group = text.replace(/^#+ /, '');
    if (text.startsWith('| `TOKENWATCH_')) rows.push({ name: /`(\w+)`/.exec(text)?.[1], group, text });
  }
  assert.deepEqual(
    rows.map((row) => [row.name, row.group]),
    settings.map(([name, setting]) => [name, setting.group]),
  );
  for (const [index, [, { form, standard }]] of settings.entries()) {
    const text = rows[index]?.text ?? '';
    assert.ok(text.includes(form), `${text} lacks its form`);
    if (standard) assert.ok(text.includes(`\`${standard}\``), `${text} lacks its default`);
  }
});

test('each group of settings stands together, and the help of "start" shows them all', () => {
  const groups = settings.map(([, setting]) => setting.group);
  const begun = groups.filter((group, index) => group !== groups[index - 1]);
  assert.deepEqual(begun, [...new Set(groups)]);

  const lines = settingLines();
  assert.deepEqual(
    lines.filter((line) => /^\w+$/.test(line)),
    begun,
  );
  for (const [name, { standard, about }] of settings) {
    const at = lines.indexOf(`  ${name}=${standard ?? ''}`);
    assert.equal(lines[at + 1], `    ${about}`, `${name} is missing or not explained`);
  }
});
