// The kill switch while the database is away: in force at once and over restarts, and stored as soon as it answers.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { visitStore } from '../../src/storage/registry.ts';
import { postgresFolders, startPostgres } from '../postgres-server.ts';
import { type Ran, runCommand } from '../run-command.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';

const AWAY = 'postgres://user:not-a-secret@127.0.0.1:1/nowhere';

function folderOf(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-outage-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

interface Place {
  readonly dataDir: string;
  readonly url: string;
}

const environmentOf = ({ dataDir, url }: Place) => ({
  TOKENWATCH_DATA_DIR: dataDir,
  TOKENWATCH_DATABASE_URL: url,
});

async function startAt(context: TestContext, place: Place, warnings: string[] = []): Promise<TestApp> {
  const warn = (message: string): number => warnings.push(message);
  const app = await startTestApp({ settings: environmentOf(place), warn });
  context.after(() => app.close());
  return app;
}

async function cli(place: Place, name: string, words: readonly string[] = []): Promise<Ran> {
  return runCommand(name, words, { ...environmentOf(place), TOKENWATCH_DASHBOARD_PORT: '9' });
}

/** The refusal's code; null where it passes. */
async function send(app: TestApp, name: string): Promise<string | null> {
  const answer = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-tokenwatch-app': name },
    body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hi' }] }),
  });
  await answer.arrayBuffer();
  return answer.headers.get('x-tokenwatch-error');
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!(await isSo())) assert.ok(performance.now() < deadline, 'it did not come');
}

test('a kill switch is in force at once while the database is away, and after a restart; so is its end', async (context) => {
  const place = { dataDir: folderOf(context), url: AWAY };
  let app = await startAt(context, place);
  const killed = await cli(place, 'budget kill', ['--app', 'runaway']);
  assert.equal(killed.stderr, '');
  assert.match(killed.stdout, /^Stopped: app runaway\./);
  assert.match(killed.stdout, /\nWarning: The database does not answer since \d{4}-.+Z \(.*ECONNREFUSED/);
  assert.match(killed.stdout, /This server goes by it already, also after a restart/);
  assert.equal(await send(app, 'runaway'), 'budget_killed');
  assert.equal(await send(app, 'other'), null);

  const told = await cli(place, 'budget status');
  assert.equal(told.stderr, '');
  assert.match(
    told.stdout,
    /^The database does not answer since \d{4}-.+This is what the running server knows\./,
  );
  assert.match(told.stdout, /\nStopped since .*: app runaway \(/);
  const again = await cli(place, 'budget kill', ['--app', 'runaway', '--json']);
  const { stopped } = JSON.parse((await cli(place, 'budget status', ['--json'])).stdout);
  assert.equal(stopped.length, 1);
  assert.equal(JSON.parse(again.stdout).stopped.id, stopped[0].id);

  await app.stop();
  app = await startAt(context, place);
  assert.equal(await send(app, 'runaway'), 'budget_killed');

  const resumed = await cli(place, 'budget resume', ['--app', 'runaway']);
  assert.match(resumed.stdout, /^Runs again: app runaway\.\nWarning: The database does not answer/);
  assert.equal(await send(app, 'runaway'), null);
  await app.stop();
  app = await startAt(context, place);
  assert.equal(await send(app, 'runaway'), null);
});

const [folder] = postgresFolders();
test('what was stopped and resumed in an outage is stored when PostgreSQL answers again, once', {
  skip: folder === undefined && 'no PostgreSQL is installed',
}, async (context) => {
  const postgres = await startPostgres(folder ?? '');
  context.after(() => postgres.close());
  const [here, there] = [0, 1].map(() => ({ dataDir: folderOf(context), url: postgres.url })) as [
    Place,
    Place,
  ];
  const warnings: string[] = [];
  const apps = [await startAt(context, here, warnings), await startAt(context, there)] as const;
  await cli(here, 'budget kill', ['--app', 'earlier']);
  await until(async () => (await send(apps[1], 'earlier')) === 'budget_killed');

  await postgres.stop();
  assert.match((await cli(here, 'budget kill', ['--app', 'runaway'])).stdout, /Warning: The database/);
  assert.match((await cli(here, 'budget resume', ['--app', 'earlier'])).stdout, /^Runs again: app earlier/);
  assert.equal(await send(apps[0], 'runaway'), 'budget_killed');
  assert.equal(await send(apps[0], 'earlier'), null);
  // The other proxy cannot know.
  assert.equal(await send(apps[1], 'runaway'), null);
  assert.equal(await send(apps[1], 'earlier'), 'budget_killed');

  await postgres.start();
  await until(async () => (await send(apps[1], 'runaway')) === 'budget_killed');
  await until(async () => (await send(apps[1], 'earlier')) === null);
  const status = JSON.parse((await cli(here, 'budget status', ['--json'])).stdout);
  assert.equal(status.fault, null);
  assert.equal(status.stopped.length, 1);
  assert.ok(warnings.some((line) => /^Budgets are followed again\. It failed .* since /.test(line)));

  // A server that ends before the database is back: whoever opens the store next tells it.
  await postgres.stop();
  await cli(here, 'budget resume', ['--app', 'runaway']);
  await apps[0].stop();
  await postgres.start();
  await cli(here, 'budget status');
  const store = await visitStore(environmentOf(there), 'refuse');
  assert.deepEqual((await store.budgets.budgetRules()).kills, []);
  await store.close();
});
