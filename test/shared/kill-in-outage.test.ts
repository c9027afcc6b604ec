// What must hold at once while the database is away: kill switches and revoked keys are in force, over restarts too, and
// stored as soon as it answers. What is listed then is what the running server goes by.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { visitStore } from '../../src/storage/registry.ts';
import { atEnd, temporaryFolder } from '../at-end.ts';
import { postgresFolders, startPostgres } from '../postgres-server.ts';
import { type Ran, runCommand } from '../run-command.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';

const AWAY = 'postgres://user:not-a-secret@127.0.0.1:1/nowhere';

interface Place {
  readonly dataDir: string;
  readonly url: string;
}

const environmentOf = ({ dataDir, url }: Place) => ({
  TOKENWATCH_DATA_DIR: dataDir,
  TOKENWATCH_DATABASE_URL: url,
  TOKENWATCH_KEY_PEPPER: 'of-all-proxies-not-a-secret-0123456789',
});

async function startAt(context: TestContext, place: Place, warnings: string[] = []): Promise<TestApp> {
  const warn = (message: string): number => warnings.push(message);
  const app = await startTestApp({ settings: environmentOf(place), warn });
  atEnd(context, () => app.close());
  return app;
}

async function cli(place: Place, name: string, words: readonly string[] = []): Promise<Ran> {
  return runCommand(name, words, { ...environmentOf(place), TOKENWATCH_DASHBOARD_PORT: '9' });
}

/** The refusal's code; null where it passes. */
async function send(app: TestApp, name: string, key?: string): Promise<string | null> {
  const answer = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-tokenwatch-app': name,
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
    },
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
  const place = { dataDir: temporaryFolder(context, 'outage'), url: AWAY };
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
  atEnd(context, () => postgres.close());
  const [here, there] = [0, 1].map(() => ({
    dataDir: temporaryFolder(context, 'outage'),
    url: postgres.url,
  })) as [Place, Place];
  const warnings: string[] = [];
  const apps: [TestApp, TestApp] = [await startAt(context, here, warnings), await startAt(context, there)];
  await cli(here, 'budget kill', ['--app', 'earlier']);
  await cli(here, 'budget set', ['--app', 'own', '--limit', '5']);
  const made = await cli(here, 'key create', ['ci', '--json']);
  const { key } = JSON.parse(made.stdout);
  await cli(here, 'key create', ['ada']);
  await cli(here, 'route add', [
    'dear',
    '--condition',
    'source_app',
    '--value',
    'dear',
    '--target',
    'gpt-4o-mini',
  ]);
  await until(async () => (await send(apps[1], 'earlier')) === 'budget_killed');

  await postgres.stop();
  assert.match((await cli(here, 'budget kill', ['--app', 'runaway'])).stdout, /Warning: The database/);
  assert.match((await cli(here, 'budget resume', ['--app', 'earlier'])).stdout, /^Runs again: app earlier/);
  await inOutage(here);
  const unknown = /What was spent before this server started is not known/;
  assert.doesNotMatch((await cli(here, 'budget status')).stdout, unknown);
  await apps[0].stop();
  apps[0] = await startAt(context, here, warnings);
  assert.match((await cli(here, 'budget status')).stdout, unknown);
  assert.equal(await send(apps[0], 'own', key), 'key_invalid');
  // It passes there; nothing stands behind it.
  assert.equal(await send(apps[1], 'own', key), 'key_without_upstream');
  assert.equal(await send(apps[0], 'runaway'), 'budget_killed');
  assert.equal(await send(apps[0], 'earlier'), null);
  // The other proxy cannot know.
  assert.equal(await send(apps[1], 'runaway'), null);
  assert.equal(await send(apps[1], 'earlier'), 'budget_killed');

  await postgres.start();
  await until(async () => (await send(apps[1], 'runaway')) === 'budget_killed');
  await until(async () => (await send(apps[1], 'earlier')) === null);
  await until(async () => (await send(apps[1], 'own', key)) === 'key_invalid');
  const listed = JSON.parse((await cli(there, 'key list', ['--all', '--json'])).stdout);
  assert.deepEqual(
    listed.keys.map(({ name, revoked }: { name: string; revoked: string | null }) => [
      name,
      revoked !== null,
    ]),
    [
      ['ci', true],
      ['ada', false],
    ],
  );
  const status = JSON.parse((await cli(here, 'budget status', ['--json'])).stdout);
  assert.equal(status.fault, null);
  assert.equal(status.stopped.length, 1);
  assert.ok(warnings.some((line) => /^Budgets are followed again\. It failed .* since /.test(line)));

  // A server that ends before the database is back: whoever opens the store next tells it.
  await postgres.stop();
  await cli(here, 'budget resume', ['--app', 'runaway']);
  await cli(here, 'key revoke', ['ada']);
  await apps[0].stop();
  await postgres.start();
  await cli(here, 'budget status');
  const store = await visitStore(environmentOf(there), 'refuse');
  assert.deepEqual((await store.budgets.budgetRules()).kills, []);
  const { entries } = await store.rules.rules();
  const ada = entries.find(({ name }) => name === 'ada');
  assert.ok(ada !== undefined);
  assert.notEqual((ada.definition as { revokedAtMs: number | null }).revokedAtMs, null);
  await store.close();
});

const LISTS = ['key list', 'route list', 'tag list', 'cache rule list', 'prompts rule list', 'ab list'];

/** A key is revoked, what is set is listed, and what cannot be held is refused with what to do. */
async function inOutage(place: Place): Promise<void> {
  const revoked = await cli(place, 'key revoke', ['ci']);
  assert.match(revoked.stdout, /^The access key "ci" is revoked\./);
  assert.match(revoked.stdout, /\nWarning: The database does not answer since .*also after a restart/);
  for (const name of [...LISTS, 'upstream list']) {
    const told = await cli(place, name);
    assert.equal(told.stderr, '', name);
    assert.match(
      told.stdout,
      /^The database does not answer since .+\. This is what the running server knows\.\n/,
    );
  }
  assert.match((await cli(place, 'key list')).stdout, /\nada /);
  assert.match((await cli(place, 'route list')).stdout, / dear /);
  for (const [name, words] of CHANGES) {
    const refused = await cli(place, name, words);
    assert.match(refused.stderr, /^The database at postgres:.* failed: .*Check that it runs/, name);
  }
}

const CHANGES: readonly (readonly [string, readonly string[]])[] = [
  ['key create', ['new']],
  ['key rotate', ['ada']],
  ['budget set', ['--limit', '1']],
  ['route disable', ['dear']],
  ['route remove', ['dear']],
  ['upstream add', ['other', '--api', 'openai', '--url', 'http://127.0.0.1:9']],
  ['tag add', ['new', '--app', 'a', '--tag', 'b']],
];
