import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
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

test('a command whose data folder is another user’s says so', { skip: process.platform === 'win32' }, (t) => {
  const folder = join(temporaryFolder(t), 'data');
  mkdirSync(folder);
  chmodSync(folder, 0);
  const module = JSON.stringify(new URL('./command-settings.ts', import.meta.url).href);
  const script = `import { commandSettings } from ${module};
    for (const path of [${JSON.stringify(folder)}, ${JSON.stringify(join(folder, 'below'))}])
      try { commandSettings({ TOKENWATCH_DATA_DIR: path }); } catch (error) { console.log(error.message); }`;
  // Nothing is out of root's reach.
  const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  chmodSync(dirname(folder), 0o755);
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    ...nobody,
    encoding: 'utf8',
  });
  chmodSync(folder, 0o700);
  const words =
    'may not be read by this user. Run the command as the user whose it is, or name a folder with TOKENWATCH_DATA_DIR.';
  assert.deepEqual(stdout.trim().split('\n'), [
    `The data folder ${folder} ${words}`,
    `The data folder ${join(folder, 'below')} ${words}`,
  ]);
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
