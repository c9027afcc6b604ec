// Secrets that are recognised anywhere: each place that may hold one does, and so does each request. None of them is in
// what the server writes, answers, exports or tells others.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { WebSocket } from 'ws';
import { readFolderToken } from '../../src/access/login/folder-token.ts';
import { ENDPOINT_NAMES, pathOf } from '../../src/dashboard/paths.ts';
import { sendRaw } from '../faults/exchange.ts';
import { runCommand } from '../run-command.ts';
import { type ServerProcess, startServerProcess } from '../start-server-process.ts';
import { startOtlpReceiver } from '../telemetry/otlp-receiver.ts';
import { answerOf, startListener } from './listener.ts';

/** In each, so that one search finds them all. Formed as a provider's key, which is redacted where texts are stored. */
const MARK = 'Zq7XwPlanted';
const secret = (name: string): string => `sk-proj-${name}${MARK}${'aB3dE5fG7h'.repeat(4)}`;

const HEADERS = [
  ...['Authorization', 'X-Api-Key', 'API-KEY', 'x-goog-api-key', 'Cookie', 'Proxy-Authorization'],
  ...['X-Amz-Security-Token', 'X-Vault-Token', 'Ocp-Apim-Subscription-Key', 'X-Auth', 'OpenAI-Organization'],
];
/** What only the folder's owner reads, and what signs and opens is read from. */
const HOLDS_SECRETS = /^(?:token$|pepper|tokenwatch\.sqlite|budgets\.copy)/;

test('no secret that was set or sent is in anything that the server says or keeps', async (context) => {
  const { server, environment, spans } = await start(context);
  let said = '';
  server.child.stdout?.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  const dataDir = environment.TOKENWATCH_DATA_DIR ?? '';
  const admin = { authorization: `Bearer ${readFolderToken(dataDir)}` };
  await setUp(server, admin);
  await sendAll(server);
  await spans();
  const found: string[] = [];
  const look = (where: string, text: string): void => {
    const at = text.indexOf(MARK);
    if (at !== -1) found.push(`${where}: ${text.slice(Math.max(0, at - 60), at + 30)}`);
  };
  for (const name of ENDPOINT_NAMES) {
    const { method, path, placeholder } = pathOf(name);
    if (method !== 'GET') continue;
    const place = placeholder === null ? path : `${path}/${encodeURIComponent('hooked')}`;
    look(
      `GET ${place}`,
      await (await fetch(`${server.dashboardUrl}/api${place}`, { headers: admin })).text(),
    );
  }
  look('GET /api/requests', await detailsOf(server, admin));
  for (const path of ['/metrics', '/health', '/ready'])
    look(path, await (await fetch(server.dashboardUrl + path, { headers: admin })).text());
  for (const [name, ...words] of [
    ['status'],
    ['doctor'],
    ['upstream list'],
    ['budget status'],
    ['export', '--since', 'all', '--format', 'jsonl'],
    ['audit list'],
  ] as const) {
    const { stdout, stderr } = await runCommand(name, words, environment);
    look(`tokenwatch ${name}`, stdout + stderr);
  }
  await server.stop();
  look('stdout', said);
  look('stderr', server.stderr());
  for (const file of readdirSync(dataDir, { recursive: true }) as string[])
    if (!HOLDS_SECRETS.test(file) && statSync(join(dataDir, file)).isFile())
      look(file, readFileSync(join(dataDir, file), 'latin1'));
  assert.deepEqual(found, []);
  assert.match(said, /chat\/completions/, 'requests were logged');
});

async function start(context: TestContext) {
  const [upstream, collector] = await Promise.all([startListener(), startOtlpReceiver('http')]);
  upstream.answer = answerOf(
    '401 Unauthorized',
    `{"error":{"message":"Incorrect API key provided: ${secret('echo')}","type":"invalid_request_error","code":"invalid_api_key"}}`,
  );
  const dataDir = mkdtempSync(join(tmpdir(), 'tokenwatch-secrets-'));
  const environment = {
    TOKENWATCH_DATA_DIR: dataDir,
    TOKENWATCH_OPENAI_URL: upstream.url,
    TOKENWATCH_ANTHROPIC_URL: upstream.url,
    TOKENWATCH_RETRY: '0',
    TOKENWATCH_LOG_REQUESTS: 'on',
    TOKENWATCH_STORE_PROMPTS: 'true',
    TOKENWATCH_METRICS_TOKEN: secret('scrape'),
    TOKENWATCH_CACHE_ENABLED: 'true',
    TOKENWATCH_CACHE_EMBEDDER: `endpoint:${upstream.url}/v1/embeddings?key=${secret('query')}#m`,
    // It comes back in the answer's error.
    TOKENWATCH_CACHE_EMBEDDER_KEY: secret('echo'),
    TOKENWATCH_OTEL_ENABLED: 'true',
    TOKENWATCH_OTEL_ENDPOINT: `${collector.url}?key=${secret('collector')}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_EXPORTER_OTLP_HEADERS: `x-key=${secret('otlp')}`,
    OTEL_BSP_SCHEDULE_DELAY: '50',
    HTTPS_PROXY: `http://ann:${secret('proxy')}@127.0.0.1:9`,
    NO_PROXY: '127.0.0.1',
    OWN_KEY: secret('own'),
  };
  const server = await startServerProcess(environment);
  context.after(async () => {
    await server.kill();
    await Promise.all([upstream.close(), collector.close()]);
    rmSync(dataDir, { recursive: true, force: true });
  });
  const spans = async (): Promise<void> => {
    await collector.until(() => collector.spans.length > 0);
    const { spans: sent, events, points } = collector;
    const told = JSON.stringify([sent, events, points], (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    assert.ok(
      !told.includes(MARK),
      told.slice(Math.max(0, told.indexOf(MARK) - 200), told.indexOf(MARK) + 50),
    );
  };
  return { server, environment, spans };
}

async function setUp(server: ServerProcess, admin: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, fields, status] of [
    [
      'upstreams',
      { name: 'spare', api: 'openai', url: 'https://spare.invalid/v1', keyEnv: 'OWN_KEY', priority: 200 },
      200,
    ],
    ['upstreams', { name: 'typed', api: 'openai', url: `https://ann:${secret('user')}@a.example/v1` }, 400],
    ['upstreams', { name: 'typed', api: 'openai', url: `https://a.example/v1?key=${secret('typed')}` }, 400],
    ['upstreams', { name: 'typed', api: 'openai', url: 'https://a.example/v1', keyEnv: secret('env') }, 400],
    [
      'budgets',
      { name: 'hooked', limit: 5, webhookUrl: `http://127.0.0.1:9/services/${secret('hook')}` },
      200,
    ],
    ['session', { name: 'nobody', password: secret('password') }, 401],
  ] as const) {
    const answer = await fetch(`${server.dashboardUrl}/api/${path}`, {
      method: 'POST',
      headers: { ...admin, 'content-type': 'application/json' },
      body: JSON.stringify(fields),
    });
    assert.equal(answer.status, status, `${path} ${await answer.text()}`);
  }
}

/** Keys by every header, in the address, before its host and in a WebSocket's subprotocols. */
async function sendAll({ proxyUrl, dashboardUrl }: ServerProcess): Promise<void> {
  const body = JSON.stringify({
    model: 'gpt-4o',
    messages: [{ role: 'user', content: `my key: ${secret('text')}` }],
  });
  const head = 'host: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n';
  const length = `content-length: ${body.length}\r\n`;
  for (const [index, header] of HEADERS.entries()) {
    const value = header === 'Authorization' ? `Bearer ${secret('client')}` : secret(`h${index}`);
    const line = `POST /openai/v1/chat/completions?key=${secret('asked')}&api_key=${secret('asked')} HTTP/1.1\r\n`;
    const got = await sendRaw(
      proxyUrl,
      Buffer.from(`${line}${head}${header}: ${value}\r\n${length}\r\n${body}`),
      20_000,
    );
    assert.match(got ?? '', /^HTTP\/1\.1 401 /, header);
  }
  for (const [url, target] of [
    [proxyUrl, `http://ann:${secret('target')}@localhost/openai/v1/models`],
    [proxyUrl, `/nowhere?key=${secret('nowhere')}`],
    [dashboardUrl, `/open/${secret('link')}`],
    [dashboardUrl, `/api/stats?token=${secret('parameter')}`],
  ] as const)
    assert.match(
      (await sendRaw(url, Buffer.from(`GET ${target} HTTP/1.1\r\n${head}\r\n`), 20_000)) ?? '',
      /^HTTP\/1\.1 4/,
    );
  const socket = new WebSocket(`${proxyUrl.replace('http', 'ws')}/openai/v1/realtime?model=gpt-realtime`, [
    'realtime',
    `openai-insecure-api-key.${secret('socket')}`,
  ]);
  await new Promise((resolve) => socket.once('error', resolve));
}

/** Each request as the page shows it, with what was stored of it. */
async function detailsOf(server: ServerProcess, headers: Readonly<Record<string, string>>): Promise<string> {
  const ask = async (path: string): Promise<string> =>
    (await fetch(`${server.dashboardUrl}/api/${path}`, { headers })).text();
  let listed = await ask('requests?limit=100');
  const { records } = JSON.parse(listed) as { records: readonly { id: string }[] };
  assert.ok(records.length > HEADERS.length, listed.slice(0, 300));
  for (const { id } of records) listed += await ask(`requests/${id}`);
  return listed;
}
