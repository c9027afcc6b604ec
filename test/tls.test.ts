// Both ports over TLS, with a certificate made for the test: traffic, the dashboard, the command line, and another
// certificate while connections stand.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, type RequestOptions, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import OpenAI from 'openai';
import { Agent as UndiciAgent } from 'undici';
import { WebSocket } from 'ws';
import { startApp } from '../src/app.ts';
import { readSettings } from '../src/settings.ts';
import { runCommand } from './run-command.ts';
import { type SelfSigned, selfSigned } from './self-signed.ts';
import { startTestApp, type TestApp } from './start-test-app.ts';

const FIRST = selfSigned('localhost');
const SECOND = selfSigned('localhost');
const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-tls-'));
const cert = join(folder, 'server.crt');
const key = join(folder, 'server.key');
const warnings: string[] = [];
let app: TestApp;

function write(pair: SelfSigned): void {
  writeFileSync(cert, pair.cert);
  writeFileSync(key, pair.key, { mode: 0o600 });
}

before(async () => {
  write(FIRST);
  app = await startTestApp({
    settings: { TOKENWATCH_TLS_CERT: cert, TOKENWATCH_TLS_KEY: key },
    warn: (message) => warnings.push(message),
  });
});
after(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

interface Got {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
}

async function ask(url: string, { body, ...options }: RequestOptions & { body?: string } = {}): Promise<Got> {
  const asked = request(url, { ca: FIRST.cert, ...options });
  asked.end(body);
  const [response] = await once(asked, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode, headers: response.headers, text };
}

/** What a new connection is shown, as a fingerprint; throws where none comes about. */
async function shown(url: string, options: object = {}): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false, ...options });
  await once(socket, 'secureConnect');
  const print = socket.getPeerX509Certificate()?.fingerprint256 ?? '';
  socket.destroy();
  return print;
}

test('SDKs, streams and WebSockets pass, and whoever does not know the certificate does not', async () => {
  assert.match(app.proxyUrl, /^https:/);
  const dispatcher = new UndiciAgent({ connect: { ca: FIRST.cert } });
  const client = new OpenAI({
    apiKey: 'test',
    baseURL: `${app.proxyUrl}/openai/v1`,
    maxRetries: 0,
    fetchOptions: { dispatcher },
    defaultHeaders: { 'x-tokenwatch-session': 'over-tls' },
  });
  const messages = [{ role: 'user', content: 'Tell me about parsers' }] as const;
  const whole = await client.chat.completions.create({ model: 'gpt-4o', messages: [...messages] });
  assert.ok(whole.choices[0]?.message.content);
  let pieces = 0;
  const stream = await client.chat.completions.create({
    model: 'gpt-4o',
    messages: [...messages],
    stream: true,
  });
  for await (const _piece of stream) pieces += 1;
  assert.ok(pieces > 1);
  for (const { outcome } of await app.recordsOf('over-tls', 2)) assert.equal(outcome, 'completed');
  await dispatcher.close();

  const socket = new WebSocket(`${app.dashboardUrl.replace('https', 'wss')}/ws/live`, { ca: FIRST.cert });
  await once(socket, 'open');
  socket.terminate();
  await assert.rejects(fetch(`${app.proxyUrl}/health`), /fetch failed/);
  await assert.rejects(fetch(`${app.proxyUrl.replace('https', 'http')}/health`), /fetch failed/);
  await assert.rejects(shown(app.proxyUrl, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' }));
});

test('a session’s cookie is bound to the host and to TLS', async () => {
  const link = await ask(`${app.dashboardUrl}/api/links`, {
    method: 'POST',
    headers: app.adminHeaders as Record<string, string>,
    body: '{}',
  });
  const { added } = JSON.parse(link.text) as { added: { path: string } };
  const opened = await ask(app.dashboardUrl + added.path);
  const cookie = String(opened.headers['set-cookie']);
  assert.match(cookie, /^__Host-tokenwatch=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/);
  const secret = /=([\w-]{43})/.exec(cookie)?.[1];
  const roleWith = async (name: string): Promise<unknown> =>
    JSON.parse(
      (await ask(`${app.dashboardUrl}/api/session`, { headers: { cookie: `${name}=${secret}` } })).text,
    ).role;
  assert.equal(await roleWith('__Host-tokenwatch'), 'admin');
  // One without the prefix may have been set by a plain page of the same name.
  assert.equal(await roleWith('tokenwatch'), 'operator');
});

test('commands know the server by its certificate, whoever signed it', async () => {
  const environment = { TOKENWATCH_DATA_DIR: app.dataDir, TOKENWATCH_DASHBOARD_PORT: '9' };
  const status = await runCommand('status', ['--json'], environment);
  assert.equal(JSON.parse(status.stdout).server.proxyUrl, app.proxyUrl);
  assert.match((await runCommand('open', [], environment)).stdout, /^https:.*\/open\//);
  const reloaded = await runCommand('reload', [], environment);
  assert.match(reloaded.stdout, /^Reloaded: /);
  assert.equal(reloaded.stderr, '');
});

test('another certificate is shown to new connections, and those that stand go on', async () => {
  const before = await shown(app.proxyUrl);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const health = async (): Promise<number> => (await ask(`${app.proxyUrl}/health`, { agent })).status;
  assert.equal(await health(), 200);
  const [standing] = Object.values(agent.freeSockets).flat() as readonly (TLSSocket | undefined)[];
  assert.ok(standing !== undefined);

  // Half of a change, and what is no certificate at all: the old one stays.
  for (const broken of [
    { ...SECOND, key: FIRST.key },
    { ...FIRST, cert: 'no certificate' },
  ]) {
    write(broken);
    const { faults } = await app.reload();
    assert.match(faults.join(), /TOKENWATCH_TLS_(?:KEY|CERT)=".*(?:is not the key of|holds no certificate)/);
    // Both ports have it, and it is told once.
    assert.equal(faults.length, 1);
    assert.match(warnings.join('\n'), /RELOADED IN PART, this stays as it was: TOKENWATCH_TLS/);
    assert.equal(await shown(app.proxyUrl), before);
  }

  write(SECOND);
  chmodSync(key, 0o644);
  assert.deepEqual((await app.reload()).faults, []);
  const now = await shown(app.proxyUrl);
  assert.notEqual(now, before);
  assert.equal(await shown(app.dashboardUrl), now);
  assert.match(warnings.join('\n'), /server\.key can be read or written by others \(mode 0644\): chmod 600/);
  assert.equal(await health(), 200);
  assert.equal(Object.values(agent.freeSockets).flat()[0], standing, 'the connection that stood was used');
  agent.destroy();
  const environment = { TOKENWATCH_DATA_DIR: app.dataDir };
  assert.equal(JSON.parse((await runCommand('status', ['--json'], environment)).stdout).running, true);
  const { faults } = await app.reload({ TOKENWATCH_TLS_CERT: '', TOKENWATCH_TLS_KEY: '' });
  assert.match(faults.join(), /decided when the server starts/);
});

test('a start with a pair that cannot be used says which file is at fault, and why', async () => {
  const other = join(folder, 'other.pem');
  const starts = (settings: object): Promise<unknown> =>
    startApp({
      settings: readSettings({
        TOKENWATCH_DATA_DIR: join(folder, 'data'),
        TOKENWATCH_PROXY_PORT: '0',
        TOKENWATCH_DASHBOARD_PORT: '0',
        ...settings,
      }),
    });
  writeFileSync(other, FIRST.key);
  const cases = [
    [{ TOKENWATCH_TLS_CERT: cert }, /TOKENWATCH_TLS_CERT is set and TOKENWATCH_TLS_KEY is not/],
    [{ TOKENWATCH_TLS_KEY: key }, /TOKENWATCH_TLS_KEY is set and TOKENWATCH_TLS_CERT is not/],
    [{ TOKENWATCH_TLS_CERT: '/none.crt', TOKENWATCH_TLS_KEY: key }, /\/none\.crt" cannot be read \(ENOENT\)/],
    [
      { TOKENWATCH_TLS_CERT: cert, TOKENWATCH_TLS_KEY: other },
      /other\.pem" is not the key of the certificate/,
    ],
    [{ TOKENWATCH_DASHBOARD_TLS_CERT: cert }, /TOKENWATCH_DASHBOARD_TLS_CERT is set and/],
  ] as const;
  for (const [settings, message] of cases)
    await assert.rejects(starts(settings), { code: 'invalid_setting', message });
});

test('plain HTTP that comes to a port of TLS is told of, once', async () => {
  for (const [url, port] of [
    [app.proxyUrl, 'proxy'],
    [app.dashboardUrl, 'dashboard'],
  ] as const) {
    await assert.rejects(fetch(url.replace('https:', 'http:')));
    await assert.rejects(fetch(url.replace('https:', 'http:')));
    const told = (): readonly string[] =>
      warnings.filter((words) => words.includes(`Plain HTTP came to the ${port}`));
    for (const end = performance.now() + 60_000; told().length === 0; ) {
      assert.ok(performance.now() < end, `${port}: ${warnings.join('\n')}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(told().length, 1);
    assert.match(told()[0] ?? '', /must begin with https:\/\/\.$/);
  }
});
