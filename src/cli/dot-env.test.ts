import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { dotEnvReader, readDotEnv } from './dot-env.ts';

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
  assert.equal(readDotEnv(join(folder, 'none')), null);
  mkdirSync(join(folder, 'venv'));
  assert.equal(readDotEnv(join(folder, 'venv')), null);
  if (process.getuid?.() === 0) return;
  writeFileSync(join(folder, 'closed'), 'A=1');
  chmodSync(join(folder, 'closed'), 0);
  assert.throws(() => readDotEnv(join(folder, 'closed')), { code: 'invalid_setting', message: /EACCES/ });
});

test('a line that names a setting and sets nothing is told, with its number', () => {
  for (const line of [
    'TOKENWATCH_RETRY: 2',
    'TOKENWATCH_RETRY 2',
    'TOKENWATCH_RETRY',
    'set TOKENWATCH_RETRY=2',
    '$env:TOKENWATCH_RETRY=2',
    '- TOKENWATCH_RETRY=2',
  ])
    assert.throws(
      () => read(`A=1\n${line}\nB=2\n`),
      {
        code: 'invalid_setting',
        message: /^Line 2 of .*file sets nothing, though it names TOKENWATCH_RETRY/,
      },
      line,
    );
  const right =
    '# TOKENWATCH_A 1\nexport TOKENWATCH_A=1\n  TOKENWATCH_B = 2\nC=TOKENWATCH_D\n# set TOKENWATCH_E\n';
  assert.deepEqual(read(right), { TOKENWATCH_A: '1', TOKENWATCH_B: '2', C: 'TOKENWATCH_D' });
});

test('a file that was there and is gone is told, and is read again when it is back', () => {
  const path = join(folder, 'moved');
  const again = dotEnvReader(path);
  assert.deepEqual({ ...again() }, {});
  writeFileSync(path, 'A=1');
  assert.deepEqual({ ...again() }, { A: '1' });
  rmSync(path);
  assert.throws(again, { code: 'invalid_setting', message: /moved, which was read before, is gone/ });
  mkdirSync(path);
  assert.throws(again, { code: 'invalid_setting', message: /is gone/ });
  rmSync(path, { recursive: true });
  writeFileSync(path, 'A=2');
  assert.deepEqual({ ...again() }, { A: '2' });
});
