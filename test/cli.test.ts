// The command line as its users meet it: in processes of its own, piped and on a terminal, with a server and without.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { databasePath } from '../src/storage/sqlite/database.ts';
import { assertSoonest } from './soonest.ts';
import { startTestApp, type TestApp } from './start-test-app.ts';

const COLUMNS_MAX = 80;
const FOLLOW_MS_MAX = 1000;
const CONTROL = /[^\P{Cc}\n]/u;
/** A model's name that would clear a terminal, and break the line. */
const HOSTILE = 'evil\u001b[2J\u001b[31m\r\nforged line';
const LONG = 'accounts/somebody/models/a-model-with-a-very-long-name-that-goes-on-and-on-2026-11-24';

const root = mkdtempSync(join(tmpdir(), 'tokenwatch-cli-'));
const dataDir = join(root, 'data');
let app: TestApp;
let requests = 0;

before(async () => {
  app = await startTestApp({ settings: { TOKENWATCH_DATA_DIR: dataDir } });
  await request(app, 'claude-haiku-4-5');
  await request(app, LONG, { 'x-tokenwatch-app': 'an-application-with-a-rather-long-name' });
  await request(app, HOSTILE);
  await request(app, 'claude-haiku-4-5', { 'x-simulate': 'status=529' });
});
after(async () => {
  await app.close();
  rmSync(root, { recursive: true, force: true });
});

/** Sends one request and waits for its record. */
async function request(to: TestApp, model: string, headers: Record<string, string> = {}): Promise<void> {
  requests += 1;
  const session = `cli-${requests}`;
  const response = await fetch(`${to.proxyUrl}/anthropic/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-tokenwatch-session': session, ...headers },
    body: JSON.stringify({ model, max_tokens: 32, messages: [{ role: 'user', content: 'Hello' }] }),
  });
  await response.arrayBuffer();
  await to.recordOf(session);
}

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const command = (args: readonly string[]): string[] => ['bin/tokenwatch.js', ...args];
const environment = (extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => {
  // What a terminal shows must not depend on where the tests run: a CI has no colours of its own.
  const { NO_COLOR: _, FORCE_COLOR: __, CI: ___, ...inherited } = process.env;
  const port = new URL(app.dashboardUrl).port;
  return { ...inherited, TOKENWATCH_DATA_DIR: dataDir, TOKENWATCH_DASHBOARD_PORT: port, ...extra };
};

function run(args: readonly string[], extra: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const child = spawn(process.execPath, command(args), {
    env: environment(extra),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return ended(child);
}

async function ended(child: ChildProcess): Promise<Ran> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (bytes: Buffer) => {
    stdout += bytes.toString();
  });
  child.stderr?.on('data', (bytes: Buffer) => {
    stderr += bytes.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

const hasScript = spawnSync('script', ['--version']).status === 0;
const skip = hasScript ? false : 'there is no "script" here to play a terminal';

/** The command on a pseudo terminal of 80 columns. */
function onTerminal(args: readonly string[], extra: Readonly<Record<string, string>> = {}): ChildProcess {
  const quoted = [process.execPath, ...command(args)].map((part) => `'${part}'`).join(' ');
  // `exec`: a shell in between would get Ctrl-C too, and end by it with a status of its own.
  return spawn('script', ['-qec', `stty cols 80 rows 24; exec ${quoted}`, '/dev/null'], {
    env: environment({ TERM: 'xterm-256color', ...extra }),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** Resolves when the process has printed what is looked for; fails when it ends first. */
function printed(child: ChildProcess, wanted: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (bytes: Buffer) => {
      text += bytes.toString();
      if (wanted.test(text)) resolve(text);
    });
    child.once('close', () => reject(new Error(`ended without ${String(wanted)}: ${text}`)));
  });
}

const REPORTS: readonly (readonly string[])[] = [
  ['stats'],
  ['stats', '--since', 'all', '--by', 'app'],
  ['stats', '-t', '7d', '--by', 'outcome'],
  ['status'],
  ['prices'],
  ['prices', 'claude-sonnet-4-5'],
];

async function reportsWell(): Promise<void> {
  await Promise.all(
    REPORTS.map(async (args) => {
      const name = args.join(' ');
      const plain = await run(args);
      assert.deepEqual([plain.code, plain.stderr], [0, ''], name);
      assert.doesNotMatch(plain.stdout, CONTROL, name);
      for (const line of plain.stdout.split('\n')) {
        // A folder's name is as long as it is.
        if (!line.includes(dataDir)) assert.ok(line.length <= COLUMNS_MAX, `${name}: ${line}`);
      }
      const json = await run([...args, '--json']);
      assert.deepEqual([json.code, json.stderr], [0, ''], name);
      assert.doesNotThrow(() => JSON.parse(json.stdout), `${name}: ${json.stdout}`);
    }),
  );
}

test('reports fit 80 columns, are plain in a pipe, and JSON is nothing but JSON, with the server running', async () => {
  await reportsWell();
  const { records } = JSON.parse((await run(['status', '--json'])).stdout) as {
    records: { records: number };
  };
  assert.equal(records.records, requests);
  const { running } = JSON.parse((await run(['status', '--json'])).stdout) as { running: boolean };
  assert.equal(running, true);
  const stats = JSON.parse((await run(['stats', '--json'])).stdout) as { summary: { requests: number } };
  assert.equal(stats.summary.requests, requests);
});

test('tail follows within a second when piped, in lines of 80 columns without escapes', async () => {
  const child = spawn(process.execPath, command(['tail']), {
    env: environment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const past = await printed(child, /forged line|evil/);
  let fresh = '';
  await assertSoonest(FOLLOW_MS_MAX, async (number) => {
    const followed = printed(child, new RegExp(`claude-piped-${number}`));
    await request(app, `claude-piped-${number}`);
    fresh += await followed;
  });
  child.kill('SIGINT');
  const [code] = (await once(child, 'close')) as [number | null];
  assert.equal(code, 0);
  for (const text of [past, fresh]) {
    assert.doesNotMatch(text, CONTROL);
    for (const line of text.split('\n')) assert.ok(line.length <= COLUMNS_MAX, line);
  }
});

test('tail --json prints one document a line, for the past and for what comes', async () => {
  const child = spawn(process.execPath, command(['tail', '-n', '2', '--json']), {
    env: environment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const past = await printed(child, /\n.*\n/);
  const followed = printed(child, /"modelUsed":"claude-json-1".*\n/);
  await request(app, 'claude-json-1');
  const lines = (past + (await followed)).trim().split('\n');
  for (const line of lines) assert.equal(typeof (JSON.parse(line) as { id: unknown }).id, 'string');
  child.kill('SIGTERM');
  await once(child, 'close');
});

test('tail on a terminal repaints in place, within a second', { skip }, async () => {
  const child = onTerminal(['tail', '-n', '3']);
  const first = await printed(child, /RESULT.*529/s);
  let text = '';
  await assertSoonest(FOLLOW_MS_MAX, async (number) => {
    const followed = printed(child, new RegExp(`claude-painted-${number}`));
    await request(app, `claude-painted-${number}`);
    text += await followed;
  });
  assert.ok(text.includes('\u001b[4A\u001b[J'), 'the cursor goes up and clears');
  assert.ok(!(first + text).includes('\u001b[2J'), "a model's name reached the terminal as it is");
  child.stdin?.write('\u0003');
  assert.equal((await once(child, 'close'))[0], 0);
});

test('a Ctrl-C that arrives several times, as through npm and the launcher, ends tail as well as one', async () => {
  const child = spawn(process.execPath, command(['tail']), {
    env: environment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await printed(child, /claude-haiku/);
  const closed = once(child, 'close');
  // It wakes up with both: one that came when it had ended already would end it in its own way.
  for (const signal of ['SIGSTOP', 'SIGINT', 'SIGTERM', 'SIGCONT'] as const) child.kill(signal);
  assert.deepEqual(await closed, [0, null]);
});

test('a program whose launcher was killed ends as if it had been told to', async () => {
  const child = spawn(process.execPath, command(['tail']), {
    env: { ...environment(), TOKENWATCH_LAUNCHED: '1' },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  await printed(child, /claude-haiku/);
  const exited = once(child, 'exit');
  // What the end of the launcher does.
  child.disconnect();
  const [code] = (await exited) as [number | null];
  assert.equal(code, 0);
});

test('titles are bold on a terminal, and not with NO_COLOR', { skip }, async () => {
  const bold = await ended(onTerminal(['stats']));
  assert.ok(bold.stdout.includes('\u001b[1m'));
  const plain = await ended(onTerminal(['stats'], { NO_COLOR: '1' }));
  assert.ok(plain.stdout.includes('REQUESTS') && !plain.stdout.includes('\u001b'));
});

/** Too few words, too many, and what is no option: always 2. */
const MISUSED: readonly (readonly string[])[] = [
  ['key', 'revoke'],
  ['backup'],
  ['stats', 'extra'],
  ['budget', 'raise', 'x', '--by', '1'],
  ['user', 'list', '--nothing'],
];

test('a failure is one line on stderr, nothing on stdout, and a status that is not 0', async () => {
  const empty = join(root, 'empty');
  const garbage = join(root, 'garbage');
  mkdirSync(garbage);
  writeFileSync(databasePath(garbage), 'this is no database, whatever its name says. '.repeat(100));
  writeFileSync(join(root, 'file'), '');
  const failures: readonly (readonly [args: readonly string[], extra?: Record<string, string>])[] = [
    [['stats'], { TOKENWATCH_DATA_DIR: empty }],
    [['tail', '--json'], { TOKENWATCH_DATA_DIR: empty }],
    [['reset', '--yes'], { TOKENWATCH_DATA_DIR: empty }],
    [['stats', '--json'], { TOKENWATCH_DATA_DIR: garbage }],
    [
      ['start', '--port', '0'],
      { TOKENWATCH_DATA_DIR: join(root, 'file', 'x'), TOKENWATCH_DASHBOARD_PORT: '0' },
    ],
    [['start', '--port', new URL(app.proxyUrl).port], { TOKENWATCH_DATA_DIR: join(root, 'other') }],
    [['start', '--port', 'many']],
    [['stats', '--since', 'yesterday']],
    [['stats', '--sinse', '1h']],
    [['statz']],
    [['tail', '-n', 'some']],
    [['prices', 'no-such-model-at-all']],
    [['stats'], { TOKENWATCH_OVERALL_TIMEOUT: 'long' }],
    [['reset']],
    [['reset', '--json']],
    ...MISUSED.map((words) => [words] as const),
  ];
  for (const [args, extra] of failures) {
    const name = `${args.join(' ')} ${JSON.stringify(extra ?? {})}`;
    const { code, stdout, stderr } = await run(args, extra);
    assert.ok(code !== 0 && code !== null, `${name}: exit ${code}`);
    if (MISUSED.includes(args)) assert.equal(code, 2, name);
    assert.equal(stdout, '', name);
    assert.match(stderr, /^tokenwatch: [^\n]+\n$/, name);
  }
});

test('an option that is given twice is refused: the first value would be lost', async () => {
  for (const args of [
    ['budget', 'kill', '--app', 'one', '--app', 'two'],
    ['budget', 'set', '--limit', '1', '--limit', '20'],
    ['stats', '--since', '1h', '--since', '7d'],
    ['stats', '-t', '1h', '--timeframe', '7d'],
  ]) {
    const { code, stderr } = await run(args);
    assert.equal(code, 2, args.join(' '));
    assert.match(stderr, /^tokenwatch: --\w+ is given twice, as ".+" and as ".+"\. Give one/);
  }
  const { stdout } = await run(['budget', 'status', '--json']);
  assert.deepEqual(JSON.parse(stdout).stopped, []);
  assert.equal((await run(['stats', '--since', '1h', '--since', '1h'])).code, 0);
});

test('a database that is locked can be read, and a reset of it fails in one line', async () => {
  const intruder = new DatabaseSync(databasePath(dataDir));
  intruder.exec('BEGIN EXCLUSIVE');
  const stats = await run(['stats', '--json']);
  const reset = await run(['reset', '--yes']);
  intruder.exec('ROLLBACK');
  intruder.close();
  assert.deepEqual([stats.code, stats.stderr], [0, '']);
  assert.equal(reset.code, 1);
  assert.match(reset.stderr, /^tokenwatch: [^\n]*locked[^\n]*\n$/);
});

test('reset asks, and any answer but yes keeps the records', { skip }, async () => {
  for (const answer of ['n\r', '\r', '\u0004', '\u0003', 'yesterday\r']) {
    const child = onTerminal(['reset']);
    await printed(child, new RegExp(`Delete all ${requests} records in `));
    const end = ended(child);
    child.stdin?.write(answer);
    const { code, stdout } = await end;
    assert.match(stdout, /Nothing was deleted/, JSON.stringify(answer));
    assert.equal(code, 0, JSON.stringify(answer));
  }
  assert.equal((await app.analytics.recent({ limit: 1000 })).length, requests);
});

test('reset --yes deletes what has ended and keeps what runs, with the server running', async () => {
  const leaving = new AbortController();
  const hanging = fetch(`${app.proxyUrl}/anthropic/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-tokenwatch-session': 'hanging', 'x-simulate': 'hang' },
    body: JSON.stringify({ model: 'claude-haiku-4-5', max_tokens: 1, messages: [] }),
    signal: leaving.signal,
  });
  await app.provider.arrival(requests);
  let running = 0;
  while (running === 0) running = (await app.analytics.recent({ limit: 1000 })).length - requests;
  const { code, stdout } = await run(['reset', '--yes', '--json']);
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(stdout), { deleted: requests });
  assert.deepEqual(
    (await app.analytics.recent({ limit: 1000 })).map((record) => [record.session, record.outcome]),
    [['hanging', 'in_flight']],
  );
  leaving.abort();
  await assert.rejects(hanging);
  assert.equal((await app.recordOf('hanging')).outcome, 'client_gone');
});

test('everything works with the server stopped', async () => {
  await request(app, 'claude-haiku-4-5');
  const port = new URL(app.dashboardUrl).port;
  const stopped = app;
  await stopped.close();
  await reportsWell();
  const status = JSON.parse(
    (await run(['status', '--json'], { TOKENWATCH_DASHBOARD_PORT: port })).stdout,
  ) as {
    running: boolean;
    records: { records: number };
  };
  assert.deepEqual([status.running, status.records.records], [false, 2]);
  assert.deepEqual(await run(['reset', '--yes']), { code: 0, stdout: '2 records deleted.\n', stderr: '' });
  const stats = JSON.parse((await run(['stats', '--json'])).stdout) as { summary: { requests: number } };
  assert.equal(stats.summary.requests, 0);
  app = await startTestApp({ settings: { TOKENWATCH_DATA_DIR: dataDir } });
});

test('a .env that a Windows editor has marked is read from its first name on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-env-'));
  const bin = resolve('bin/tokenwatch.js');
  const line = 'TOKENWATCH_PROXY_PORT=none\n';
  for (const bytes of [`\uFEFF${line}`, Buffer.from(`\uFEFF${line}`, 'utf16le')]) {
    writeFileSync(join(folder, '.env'), bytes);
    const { status, stderr } = spawnSync(process.execPath, [bin, 'stats'], { cwd: folder, encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stderr, /TOKENWATCH_PROXY_PORT="none" is not a port/);
  }
  rmSync(folder, { recursive: true });
});

test('in a clone what was built is started, until the source is changed', () => {
  const folder = mkdtempSync(join(root, 'clone-'));
  const bin = join(folder, 'bin', 'tokenwatch.js');
  cpSync('bin', join(folder, 'bin'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const write = (place: string, atSeconds: number): void => {
    mkdirSync(dirname(join(folder, place)), { recursive: true });
    writeFileSync(join(folder, place), `process.stdout.write('${place}');`);
    utimesSync(join(folder, place), atSeconds, atSeconds);
  };
  const started = (): string => spawnSync(process.execPath, [bin], { encoding: 'utf8' }).stdout;
  const [source, built] = ['src/cli/main.ts', 'dist/cli/main.js'];
  write(source, 1000);
  assert.equal(started(), source);
  for (const place of ['src', 'src/cli']) utimesSync(join(folder, place), 1000, 1000);
  write(built, 1001);
  assert.equal(started(), built);
  utimesSync(join(folder, 'src'), 1002, 1002);
  assert.equal(started(), source);
  write(built, 1003);
  assert.equal(started(), built);
  write('src/cli/other.ts', 1004);
  assert.equal(started(), source);
  rmSync(join(folder, 'src'), { recursive: true });
  assert.equal(started(), built);
});
