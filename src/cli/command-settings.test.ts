import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/at-end.ts';
import { runCommand } from '../../test/run-command.ts';

const COMMANDS = [
  ...['start', 'stats', 'status', 'budget status', 'budget kill', 'repair', 'verify', 'reset', 'open'],
  ...['key list', 'user list', 'prices set', 'audit list', 'audit verify', 'export', 'prompts list'],
];

test('a command whose data folder is a file, or below one, says so and what to do', async (t) => {
  const file = join(temporaryFolder(t), 'data');
  writeFileSync(file, '');
  for (const folder of [file, join(file, 'below')])
    for (const name of COMMANDS) {
      const { stderr } = await runCommand(name, [], { TOKENWATCH_DATA_DIR: folder });
      assert.equal(
        stderr,
        `The data folder cannot be ${folder}: ${file} is a file, and no folder. Name a folder with TOKENWATCH_DATA_DIR, or move away what is in its place.`,
        name,
      );
    }
});

test('a data folder that is there, or is not yet, is none to complain of', async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'there'));
  for (const name of ['there', 'not-yet'])
    assert.match(
      (await runCommand('stats', [], { TOKENWATCH_DATA_DIR: join(folder, name) })).stderr,
      /^There are no records in /,
    );
});
