// `tokenwatch migrate-data` as a process that is killed and called again, and what it says of stores it cannot move.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { endOf, startOf } from '../src/storage/conformance/model.ts';
import { importRecords } from '../src/storage/loading/import-records.ts';
import { visitStore } from '../src/storage/registry.ts';
import { SqliteDatabase } from '../src/storage/sqlite/database.ts';
import { storeAddress } from '../src/storage/transfer/address.ts';
import { TRANSFER_TABLES } from '../src/storage/transfer/tables.ts';
import { postgresFolders, startPostgres } from './postgres-server.ts';
import { runCommand } from './run-command.ts';

const RECORDS = 600;
const ENTRY = new URL('../bin/tokenwatch.js', import.meta.url).pathname;

/**
 * What is not moved: how far each spool was taken in is a matter of its data folder; words are made anew from the items
 * themselves, and what budgets count from the requests and what was kept of deleted ones; versions only tell that
 * something has changed; and the note of a move is the move's own.
 */
const NOT_MOVED: ReadonlySet<string> = new Set([
  'spool_progress',
  'prompt_words',
  // Made anew of the requests that were moved.
  'request_order',
  'request_order_state',
  'spend_keys',
  'spend_sessions',
  'spend_sums',
  'budget_version',
  'rule_version',
  'data_move',
]);

const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-migrate-'));
  folders.push(folder);
  return folder;
}

/** The same for all tests: a move leaves its source as it is. */
let source: Promise<string> | undefined;
const filled = (): Promise<string> => {
  source ??= fill();
  return source;
};

async function fill(): Promise<string> {
  const folder = newFolder();
  const records = Array.from({ length: RECORDS }, (_, index) => ({
    start: startOf(index, { session: `s${index % 40}`, startedAtMs: 1_700_000_000_000 + index * 500 }),
    end: endOf({ costNanoUsd: index }),
  }));
  await importRecords({ TOKENWATCH_DATA_DIR: folder }, records, assert.fail, async () => {});
  return folder;
}

test('every table of a store is moved, or named as one that is not', () => {
  const database = new SqliteDatabase('', ':memory:');
  const sql = `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB 'prompt_words_*'`;
  const tables = database.connection
    .prepare(sql)
    .all()
    .map(({ name }) => String(name));
  const known = [...TRANSFER_TABLES.map(({ name }) => name), ...NOT_MOVED].sort();
  assert.deepEqual(tables.sort(), known);
  for (const { name, columns } of TRANSFER_TABLES) {
    // A number that only tells rows of one store apart is made anew there.
    const own = ['rollup_keys.id', 'prompt_items.number', 'requests.key_id'];
    const all = database.connection
      .prepare(`PRAGMA table_info(${name})`)
      .all()
      .map((row) => String(row.name));
    assert.deepEqual(
      all.filter((each) => !own.includes(`${name}.${each}`)).sort(),
      [...columns].sort(),
      name,
    );
  }
  database.close();
});

const [postgres] = postgresFolders();
test('a move that is killed again and again brings every record over once', {
  skip: postgres === undefined && 'no PostgreSQL here',
}, async () => {
  const [folder, home] = [await filled(), newFolder()];
  const server = await startPostgres(postgres as string);
  try {
    const settings = { TOKENWATCH_DATA_DIR: home, TOKENWATCH_DATABASE_URL: server.url };
    const visit = await visitStore(settings, 'create');
    const environment = { ...process.env, TOKENWATCH_DATA_DIR: home };
    let last = '';
    let kills = 0;
    for (let ended = false; !ended; ) {
      const child = spawn(process.execPath, [ENTRY, 'migrate-data', '--from', folder, '--to', server.url], {
        env: environment,
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      const exited = once(child, 'exit');
      while (child.exitCode === null && child.signalCode === null && kills < 2) {
        // A note that has moved on: some of this child's pages are in.
        const note = (await visit.transfer.note()) ?? '';
        if (note === last || JSON.parse(note).table === null) continue;
        last = note;
        kills += child.kill('SIGKILL') ? 1 : 0;
        break;
      }
      const [code] = await exited;
      ended = code !== null;
      if (ended) assert.equal(code, 0);
    }
    assert.ok(kills > 0, 'nothing was killed');
    const summary = await visit.analytics.summary({ fromMs: 0, toMs: 2e12 });
    assert.deepEqual([summary.requests, summary.costNanoUsd], [RECORDS, (RECORDS * (RECORDS - 1)) / 2]);
    await visit.close();
    const back = join(newFolder(), 'back');
    const returned = await runCommand('migrate-data', ['--from', server.url, '--to', back, '--json'], {
      TOKENWATCH_DATA_DIR: home,
    });
    assert.equal(returned.stderr, '');
    const requests = JSON.parse(returned.stdout).tables.find(
      (each: { table: string }) => each.table === 'requests',
    );
    assert.deepEqual(
      [requests.rows, requests.sums.cost_nano_usd],
      [RECORDS, String((RECORDS * (RECORDS - 1)) / 2)],
    );
  } finally {
    await server.close();
  }
});

test('a move from folder to folder takes prices along, and says what it moved', async () => {
  const [from, to] = [await filled(), join(newFolder(), 'copy')];
  writeFileSync(join(from, 'prices.json'), '{"models":{}}');
  const environment = { TOKENWATCH_DATA_DIR: newFolder() };
  const ran = await runCommand('migrate-data', ['--from', from, '--to', `sqlite:${to}`], environment);
  assert.equal(ran.stderr, '');
  assert.match(ran.stdout, /requests +600 +\$0\.0002/);
  assert.match(
    ran.stdout,
    /every count and every sum is the same on both sides\.\nCopied as well: prices\.json\./,
  );
  assert.ok(existsSync(join(to, 'prices.json')));
  const again = await runCommand('migrate-data', ['--from', from, '--to', to], environment);
  assert.match(
    again.stderr,
    /holds data already: 600 rows of requests \(.* was moved there before\)\. .*--replace/,
  );
  const replaced = await runCommand('migrate-data', ['--from', from, '--to', to, '--replace'], environment);
  assert.equal(replaced.stderr, '');
});

test('an address that is none is told, without its password', async () => {
  const environment = { TOKENWATCH_DATA_DIR: newFolder() };
  const said = async (...words: string[]): Promise<string> =>
    (await runCommand('migrate-data', words, environment)).stderr;
  assert.match(await said('--to', '/nowhere'), /--from is missing/);
  assert.match(
    await said('--from', '/nowhere/a', '--to', '/nowhere/a/tokenwatch.sqlite'),
    /are the same store/,
  );
  assert.match(
    await said('--from', '/nowhere/a', '--to', '/nowhere/b'),
    /There are no records in \/nowhere\/a/,
  );
  const wrong = await said('--from', 'mysql://me:not-a-secret@host/x', '--to', '/nowhere/b');
  assert.match(wrong, /"mysql:\/\/me@host\/x" is no store\. Name a data folder/);
  assert.match(
    await said('--from', 'postgres://me:not-a-secret@host', '--to', 'x'),
    /"postgres:\/\/me@host" is no store/,
  );
  const { name, settings } = storeAddress('oracle://me:not%2Fasecret@db:1521/FREEPDB1', '');
  assert.equal(name, 'oracle://me@db:1521/FREEPDB1');
  assert.deepEqual(settings('/spool'), {
    TOKENWATCH_DATA_DIR: '/spool',
    TOKENWATCH_ORACLE_USER: 'me',
    TOKENWATCH_ORACLE_PASSWORD: 'not/asecret',
    TOKENWATCH_ORACLE_DSN: 'db:1521/FREEPDB1',
  });
});
