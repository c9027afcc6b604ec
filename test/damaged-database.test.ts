// A damaged database stops no traffic: it is set aside, records wait, hard budgets are not filled up again, and a repair
// brings back what can be read. The files are really broken.

import assert from 'node:assert/strict';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { endOf, idOf, startOf } from '../src/storage/conformance/model.ts';
import { importRecords } from '../src/storage/loading/import-records.ts';
import { databasePath } from '../src/storage/sqlite/database.ts';
import { repair } from '../src/storage/sqlite/repair.ts';
import { atEnd, temporaryFolder } from './at-end.ts';
import { withBook } from './budgets/app-with-budgets.ts';
import { runCommand } from './run-command.ts';
import { startTestApp, type TestApp } from './start-test-app.ts';

const PAGE = 4096;
const RECORDS = 400;
const COST_NANO_USD = 1_000_000;
const LIMIT_USD = '0.41';

/** A data folder with records, a rule and a hard budget that is nearly used up, as a server left it. */
let sound: string;
before(async () => {
  sound = mkdtempSync(join(tmpdir(), 'tokenwatch-sound-'));
  await withBook(sound, (book) => book.set({ name: 'all', limit: LIMIT_USD, period: 'total' }));
  const past = Array.from({ length: RECORDS }, (_, index) => ({
    start: startOf(index, { startedAtMs: Date.now() - 60_000 + index, reservedNanoUsd: COST_NANO_USD }),
    end: endOf({ costNanoUsd: COST_NANO_USD, priceSource: 'stated' }),
  }));
  await importRecords({ TOKENWATCH_DATA_DIR: sound }, past, assert.fail, async () => undefined);
  // It remembers its budgets and what it counted.
  const app = await startTestApp({ settings: { TOKENWATCH_DATA_DIR: sound } });
  await app.close();
});
after(() => rmSync(sound, { recursive: true, force: true }));

function copyOfSound(context: TestContext): string {
  const folder = temporaryFolder(context, 'damaged');
  for (const name of readdirSync(sound))
    if (statSync(join(sound, name)).isFile()) copyFileSync(join(sound, name), join(folder, name));
  return folder;
}

function scribble(path: string, from: number, to: number): void {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(to - from, 0xa5), 0, to - from, from);
  closeSync(file);
}

async function ask(app: TestApp, session: string, model = 'claude-opus-4-1'): Promise<Response> {
  const response = await fetch(`${app.proxyUrl}/anthropic/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': 'demo', 'x-tokenwatch-session': session },
    body: JSON.stringify({ model, max_tokens: 4000, messages: [{ role: 'user', content: 'Hello' }] }),
  });
  await response.clone().arrayBuffer();
  return response;
}

const stateOf = async (
  app: TestApp,
  part: 'budgets' | 'store',
): Promise<{ state: string; about: string }> => {
  const ready = (await (await fetch(`${app.dashboardUrl}/ready`)).json()) as {
    checks: Record<typeof part, { state: string; about: string }>;
  };
  return ready.checks[part];
};

/** What was found holds for half a second. */
async function isWell(app: TestApp): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (const part of ['store', 'budgets'] as const)
    while ((await stateOf(app, part)).state !== 'ok') {
      assert.ok(performance.now() < deadline, (await stateOf(app, part)).about);
      await pause(50);
    }
}

const asideIn = (folder: string): readonly string[] =>
  readdirSync(folder).filter((name) => /^tokenwatch\.sqlite\.corrupt-[\dTZ-]+$/.test(name));

/** Each as it happens: a sector of the disk, a copy that broke off, a file of something else, a log of another day. */
const BROKEN: Readonly<Record<string, (path: string) => void>> = {
  'a garbage header': (path) => scribble(path, 0, 100),
  'a garbage first page': (path) => scribble(path, 0, PAGE),
  'half a file': (path) => truncateSync(path, Math.floor(statSync(path).size / 2 / PAGE) * PAGE),
  'a file of no bytes': (path) => truncateSync(path, 0),
  'another file': (path) => writeFileSync(path, 'no database, but a text of some length '.repeat(99)),
};

for (const [what, breakIt] of Object.entries(BROKEN))
  test(`a server starts on ${what}: traffic flows, hard budgets refuse, and a repair brings it back`, async (context) => {
    const folder = copyOfSound(context);
    breakIt(databasePath(folder));
    const warnings: string[] = [];
    const start = (): Promise<TestApp> =>
      startTestApp({
        settings: { TOKENWATCH_DATA_DIR: folder, TOKENWATCH_BUDGET_WAIT: '0' },
        warn: (message) => warnings.push(message),
      });
    let app = await start();
    atEnd(context, () => app.close());
    // What has no price needs no budget: the list of models.
    assert.equal((await fetch(`${app.proxyUrl}/openai/v1/models`)).status, 200);
    const refused = await ask(app, 'refused');
    assert.equal(refused.status, 503);
    assert.equal(refused.headers.get('x-tokenwatch-error'), 'budget_offline');
    assert.match(await refused.text(), /what is spent of it is not known.*TOKENWATCH_BUDGET_OFFLINE/);
    assert.match((await stateOf(app, 'budgets')).about, /not told yet what was spent: hard budgets refuse/);
    assert.equal(
      warnings.filter((warning) => /^DAMAGED: .*set aside as .*tokenwatch repair/.test(warning)).length,
      1,
    );
    // Told once, and its advice with it.
    const told = warnings.filter((warning) => /damaged|repair/i.test(warning));
    assert.equal(told.length, 1, told.join('\n'));
    assert.equal(told[0]?.match(/tokenwatch repair/g)?.length, 1);
    assert.equal(asideIn(folder).length, 1);
    assert.ok(!existsSync(databasePath(folder)));
    assert.match((await stateOf(app, 'store')).about, /wait in the spool .*set aside as .*tokenwatch repair/);
    // So is it by the next one that starts before a repair.
    await app.close();
    warnings.length = 0;
    app = await start();
    assert.equal(
      warnings.filter((warning) => /damaged|repair/i.test(warning)).length,
      1,
      warnings.join('\n'),
    );
    const environment = { TOKENWATCH_DATA_DIR: folder };
    assert.match((await runCommand('status', [], environment)).stdout, /was damaged.*tokenwatch repair/);
    assert.match((await runCommand('stats', [], environment)).stderr, /tokenwatch repair/);
    assert.match((await runCommand('budget set', ['--limit', '5'], environment)).stderr, /tokenwatch repair/);

    const { stdout } = await runCommand('repair', [], environment);
    assert.match(stdout, /The database is there again\. What was damaged is kept as /);
    // The server takes the new one by itself, with what waited.
    await app.recordOf('refused');
    let answer = await ask(app, 'after');
    for (
      let tries = 0;
      answer.headers.get('x-tokenwatch-error') === 'budget_offline' && tries < 200;
      tries += 1
    ) {
      await pause(20);
      answer = await ask(app, 'after');
    }
    // $0.40 of $0.41 are spent, whatever could be read.
    assert.equal(answer.headers.get('x-tokenwatch-error'), 'budget_exceeded');
    assert.equal(answer.headers.get('x-tokenwatch-budget-spent'), '0.4');
    await isWell(app);
  });

test('damage that is met while the server runs: traffic and limits go on, records wait', async (context) => {
  const folder = copyOfSound(context);
  const warnings: string[] = [];
  const app = await startTestApp({
    settings: { TOKENWATCH_DATA_DIR: folder, TOKENWATCH_BUDGET_WAIT: '0' },
    warn: (message) => warnings.push(message),
  });
  atEnd(context, () => app.close());
  const path = databasePath(folder);
  // All of it into the file, and nothing left that the server could remember of it.
  const beside = new DatabaseSync(path);
  beside.exec('UPDATE change_counter SET last = last + 1; PRAGMA wal_checkpoint(TRUNCATE);');
  scribble(path, PAGE, statSync(path).size);
  beside.close();
  const started = performance.now();
  while (asideIn(folder).length === 0) {
    assert.ok(performance.now() - started < 60_000, 'the damage was not met');
    await fetch(`${app.proxyUrl}/openai/v1/models`);
    await pause(20);
  }
  assert.equal((await fetch(`${app.proxyUrl}/openai/v1/models`)).status, 200);
  // What the ledger knows holds: $0.01 is left.
  assert.equal((await ask(app, 'dear')).headers.get('x-tokenwatch-error'), 'budget_exceeded');
  assert.equal((await ask(app, 'cheap', 'claude-haiku-3')).status === 503, false);
  assert.equal(warnings.filter((warning) => /^DAMAGED: /.test(warning)).length, 1);
  const repaired = await repair(folder, Date.now());
  assert.match(String(repaired.from), /corrupt-/);
  await app.recordOf('dear');
  await isWell(app);
});

test('a repair loses what lay in the damaged pages, and nothing else', async (context) => {
  const folder = copyOfSound(context);
  const path = databasePath(folder);
  const database = new DatabaseSync(path);
  const leaf = database
    .prepare(
      `SELECT pageno FROM dbstat WHERE name = 'requests' AND pagetype = 'leaf' ORDER BY pageno LIMIT 3, 1`,
    )
    .get() as { pageno: number };
  const onPage = database
    .prepare(`SELECT ncell AS n FROM dbstat WHERE name = 'requests' AND pageno = ?`)
    .get(leaf.pageno) as { n: number };
  database.close();
  scribble(path, (leaf.pageno - 1) * PAGE, leaf.pageno * PAGE);
  const { tables, rollups, madeGood } = await repair(folder, Date.now());
  const requests = tables.find(({ table }) => table === 'requests');
  assert.deepEqual(requests, { table: 'requests', rows: RECORDS - onPage.n, isDamaged: true });
  assert.equal(rollups, 'kept');
  assert.deepEqual(madeGood, [{ budget: 'all', nanoUsd: onPage.n * COST_NANO_USD }]);
  assert.ok(tables.filter(({ isDamaged }) => isDamaged).length === 1);
  const environment = { TOKENWATCH_DATA_DIR: folder };
  const { stdout } = await runCommand('budget status', ['--json'], environment);
  assert.equal(Number((JSON.parse(stdout) as { budgets: { spentUsd: number }[] }).budgets[0]?.spentUsd), 0.4);
  assert.match((await runCommand('repair', [], environment)).stdout, /Nothing is damaged/);
  assert.match((await runCommand('stats', ['--since', 'all'], environment)).stdout, /Requests/);
  // Those before and behind the page are there.
  const again = new DatabaseSync(path);
  for (const id of [idOf(0), idOf(RECORDS - 1)])
    assert.ok(again.prepare('SELECT 1 FROM requests WHERE id = ?').get(id) !== undefined, id);
  again.close();
});

test('of a file that was cut off, what is left is read', async (context) => {
  const folder = copyOfSound(context);
  const path = databasePath(folder);
  // Not between two pages.
  truncateSync(path, Math.floor(statSync(path).size * 0.7) + 123);
  const { tables, isReadable } = await repair(folder, Date.now());
  assert.ok(isReadable);
  assert.ok((tables.find(({ table }) => table === 'requests')?.rows ?? 0) > 0);
});

test("another program's database stays as it is, and a folder in its place is told of in words", async (context) => {
  const folder = temporaryFolder(context, 'foreign');
  const path = databasePath(folder);
  const foreign = new DatabaseSync(path);
  foreign.exec('CREATE TABLE bookmarks (url)');
  foreign.close();
  const environment = { TOKENWATCH_DATA_DIR: folder };
  assert.match(
    (await runCommand('stats', [], environment)).stderr,
    /another program .*"bookmarks".*Move it away/,
  );
  const still = new DatabaseSync(path);
  assert.equal(still.prepare('SELECT count(*) AS n FROM sqlite_master').get()?.n, 1);
  assert.equal(still.prepare('PRAGMA journal_mode').get()?.journal_mode, 'delete');
  still.close();
  rmSync(path);
  mkdirSync(path);
  assert.match(
    (await runCommand('repair', [], environment)).stderr,
    /^The database .* failed: .*another folder/,
  );
});
