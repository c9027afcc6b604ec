// `tokenwatch doctor`: what it finds on an installation that is well, and on one on which everything is wrong.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { newKeyText } from '../src/access/keys/key-text.ts';
import { openArchivist } from '../src/archive/open-archivist.ts';
import type { Finding } from '../src/core/finding.ts';
import { spoolFolder } from '../src/record/spool.ts';
import { visitStore } from '../src/storage/registry.ts';
import { databasePath } from '../src/storage/sqlite/database.ts';
import { atEnd, temporaryFolder } from './at-end.ts';
import { runCommand } from './run-command.ts';
import { startTestApp } from './start-test-app.ts';

interface Seen {
  readonly url: string;
  readonly port: string;
  readonly keys: (string | undefined)[];
}

async function startUpstream(context: TestContext, dateMs: number): Promise<Seen> {
  const keys: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    const key = request.headers['x-api-key'] ?? request.headers.authorization;
    keys.push(key as string | undefined);
    const status = request.url?.startsWith('/redirects')
      ? 302
      : request.url?.startsWith('/fails')
        ? 503
        : 401;
    response
      .writeHead(key?.includes('good') ? 200 : status, { date: new Date(dateMs).toUTCString() })
      .end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(context, () => server.close());
  const port = String((server.address() as AddressInfo).port);
  return { url: `http://127.0.0.1:${port}`, port, keys };
}

async function examined(environment: Readonly<Record<string, string>>): Promise<readonly Finding[]> {
  const { stdout, stderr } = await runCommand('doctor', ['--json'], environment);
  assert.equal(stderr, '');
  const { checked } = JSON.parse(stdout) as { checked: { findings: Finding[] }[] };
  return checked.flatMap(({ findings }) => findings);
}

test('an installation that is well has no warnings', async (context) => {
  const upstream = await startUpstream(context, Date.now());
  const findings = await examined({
    TOKENWATCH_DATA_DIR: temporaryFolder(context, 'doctor'),
    TOKENWATCH_PROXY_PORT: '0',
    TOKENWATCH_DASHBOARD_PORT: '0',
    TOKENWATCH_ANTHROPIC_URL: upstream.url,
    TOKENWATCH_OPENAI_URL: upstream.url,
    ANTHROPIC_API_KEY: 'good',
  });
  assert.deepEqual(
    findings.filter(({ verdict }) => verdict === 'warning' || verdict === 'fault'),
    [],
  );
  assert.deepEqual(upstream.keys.sort(), ['good', undefined]);
});

test('a data folder that is a file is named, and all else is looked at', async (context) => {
  const upstream = await startUpstream(context, Date.now());
  const path = join(temporaryFolder(context, 'doctor'), 'file');
  writeFileSync(path, 'x');
  const findings = await examined({
    TOKENWATCH_DATA_DIR: path,
    TOKENWATCH_PROXY_PORT: '0',
    TOKENWATCH_DASHBOARD_PORT: '0',
    TOKENWATCH_ANTHROPIC_URL: upstream.url,
    TOKENWATCH_OPENAI_URL: upstream.url,
  });
  assert.equal(
    findings.find(({ subject }) => subject === 'folder')?.found,
    `${path} is a file, and no folder`,
  );
  // Told once, and in words.
  assert.equal(findings.find(({ subject }) => subject === 'records')?.found, 'none yet');
  assert.doesNotMatch(JSON.stringify(findings), /ENOTDIR/);
  assert.ok(findings.some(({ subject }) => subject.startsWith('anthropic at ')));
});

test('it changes nothing: no spool is taken in, and no table brought up to date', async (context) => {
  const folder = temporaryFolder(context, 'doctor');
  const environment = {
    TOKENWATCH_DATA_DIR: folder,
    TOKENWATCH_PROXY_PORT: '0',
    TOKENWATCH_DASHBOARD_PORT: '0',
    TOKENWATCH_ANTHROPIC_URL: 'http://127.0.0.1:9',
    TOKENWATCH_OPENAI_URL: 'http://127.0.0.1:9',
  };
  await (await visitStore(environment, 'create')).close();
  mkdirSync(spoolFolder(folder), { recursive: true });
  writeFileSync(join(spoolFolder(folder), '99999999-1-1.spool'), '["start",[null]]\n');
  const whole = (): string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => `${name} ${readFileSync(join(parentPath, name)).toString('base64')}`)
      .sort();
  const records = async (): Promise<Finding | undefined> =>
    (await examined(environment)).find(({ subject }) => subject === 'records');
  let before = whole();
  assert.equal((await records())?.verdict, 'ok');
  assert.deepEqual(whole(), before);
  // As an earlier version left it.
  const database = new DatabaseSync(databasePath(folder));
  database.exec('PRAGMA user_version = 3; PRAGMA journal_mode = DELETE');
  database.close();
  before = whole();
  const found = await records();
  assert.equal(found?.verdict, 'note');
  assert.match(
    String(found?.found),
    /tokenwatch\.sqlite is of version 3, .* needs version \d+\..*"tokenwatch upgrade-database"/,
  );
  assert.deepEqual(whole(), before);
});

test('what was set in a database that is gone is told of', async (context) => {
  const folder = temporaryFolder(context, 'doctor');
  const settings = { TOKENWATCH_DATA_DIR: folder };
  await runCommand('budget set', ['--limit', '5'], settings);
  await (await startTestApp({ settings })).close();
  for (const suffix of ['', '-wal', '-shm']) rmSync(databasePath(folder) + suffix, { force: true });
  const findings = await examined({ ...settings, TOKENWATCH_OPENAI_URL: 'http://127.0.0.1:9' });
  const rules = findings.find(({ subject }) => subject === 'rules');
  assert.equal(rules?.verdict, 'warning');
  assert.match(String(rules?.advice), /"tokenwatch repair" puts budgets, rules and keys back/);
});

test('the key of other stored prompts, which a start refuses, is found', async (context) => {
  const TOKENWATCH_DATA_DIR = temporaryFolder(context, 'doctor');
  const visit = await visitStore({ TOKENWATCH_DATA_DIR }, 'create');
  const sealed = { redacts: false, itemBytesMax: 1000, keys: [Buffer.alloc(32, 1)] };
  await openArchivist(visit.prompts, sealed);
  await visit.close();
  const startOf = async (key: string, stores = 'true') => {
    const ports = { TOKENWATCH_PROXY_PORT: '0', TOKENWATCH_DASHBOARD_PORT: '0' };
    const upstreams = {
      TOKENWATCH_ANTHROPIC_URL: 'http://127.0.0.1:1',
      TOKENWATCH_OPENAI_URL: 'http://127.0.0.1:1',
    };
    const prompts = { TOKENWATCH_STORE_PROMPTS: stores, TOKENWATCH_PROMPT_KEY: key };
    const findings = await examined({ TOKENWATCH_DATA_DIR, ...ports, ...upstreams, ...prompts });
    return findings.find(({ subject }) => subject === 'start')?.found ?? '';
  };
  assert.match(await startOf('02'.repeat(32)), /TOKENWATCH_PROMPT_KEY is not the key of the stored prompts/);
  assert.equal(await startOf('01'.repeat(32)), 'takes them');
  assert.equal(await startOf('', 'false'), 'takes them', 'nobody needs it');
});

test('what is wrong is named, with what to do', async (context) => {
  const upstream = await startUpstream(context, Date.now() - 3_600_000);
  const dataDir = temporaryFolder(context, 'doctor');
  chmodSync(dataDir, 0o755);
  const findings = await examined({
    TOKENWATCH_DATA_DIR: dataDir,
    TOKENWATCH_HOST: '127.0.0.1',
    TOKENWATCH_PROXY_PORT: upstream.port,
    TOKENWATCH_DASHBOARD_PORT: '0',
    TOKENWATCH_ANTHROPIC_URL: upstream.url,
    TOKENWATCH_OPENAI_URL: 'http://127.0.0.1:1',
    TOKENWATCH_OTEL_ENABLED: 'true',
    TOKENWATCH_OTEL_ENDPOINT: 'http://127.0.0.1:1',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:2',
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://127.0.0.1:3/v1/metrics',
    TOKENWATCH_BUDGET_ENABLED: 'false',
    TOKENWATCH_BUDGT_WAIT: '5',
    TOKENWATCH_PRICES: '/nowhere/prices.json',
    ANTHROPIC_API_KEY: 'revoked',
    OPENAI_API_KEY: 'with a blank',
    ANTHROPIC_BASE_URL: 'https://localhost:8877/anthropic/v1',
    OPENAI_BASE_URL: `http://localhost:${upstream.port}/openai`,
    HTTP_PROXY: '',
  });
  const wrong = findings.filter(({ verdict }) => verdict === 'warning' || verdict === 'fault');
  const words = wrong.map(({ subject, found }) => `${subject}: ${found}`).join('\n');
  for (const expected of [
    /rights: others of this machine may look into it \(0755\)/,
    /TOKENWATCH_PROXY_PORT: 127\.0\.0\.1:\d+ cannot be taken \(EADDRINUSE\)/,
    /anthropic at .*: refuses the key of ANTHROPIC_API_KEY \(401\)/,
    /openai at 127\.0\.0\.1:1: no answer/,
    /clock: 36\d\d s ahead of an upstream’s/,
    /collector at http:\/\/127\.0\.0\.1:1: no connection/,
    /collector at http:\/\/127\.0\.0\.1:3: no connection/,
    /ANTHROPIC_BASE_URL: .* is not TokenWatch’s port/,
    /OPENAI_BASE_URL: .* lacks \/v1/,
    /OPENAI_API_KEY: holds blanks/,
    /start: TOKENWATCH_ANTHROPIC_URL=.* is this TokenWatch itself/,
    /start: TOKENWATCH_PRICES="\/nowhere\/prices\.json": cannot be read/,
    /TOKENWATCH_BUDGET_ENABLED: is false/,
    /settings: TOKENWATCH_BUDGT_WAIT/,
  ])
    assert.match(words, expected);
  assert.doesNotMatch(words, /127\.0\.0\.1:2:/);
  assert.ok(wrong.every(({ advice }) => advice !== null));
});

test('each upstream is asked, also one that was added; no key goes where it does not belong', async (context) => {
  const upstream = await startUpstream(context, Date.now());
  const environment = {
    TOKENWATCH_DATA_DIR: temporaryFolder(context, 'doctor'),
    TOKENWATCH_PROXY_PORT: '0',
    TOKENWATCH_DASHBOARD_PORT: '0',
    TOKENWATCH_ANTHROPIC_URL: `${upstream.url}/redirects`,
    TOKENWATCH_OPENAI_URL: `${upstream.url}/fails`,
    // One of TokenWatch's own is for TokenWatch.
    ANTHROPIC_API_KEY: 'tw_good',
    HTTPS_PROXY: 'http://127.0.0.1:1',
    SECOND_KEY: 'bad',
  };
  const added = ['second', '--api', 'openai', '--url', upstream.url, '--key-env', 'SECOND_KEY'];
  await runCommand('upstream add', added, environment);
  const findings = await examined(environment);
  const about = (subject: RegExp) => findings.find((finding) => subject.test(finding.subject));
  assert.match(about(/^anthropic at/)?.found ?? '', /sends elsewhere \(302\)/);
  assert.match(about(/^openai at/)?.found ?? '', /answers with an error \(503\)/);
  const second = about(/^upstream second at/);
  assert.match(second?.found ?? '', /refuses the key of the environment variable SECOND_KEY \(401\)/);
  assert.match(about(/egress proxy/)?.found ?? '', /^127\.0\.0\.1:1 takes no connection/);
  assert.deepEqual(upstream.keys.sort(), ['Bearer bad', undefined, undefined]);
});

test('a key in quotes, and one of TokenWatch’s own that is cut off, are named', async (context) => {
  const environment = {
    TOKENWATCH_DATA_DIR: temporaryFolder(context, 'doctor'),
    TOKENWATCH_PROXY_PORT: '0',
    TOKENWATCH_DASHBOARD_PORT: '0',
    TOKENWATCH_ANTHROPIC_URL: 'http://127.0.0.1:1',
    TOKENWATCH_OPENAI_URL: 'http://127.0.0.1:1',
    OPENAI_BASE_URL: `'http://127.0.0.1:8877/openai/v1'`,
  };
  const made = async (key: string): Promise<string> =>
    (await examined({ ...environment, OPENAI_API_KEY: key }))
      .filter(({ verdict, subject }) => verdict === 'warning' && /^OPENAI/.test(subject))
      .map(({ subject, found }) => `${subject}: ${found}`)
      .join('\n');
  const whole = newKeyText();
  assert.match(
    await made('"sk-abc"'),
    /OPENAI_BASE_URL: .* stands in quotes\nOPENAI_API_KEY: stands in quotes/,
  );
  assert.match(await made(whole.slice(0, -1)), /OPENAI_API_KEY: is an access key .* mistyped or cut off/);
  assert.doesNotMatch(await made(whole), /OPENAI_API_KEY/);
});

test('an upstream whose own key is missing where it is looked for is told of, with where that is', async (context) => {
  const upstream = await startUpstream(context, Date.now());
  const folder = temporaryFolder(context, 'doctor');
  const file = join(folder, 'key.txt');
  const environment = {
    TOKENWATCH_DATA_DIR: join(folder, 'data'),
    TOKENWATCH_PROXY_PORT: '0',
    TOKENWATCH_DASHBOARD_PORT: '0',
    TOKENWATCH_ANTHROPIC_URL: upstream.url,
    TOKENWATCH_OPENAI_URL: `${upstream.url}/v1/v1`,
    BLANK_KEY: 'good key',
  };
  const add = (name: string, ...key: readonly string[]) =>
    runCommand('upstream add', [name, '--api', 'openai', '--url', upstream.url, ...key], environment);
  await add('unset', '--key-env', 'UNSET_KEY');
  await add('blank', '--key-env', 'BLANK_KEY');
  writeFileSync(file, 'good\r\n', { mode: 0o600 });
  await add('filed', '--key-file', file);
  const found = async (name: string): Promise<string> => {
    const finding = (await examined(environment)).find(({ subject }) => subject.includes(name));
    return `${finding?.verdict}: ${finding?.found}`;
  };
  assert.match(
    await found('upstream unset'),
    /^warning: answers .*environment variable UNSET_KEY is not set/,
  );
  assert.match(await found('upstream blank'), /^warning: .*environment variable BLANK_KEY holds blanks/);
  assert.match(await found('upstream filed'), /^ok: answers \(200\)$/);
  writeFileSync(file, '\n');
  assert.match(await found('upstream filed'), /^warning: .*key\.txt is empty$/);
  rmSync(file);
  assert.match(await found('upstream filed'), /^warning: .*key\.txt cannot be read \(ENOENT\)$/);
  assert.match(await found('TOKENWATCH_OPENAI_URL'), /^warning: \S+ ends in \/v1 twice$/);
});

test('ports that others reach need a key, and TLS', async (context) => {
  const upstream = await startUpstream(context, Date.now());
  const environment = {
    TOKENWATCH_DATA_DIR: temporaryFolder(context, 'doctor'),
    TOKENWATCH_HOST: '0.0.0.0',
    TOKENWATCH_PROXY_PORT: '0',
    TOKENWATCH_DASHBOARD_PORT: '0',
    TOKENWATCH_ANTHROPIC_URL: upstream.url,
    TOKENWATCH_OPENAI_URL: upstream.url,
  };
  const verdictsOf = async (more: Readonly<Record<string, string>>) =>
    (await examined({ ...environment, ...more }))
      .filter(({ subject }) => /^start$|^TOKENWATCH_(?:HOST|ACCESS)$/.test(subject))
      .map(({ subject, verdict }) => `${subject} ${verdict}`);
  assert.deepEqual(await verdictsOf({}), ['start fault', 'TOKENWATCH_HOST warning']);
  assert.deepEqual(await verdictsOf({ TOKENWATCH_ACCESS: 'open' }), [
    'start ok',
    'TOKENWATCH_ACCESS warning',
    'TOKENWATCH_HOST warning',
  ]);
  await runCommand('key create', ['ci'], environment);
  assert.deepEqual(await verdictsOf({}), ['start ok', 'TOKENWATCH_HOST warning']);
});
