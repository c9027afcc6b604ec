import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readDotEnv } from './dot-env.ts';

const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-env-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const read = (content: Buffer | string): Record<string, string | undefined> => {
  writeFileSync(join(folder, 'file'), content);
  return { ...readDotEnv(join(folder, 'file')) };
};
const utf16 = (text: string): Buffer => Buffer.from(`\uFEFF${text}`, 'utf16le');

test('a file is read as editors of all systems write it', () => {
  const forms: readonly (Buffer | string)[] = [
    'A=1\nB=two words\n',
    '\uFEFFA=1\r\nB="two words" # note\r\n',
    "# note\n\nexport A = 1\nB='two words'",
    'A=1\rB=two words\r',
    utf16('A=1\r\nB=two words\r\n'),
    Buffer.from(utf16('A=1\nB=two words\n')).swap16(),
    Buffer.concat([utf16('A=1\nB=two words\n'), Buffer.from('x')]),
  ];
  for (const form of forms) assert.deepEqual(read(form), { A: '1', B: 'two words' }, String(form));
  assert.deepEqual(read(''), {});
});

test('no file, and a folder of that name, say nothing; one that cannot be read is told', () => {
  assert.deepEqual(readDotEnv(join(folder, 'none')), {});
  mkdirSync(join(folder, 'venv'));
  assert.deepEqual(readDotEnv(join(folder, 'venv')), {});
  if (process.getuid?.() === 0) return;
  writeFileSync(join(folder, 'closed'), 'A=1');
  chmodSync(join(folder, 'closed'), 0);
  assert.throws(() => readDotEnv(join(folder, 'closed')), { code: 'invalid_setting', message: /EACCES/ });
});
