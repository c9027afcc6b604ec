// Commands ask the server that runs on their data folder: what they set is in force when they return. Without one they
// ask the store, by the same code.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { processOwner } from '../src/record/spool.ts';
import { runCommand } from './run-command.ts';
import { startTestApp, type TestApp } from './start-test-app.ts';

let app: TestApp;
let folder: string;
before(async () => {
  app = await startTestApp();
  folder = mkdtempSync(join(tmpdir(), 'tokenwatch-no-server-'));
});
after(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

async function cli(name: string, words: readonly string[] = [], dataDir = app.dataDir): Promise<string> {
  // A port at which nobody answers: only the folder leads to the server.
  const environment = { TOKENWATCH_DATA_DIR: dataDir, TOKENWATCH_DASHBOARD_PORT: '9' };
  const { stdout, stderr } = await runCommand(name, words, environment);
  assert.equal(stderr, '', `${name} ${words.join(' ')}`);
  return stdout;
}

async function send(appName: string): Promise<Headers> {
  const response = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-tokenwatch-app': appName },
    body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hello' }] }),
  });
  await response.arrayBuffer();
  return response.headers;
}

test('a kill switch, a budget and rules hold for the very next request, and are gone as quickly', async () => {
  const error = async (): Promise<string | null> => (await send('runaway')).get('x-tokenwatch-error');
  for (let round = 0; round < 3; round += 1) {
    await cli('budget kill', ['--app', 'runaway']);
    assert.equal(await error(), 'budget_killed');
    assert.match(await cli('budget resume', ['--app', 'runaway']), /^Runs again: app runaway\.$/);
    assert.equal(await error(), null);
  }
  await cli('budget set', ['--limit', '0.000001', '--app', 'runaway', '--name', 'tiny']);
  assert.equal(await error(), 'budget_exceeded');
  assert.match(await cli('budget remove', ['tiny']), /^Budget "tiny" \(\w+\) is removed\.$/);
  assert.equal(await error(), null);
  const rule = ['--condition', 'source_app', '--value', 'runaway', '--target', 'gpt-4o-mini'];
  await cli('route add', ['mini', ...rule]);
  assert.equal((await send('runaway')).get('x-tokenwatch-routing-rule'), 'mini');
  await cli('route disable', ['mini']);
  assert.equal((await send('runaway')).get('x-tokenwatch-routing-rule'), null);
  await cli('route remove', ['mini']);
});

test('reports know what has just ended, and a refusal of the server is told as the store would', async () => {
  await send('fresh');
  const { rows } = JSON.parse(await cli('stats', ['--by', 'app', '--json'])) as {
    rows: { key: string; requests: number }[];
  };
  assert.equal(rows.find(({ key }) => key === 'fresh')?.requests, 1);
  const environment = { TOKENWATCH_DATA_DIR: app.dataDir };
  for (const dataDir of [app.dataDir, folder]) {
    const refused = await runCommand('route remove', ['none'], {
      ...environment,
      TOKENWATCH_DATA_DIR: dataDir,
    });
    assert.equal(refused.stderr, 'No routing rule is named "none". There are: none.');
    const limit = await runCommand('budget set', ['--limit', 'much'], {
      ...environment,
      TOKENWATCH_DATA_DIR: dataDir,
    });
    assert.match(limit.stderr, /^limit "much" is not an amount of dollars/);
  }
});

test('without a server, or with a word of one that is gone, the store is asked', async () => {
  assert.match(await cli('budget set', ['--limit', '5', '--period', 'daily'], folder), /^Budget "daily" /);
  for (const place of [
    { owner: '999999999-1', dashboardUrl: app.dashboardUrl },
    // Alive, but nobody answers there.
    { owner: processOwner(), dashboardUrl: 'http://127.0.0.1:9' },
    // Somebody answers, for another folder.
    { owner: processOwner(), dashboardUrl: app.dashboardUrl },
  ]) {
    writeFileSync(join(folder, 'server.place'), JSON.stringify(place));
    assert.match(await cli('budget status', [], folder), /^BUDGET .*\ndaily /);
  }
  const listed = JSON.parse(await cli('upstream list', ['--json'], folder)) as {
    running: boolean;
    upstreams: { name: string; health: null }[];
  };
  assert.deepEqual(
    [listed.running, listed.upstreams.map(({ name, health }) => [name, health])],
    [
      false,
      [
        ['default', null],
        ['default', null],
      ],
    ],
  );
});

test('a token that was replaced under a running server is told of, and the server not taken for gone', async () => {
  const path = join(app.dataDir, 'token');
  const before = readFileSync(path);
  writeFileSync(path, `${'a'.repeat(43)}\n`);
  try {
    for (const name of ['open', 'status', 'key list', 'route list', 'reload']) {
      const { stderr } = await runCommand(name, [], { TOKENWATCH_DATA_DIR: app.dataDir });
      assert.match(
        stderr,
        /does not take the token that lies in the folder: .* Send the server SIGHUP/,
        name,
      );
    }
  } finally {
    writeFileSync(path, before);
  }
});

test('a server that stops takes its word back', async () => {
  const other = await startTestApp();
  assert.ok(existsSync(join(other.dataDir, 'server.place')));
  await other.stop();
  assert.ok(!existsSync(join(other.dataDir, 'server.place')));
  await other.close();
});
