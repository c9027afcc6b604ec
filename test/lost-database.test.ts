// A database that was deleted: what was set in it comes back from what the server wrote down beside it, and no budget is
// filled up again. What was recorded in it does not.

import assert from 'node:assert/strict';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { SPENT_MARKS, type SpentMark } from '../src/ledger/spent-marks.ts';
import { databasePath } from '../src/storage/sqlite/database.ts';
import { atEnd, temporaryFolder } from './at-end.ts';
import { runCommand, runWords } from './run-command.ts';
import { startTestApp, type TestApp } from './start-test-app.ts';

const PAGE = 4096;
const LIMIT_USD = '100';

interface House {
  readonly folder: string;
  readonly warnings: string[];
  start(): Promise<TestApp>;
  type(...words: string[]): Promise<string>;
  /** By all that was counted for the budget. */
  spentUsd(): Promise<number>;
}

/** A data folder with a hard budget, a kill switch, a rule and an access key. */
async function house(context: TestContext): Promise<House> {
  const folder = temporaryFolder(context, 'lost');
  const environment = { TOKENWATCH_DATA_DIR: folder };
  const type = (...words: string[]): Promise<string> => runWords(words, environment);
  await type('budget', 'set', '--name', 'all', '--limit', LIMIT_USD, '--period', 'total');
  await type('budget', 'kill', '--app', 'runaway');
  await type('tag', 'add', 'house', '--tag', 'house', '--app', 'house');
  await type('key', 'create', 'ci');
  const warnings: string[] = [];
  return {
    folder,
    warnings,
    type,
    async start() {
      const app = await startTestApp({
        settings: { TOKENWATCH_DATA_DIR: folder, TOKENWATCH_BUDGET_WAIT: '0' },
        warn: (message) => warnings.push(message),
      });
      atEnd(context, () => app.close());
      return app;
    },
    async spentUsd() {
      const { budgets } = JSON.parse(await type('budget', 'status', '--json')) as {
        budgets: { spentUsd: string }[];
      };
      assert.equal(budgets.length, 1);
      return Number(budgets[0]?.spentUsd);
    },
  };
}

async function ask(app: TestApp, session: string, name = 'shop'): Promise<Response> {
  const headers = {
    ...{ 'content-type': 'application/json', 'x-api-key': 'demo' },
    ...{ 'x-tokenwatch-session': session, 'x-tokenwatch-app': name },
  };
  const messages = [{ role: 'user', content: 'Hello' }];
  const body = JSON.stringify({ model: 'claude-opus-4-1', max_tokens: 1000, messages });
  const response = await fetch(`${app.proxyUrl}/anthropic/v1/messages`, { method: 'POST', headers, body });
  await response.clone().arrayBuffer();
  return response;
}

/** Asks, and returns what that cost by the answer. */
async function spend(app: TestApp, session: string): Promise<number> {
  assert.equal((await ask(app, session)).status, 200);
  const { costNanoUsd } = await app.recordOf(session);
  assert.ok((costNanoUsd ?? 0) > 0);
  return Number(costNanoUsd) / 1e9;
}

function lose(folder: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(databasePath(folder) + suffix, { force: true });
}

const near = (one: number, other: number): boolean => Math.abs(one - other) < 1e-9;
const asideIn = (folder: string): readonly string[] =>
  readdirSync(folder).filter((name) => name.startsWith('lost-'));

async function allIsSet({ type }: House): Promise<void> {
  assert.match(await type('budget', 'status'), /\ball\b.*\$100/);
  assert.match(await type('budget', 'status'), /runaway/);
  assert.match(await type('tag', 'list'), /house/);
  assert.match(await type('key', 'list'), /ci/);
}

test('before a server starts, a repair makes a database of what was written down', async (context) => {
  const lost = await house(context);
  const app = await lost.start();
  const spent = await spend(app, 'before');
  await app.close();
  lose(lost.folder);
  const printed = await lost.type('repair');
  assert.match(printed, /in force again: 1 budget, 1 kill switch, 2 rules and access keys\./);
  assert.match(printed, /Budget "all": \$[\d.]+ had been counted that no record tells; it stays spent\./);
  assert.match(printed, /only a backup has that.*The copies are kept in .*lost-\d+\.taken-back\./);
  await allIsSet(lost);
  assert.ok(near(await lost.spentUsd(), spent));
  assert.match(await lost.type('repair'), /^Nothing is damaged/);
  assert.ok(near(await lost.spentUsd(), spent));
  const again = await lost.start();
  assert.deepEqual(lost.warnings, []);
  assert.equal((await ask(again, 'stopped', 'runaway')).headers.get('x-tokenwatch-error'), 'budget_killed');
  assert.match(await lost.type('audit', 'list'), /repair/);
});

test('a server that began anew takes what a repair puts back, with what was spent before and since', async (context) => {
  const lost = await house(context);
  let app = await lost.start();
  let spent = await spend(app, 'before');
  await app.close();
  lose(lost.folder);
  app = await lost.start();
  assert.equal(lost.warnings.length, 1);
  assert.match(
    String(lost.warnings[0]),
    /^THE DATABASE IS GONE: .* 1 budget, 1 kill switch, 2 rules and access keys: .*"tokenwatch repair" puts these back/,
  );
  spent += await spend(app, 'since');
  assert.match(await lost.type('repair'), /in force again: 1 budget, 1 kill switch, 2 rules/);
  await allIsSet(lost);
  assert.ok(near(await lost.spentUsd(), spent), `${await lost.spentUsd()} ${spent}`);
  spent += await spend(app, 'later');
  assert.ok(near(await lost.spentUsd(), spent));
  await app.close();
  await lost.start();
  assert.ok(near(await lost.spentUsd(), spent));
  assert.equal(lost.warnings.length, 1, 'it is not told again');
});

test('what a command made in its place is told of by the next start, until all is set again or not wanted', async (context) => {
  const lost = await house(context);
  const told = async (): Promise<number> => {
    lost.warnings.length = 0;
    await (await lost.start()).close();
    return lost.warnings.filter((warning) => warning.startsWith('THE DATABASE IS GONE')).length;
  };
  assert.equal(await told(), 0);
  lose(lost.folder);
  assert.match(await lost.type('budget', 'status'), /No budget is set/);
  assert.equal(await told(), 1);
  await lost.type('budget', 'set', '--name', 'all', '--limit', '7', '--period', 'total');
  assert.equal(await told(), 1);
  assert.match(String(lost.warnings[0]), /nor are 1 kill switch, 2 rules and access keys:/);
  const [folder = ''] = asideIn(lost.folder);
  assert.equal(statSync(join(lost.folder, folder)).mode & 0o777, 0o700);
  for (const name of readdirSync(join(lost.folder, folder)))
    assert.equal(statSync(join(lost.folder, folder, name)).mode & 0o777, 0o600);
  // What was set since stays as it is.
  assert.match(await lost.type('repair'), /in force again: 1 kill switch, 2 rules/);
  assert.match(await lost.type('budget', 'status'), /\$7/);
  assert.equal(await told(), 0);
});

test('deleted under a running server: a repair has what waits in the spool, and the next start goes on', async (context) => {
  const lost = await house(context);
  const app = await lost.start();
  let spent = await spend(app, 'before');
  lose(lost.folder);
  // It answers, and its record waits.
  const answer = await ask(app, 'waiting');
  assert.equal(answer.status, 200);
  const printed = await lost.type('repair');
  assert.match(printed, /From the spool: \d requests?\..*Start TokenWatch again/s);
  await app.close();
  const again = await lost.start();
  spent += Number((await again.recordOf('waiting')).costNanoUsd) / 1e9;
  const spentUsd = await lost.spentUsd();
  assert.ok(near(spentUsd, spent), `${spentUsd} ${spent}`);
});

test('nothing was set: nothing is set aside, and a repair says that there is no database', async (context) => {
  const folder = temporaryFolder(context, 'nothing');
  const environment = { TOKENWATCH_DATA_DIR: folder };
  await (await startTestApp({ settings: environment })).close();
  lose(folder);
  assert.match((await runCommand('repair', [], environment)).stderr, /^There is no database in /);
  assert.deepEqual(asideIn(folder), []);
});

test('damage while the server runs: what waits in its spool is counted once', async (context) => {
  const lost = await house(context);
  const app = await lost.start();
  const before = await spend(app, 'before');
  const path = databasePath(lost.folder);
  const beside = new DatabaseSync(path);
  beside.exec('UPDATE change_counter SET last = last + 1; PRAGMA wal_checkpoint(TRUNCATE);');
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(statSync(path).size - PAGE, 0xa5), 0, null, PAGE);
  closeSync(file);
  beside.close();
  let waiting = 0;
  while (!readdirSync(lost.folder).some((name) => name.includes('corrupt-'))) {
    waiting += 1;
    assert.equal((await ask(app, 'waiting')).status, 200);
  }
  // What was counted is written down every two seconds: that of those that wait, too.
  const marks = join(lost.folder, SPENT_MARKS.name);
  const marked = (): number => {
    const [mark] = existsSync(marks) ? (JSON.parse(readFileSync(marks, 'utf8')) as SpentMark[]) : [];
    return Number(mark?.spentNanoUsd ?? 0) / 1e9;
  };
  while (marked() < before * 1.5) await pause(20);
  await lost.type('repair');
  const records = await app.recordsOf('waiting', waiting);
  const spent = before + records.reduce((sum, { costNanoUsd }) => sum + Number(costNanoUsd), 0) / 1e9;
  await app.close();
  await lost.start();
  const spentUsd = await lost.spentUsd();
  assert.ok(near(spentUsd, spent), `${spentUsd} ${spent}`);
});
