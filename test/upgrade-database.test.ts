// A database of an earlier version, and the commands of this one: they leave it as it is, all but the one that upgrades.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { databasePath } from '../src/storage/sqlite/database.ts';
import { MIGRATIONS } from '../src/storage/sqlite/schema.ts';
import { temporaryFolder } from './at-end.ts';
import { earlierDatabase, ROWS } from './earlier-database.ts';
import { runCommand } from './run-command.ts';
import { startServerProcess } from './start-server-process.ts';

/** Each of those that ask the store of a folder where no server runs, by one way of asking it. */
const COMMANDS: readonly (readonly [name: string, ...words: string[]])[] = [
  ['status'],
  ['stats', '--since', 'all'],
  ['tail'],
  ['verify'],
  ['export', '--format', 'json'],
  ['budget status'],
  ['budget set', '--limit', '5', '--period', 'daily'],
  ['budget kill', '--app', 'shop'],
  ['key list'],
  ['key create', 'ci'],
  ['cache stats'],
  ['cache why', '--body-file', 'BODY', '--endpoint', 'chat/completions'],
  ['prompts list'],
  ['tag list'],
  ['route list'],
  ['upstream list'],
  ['ab list'],
  ['cost by-app'],
  ['cost compare', '--to', 'gpt-4o'],
  ['explain-request', '--api', 'openai', '--body-file', 'BODY'],
  ['reset', '--yes'],
];

function versionIn(folder: string): unknown {
  const database = new DatabaseSync(databasePath(folder), { readOnly: true });
  const { user_version: version } = database.prepare('PRAGMA user_version').get() ?? {};
  database.close();
  return version;
}

test('no command but the one that is called so upgrades a database of an earlier version', async (context) => {
  for (const [index, [name, ...words]] of COMMANDS.entries()) {
    // Every version gets its turn, and the last one before this.
    const version = index === 0 ? MIGRATIONS.length - 1 : 1 + (index % (MIGRATIONS.length - 1));
    const folder = temporaryFolder(context, 'older');
    earlierDatabase(version, folder);
    const body = join(folder, 'body.json');
    writeFileSync(body, JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'x' }] }));
    const environment = { TOKENWATCH_DATA_DIR: folder, TOKENWATCH_DASHBOARD_PORT: '1' };
    const before = readFileSync(databasePath(folder));
    const given = words.map((word) => (word === 'BODY' ? body : word));
    const { stdout, stderr, status } = await runCommand(name, given, environment);
    // `status` tells it among what else it tells.
    assert.equal(status, name === 'status' ? 0 : 1, name);
    assert.match(
      stdout + stderr,
      new RegExp(`is of version ${version}, .*needs version ${MIGRATIONS.length}\\. .*upgrade-database`),
      name,
    );
    assert.equal(versionIn(folder), version, name);
    assert.ok(before.equals(readFileSync(databasePath(folder))), `${name} wrote to it`);
  }
});

test('upgrade-database brings every earlier version up to date, and then commands work', async (context) => {
  for (let version = 1; version < MIGRATIONS.length; version += 1) {
    const folder = temporaryFolder(context, 'upgraded');
    const environment = { TOKENWATCH_DATA_DIR: folder, TOKENWATCH_DASHBOARD_PORT: '1' };
    earlierDatabase(version, folder);
    const { stdout } = await runCommand('upgrade-database', ['--json'], environment);
    assert.deepEqual(JSON.parse(stdout), { database: databasePath(folder), upgraded: true });
    assert.equal(versionIn(folder), MIGRATIONS.length);
    const stats = await runCommand('stats', ['--since', 'all', '--json'], environment);
    assert.match(stats.stdout, new RegExp(`"requests":\\s*${ROWS}\\b`), `${version}: ${stats.stderr}`);
    assert.match((await runCommand('upgrade-database', [], environment)).stdout, /was up to date already/);
  }
});

test('upgrade-database makes nothing where there is nothing, and waits for the server to be stopped', async (context) => {
  const folder = temporaryFolder(context, 'none');
  const environment = { TOKENWATCH_DATA_DIR: folder };
  assert.match((await runCommand('upgrade-database', [], environment)).stderr, /no records in .* yet/);
  const server = await startServerProcess(environment);
  try {
    assert.match((await runCommand('upgrade-database', [], environment)).stderr, /runs on the data folder/);
  } finally {
    await server.stop();
  }
});
