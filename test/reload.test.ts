// A reload while the server runs: what can be changed holds for the next request, what cannot is named, and what is
// faulty stays as it was.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AuditLog } from '../src/access/audit/audit-log.ts';
import { Reloads } from '../src/app/reloads.ts';
import { readSettings } from '../src/settings.ts';
import { runCommand } from './run-command.ts';
import { startServerProcess } from './start-server-process.ts';
import { startTestApp, type TestApp } from './start-test-app.ts';

const warnings: string[] = [];
let app: TestApp;
before(async () => {
  app = await startTestApp({
    environment: { SPARE_KEY: 'the-first-key-of-the-upstream' },
    warn: (message) => warnings.push(message),
  });
});
after(() => app.close());

async function chat(headers: Record<string, string> = {}, content = 'Hello'): Promise<Response> {
  const response = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer test', ...headers },
    body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content }] }),
  });
  await response.clone().arrayBuffer();
  return response;
}

async function dashboard(path: string, options: RequestInit = {}): Promise<Response> {
  return fetch(app.dashboardUrl + path, { ...options, headers: app.adminHeaders });
}

test('settings that can change hold for the next request, and the audit log tells of them', async () => {
  const page = { origin: 'https://app.example.com' };
  assert.equal((await chat(page)).status, 403);
  const large = 'x'.repeat(5000);
  assert.equal((await chat({}, large)).status, 200);
  const report = await app.reload({
    TOKENWATCH_ALLOWED_ORIGINS: 'https://app.example.com',
    TOKENWATCH_MAX_BODY_BYTES: '4K',
    TOKENWATCH_METRICS_TOKEN: 'scrape-token-of-a-test',
    TOKENWATCH_DASHBOARD_LOGIN: 'on',
    TOKENWATCH_PROXY_PORT: '1234',
  });
  assert.deepEqual(report.faults, []);
  assert.deepEqual(report.waiting, ['TOKENWATCH_PROXY_PORT']);
  assert.deepEqual(report.changes.map(({ name }) => name).toSorted(), [
    'TOKENWATCH_ALLOWED_ORIGINS',
    'TOKENWATCH_DASHBOARD_LOGIN',
    'TOKENWATCH_MAX_BODY_BYTES',
    'TOKENWATCH_METRICS_TOKEN',
  ]);
  assert.match(warnings.join('\n'), /in force from the next start on: TOKENWATCH_PROXY_PORT/);
  assert.equal((await chat(page)).status, 200);
  assert.equal((await chat({}, large)).status, 413);
  const { dashboardUrl } = app;
  assert.equal((await fetch(`${dashboardUrl}/api/stats`)).status, 401);
  const scrape = await fetch(`${dashboardUrl}/metrics`, {
    headers: { authorization: 'Bearer scrape-token-of-a-test' },
  });
  assert.equal(scrape.status, 200);
  const [entry] = new AuditLog(app.dataDir).recent(1);
  assert.deepEqual([entry?.who, entry?.action], ['SIGHUP', 'reload']);
  const told = JSON.stringify(entry?.after);
  assert.match(told, /"TOKENWATCH_MAX_BODY_BYTES":4096/);
  assert.ok(!told.includes('scrape-token'));
  // Taken back, it is as it was.
  await app.reload();
  assert.equal((await chat({}, large)).status, 200);
  assert.equal((await fetch(`${dashboardUrl}/api/stats`)).status, 200);
});

test('requests go to another upstream from then on, and never to TokenWatch itself', async () => {
  const other = await startTestApp();
  try {
    const before = other.provider.requests.length;
    const toOther = { TOKENWATCH_OPENAI_URL: other.provider.url };
    assert.deepEqual((await app.reload(toOther)).faults, []);
    await chat();
    assert.equal(other.provider.requests.length, before + 1);
    const { upstreams } = (await (await dashboard('/api/status')).json()) as {
      upstreams: { openai: string };
    };
    assert.equal(upstreams.openai, `${other.provider.url}/`);
    const { faults, changes } = await app.reload({ TOKENWATCH_OPENAI_URL: `${app.proxyUrl}/openai` });
    assert.match(faults.join(), /is this TokenWatch itself/);
    assert.deepEqual(changes, []);
    await chat();
    assert.equal(other.provider.requests.length, before + 2, 'what was in force stays');
    await app.reload();
  } finally {
    await other.close();
  }
});

test('keys of upstreams are read again, from files and from the environment', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-keys-'));
  const file = join(folder, 'key');
  writeFileSync(file, 'first-in-the-file');
  const add = async (name: string, source: object): Promise<void> => {
    const body = JSON.stringify({ name, api: 'openai', url: app.provider.url, ...source });
    assert.equal((await dashboard('/api/upstreams', { method: 'POST', body })).status, 200);
  };
  const sent = async (): Promise<string> => {
    await chat();
    return JSON.stringify(app.provider.requests.at(-1));
  };
  try {
    await add('by-file', { keyFile: file });
    assert.match(await sent(), /first-in-the-file/);
    writeFileSync(file, 'second-in-the-file');
    await app.reload();
    assert.match(await sent(), /second-in-the-file/);
    await dashboard('/api/upstreams/by-file', { method: 'DELETE' });
    await add('by-variable', { keyEnv: 'SPARE_KEY' });
    assert.match(await sent(), /the-first-key-of-the-upstream/);
    await app.reload({}, { SPARE_KEY: 'the-second-key-of-the-upstream' });
    assert.match(await sent(), /the-second-key-of-the-upstream/);
  } finally {
    await dashboard('/api/upstreams/by-variable', { method: 'DELETE' });
    rmSync(folder, { recursive: true });
  }
});

test('prices are read again at once, and a broken file keeps those in force', async () => {
  const file = join(app.dataDir, 'prices.json');
  const priceOf = async (): Promise<string> => (await dashboard('/api/prices/house-model')).text();
  writeFileSync(file, JSON.stringify({ models: { 'house-model': { input: 3, output: 5 } } }));
  assert.deepEqual((await app.reload()).faults, []);
  assert.match(await priceOf(), /"input":3/);
  writeFileSync(file, '{"house-model":');
  assert.match((await app.reload()).faults.join(), /prices\.json/);
  assert.match(await priceOf(), /"input":3/);
  rmSync(file);
  await app.reload();
});

test('a setting that is faulty keeps all of them as they were, and says so loudly', async () => {
  const { faults, changes } = await app.reload({
    TOKENWATCH_MAX_BODY_BYTES: '4K',
    TOKENWATCH_RETRY: 'often',
  });
  assert.deepEqual(changes, []);
  assert.match(faults.join(), /TOKENWATCH_RETRY="often" is not a whole number/);
  assert.match(warnings.join('\n'), /NOT RELOADED, everything stays as it was: TOKENWATCH_RETRY="often"/);
  assert.equal((await chat({}, 'x'.repeat(5000))).status, 200);
  const { stdout, stderr, status } = await runCommand('reload', [], { TOKENWATCH_DATA_DIR: app.dataDir });
  assert.deepEqual({ stderr, status }, { stderr: '', status: 1 });
  assert.match(stdout, /^Not reloaded: everything stays as it was\.\nAs it was, because: TOKENWATCH_RETRY/s);
  await app.reload();
  const open = await fetch(`${app.dashboardUrl}/api/reload`, { method: 'POST', body: '{}' });
  assert.equal(open.status, 403, 'who has no rights reloads nothing');
});

test('a name that is no setting is told once, at the start or when it comes', async () => {
  const misspelt = { TOKENWATCH_BUDGET_UNKNOWN: 'block', TOKENWATCH_RETRIES: '2' };
  for (const given of [{ TOKENWATCH_RETRIES: '2' }, misspelt, misspelt]) await app.reload({}, given);
  const told = warnings.filter((warning) => warning.startsWith('Nobody reads')).map((it) => it.split(':')[0]);
  assert.deepEqual(told, ['Nobody reads TOKENWATCH_RETRIES', 'Nobody reads TOKENWATCH_BUDGET_UNKNOWN']);
  await app.reload();
});

test('SIGHUP reloads the .env file, and stops nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-hangup-'));
  const env = join(folder, '.env');
  writeFileSync(env, 'TOKENWATCH_MAX_BODY_BYTES=4K');
  const server = await startServerProcess(
    { TOKENWATCH_DATA_DIR: join(folder, 'data'), TOKENWATCH_OPENAI_URL: app.provider.url },
    [process.execPath],
    folder,
  );
  try {
    const send = async (): Promise<number> => {
      const body = JSON.stringify({ model: 'gpt-4o-mini', padding: 'x'.repeat(5000), messages: [] });
      const url = `${server.proxyUrl}/openai/v1/chat/completions`;
      return (await fetch(url, { method: 'POST', body })).status;
    };
    assert.equal(await send(), 413);
    writeFileSync(env, 'TOKENWATCH_MAX_BODY_BYTES=4M');
    server.child.kill('SIGHUP');
    for (const end = performance.now() + 60_000; (await send()) === 413; )
      assert.ok(performance.now() < end, 'it was not reloaded');
    writeFileSync(env, 'TOKENWATCH_MAX_BODY_BYTES=none');
    server.child.kill('SIGHUP');
    for (const end = performance.now() + 60_000; !server.stderr().includes('NOT RELOADED'); ) {
      assert.ok(performance.now() < end, 'nothing was said');
      await send();
    }
    assert.notEqual(await send(), 413);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true });
  }
});

test('keys are asked for from then on, unless nobody has one', async () => {
  const { faults } = await app.reload({ TOKENWATCH_ACCESS: 'keys' });
  assert.match(faults.join(), /there is no key in use/);
  assert.equal((await chat()).status, 200);
});

test('a change of a setting is seen whatever its form, and none where nothing was changed', async () => {
  const given = {
    TOKENWATCH_FAILOVER_ON: '429,connect',
    TOKENWATCH_OPENAI_URL: 'http://localhost:1',
    TOKENWATCH_ALLOWED_HOSTS: 'a,b',
    TOKENWATCH_CACHE_ENABLED: 'true',
    TOKENWATCH_DRAIN_TIMEOUT: '5',
  };
  const reloads = new Reloads(readSettings(given), {});
  const waitingFor = async (settings: object): Promise<readonly string[]> =>
    (await reloads.reload(() => ({ settings: readSettings({ ...given, ...settings }), environment: {} })))
      .waiting;
  assert.deepEqual(await waitingFor({}), []);
  for (const [name, value] of Object.entries({
    TOKENWATCH_FAILOVER_ON: '5xx,connect',
    TOKENWATCH_OPENAI_URL: 'http://localhost:2',
    TOKENWATCH_ALLOWED_HOSTS: 'b,a',
    TOKENWATCH_CACHE_ENABLED: 'false',
    TOKENWATCH_DRAIN_TIMEOUT: '6',
    TOKENWATCH_DATABASE_URL: 'postgres://localhost/other',
  }))
    assert.deepEqual(await waitingFor({ [name]: value }), [name]);
});
