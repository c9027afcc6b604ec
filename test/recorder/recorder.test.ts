// `tokenwatch record` and `play` as their users meet them: around programs, in processes of their own.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { BODY_BYTES_MAX, startMountServer } from '../../src/recorder/mount-server.ts';
import { startSimulatedProvider } from '../../src/simulator/provider.ts';

const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-recorder-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const program = (name: string): string => join(import.meta.dirname, 'programs', `${name}.ts`);
/** Nothing listens there: whoever asks it has left the recording. */
const NOWHERE = 'http://127.0.0.1:9';

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function tokenwatch(words: readonly string[], upstream: string, keys = true): Promise<Ran> {
  const { OPENAI_API_KEY: _, ANTHROPIC_API_KEY: __, ...inherited } = process.env;
  const child = spawn(process.execPath, ['bin/tokenwatch.js', ...words], {
    env: {
      ...inherited,
      ...(keys && { OPENAI_API_KEY: 'k', ANTHROPIC_API_KEY: 'k' }),
      OPENAI_BASE_URL: `${upstream}/v1`,
      ANTHROPIC_BASE_URL: upstream,
      TOKENWATCH_DATA_DIR: folder,
    },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (bytes) => (stdout += bytes));
  child.stderr.on('data', (bytes) => (stderr += bytes));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}

const node = (name: string, ...words: readonly string[]): string[] => [
  '--',
  process.execPath,
  program(name),
  ...words,
];

async function recorded(name: string): Promise<{ file: string; ran: Ran }> {
  const provider = await startSimulatedProvider();
  const file = join(folder, `${name}.jsonl`);
  const ran = await tokenwatch(['record', '--out', file, ...node(name)], provider.url);
  await provider.close();
  assert.equal(ran.code, 0, ran.stderr);
  return { file, ran };
}

test('the official SDKs run again offline, without a key, with the same result, and no secret is in the file', async () => {
  const { file, ran } = await recorded('sdks');
  assert.match(ran.stderr, /5 calls recorded/);
  const text = readFileSync(file, 'utf8');
  assert.doesNotMatch(text, /jane@corp|authorization|x-api-key/i);
  assert.match(text, /\[EMAIL_[0-9a-f]{6}\]/);
  const played = await tokenwatch(['play', file, ...node('sdks')], NOWHERE, false);
  assert.deepEqual([played.code, played.stdout], [0, ran.stdout]);
  assert.match(played.stderr, /5 calls answered from/);
  assert.doesNotMatch(played.stderr, /not asked|failed/);
});

test('a recording that cannot be written is told before the program runs', async () => {
  const file = join(folder, 'none', 'run.jsonl');
  const script = `require('node:fs').writeFileSync(${JSON.stringify(join(folder, 'it-ran'))}, '')`;
  const ran = await tokenwatch(['record', '--out', file, '--', process.execPath, '-e', script], NOWHERE);
  assert.notEqual(ran.code, 0);
  assert.match(ran.stderr, /"\S+run\.jsonl" cannot be written: there is no folder \S+none\. Make it/);
  assert.doesNotMatch(ran.stderr, /^ {4}at /m);
  assert.equal(existsSync(join(folder, 'it-ran')), false);
});

test('a call that differs fails with what changed, and the run with it', async () => {
  const file = join(folder, 'sdks.jsonl');
  const other = await tokenwatch(['play', file, ...node('sdks', 'Tell me about lexers')], NOWHERE);
  assert.notEqual(other.code, 0);
  assert.match(other.stderr, /chat\/completions is not as it was recorded\. The nearest is call 1/);
  assert.match(other.stderr, /messages\[0\]\.content: "Tell me about parsers" is now "Tell me about lexers"/);
  assert.match(other.stderr, /0 calls answered from .*, 1 failed, 5 recorded calls were not asked/);
});

test('a program that lives with a miss does not hide it', async () => {
  const file = join(folder, 'sdks.jsonl');
  const script = `fetch(process.env.OPENAI_BASE_URL + '/embeddings', {method:'POST', body:'{"input":"x"}'}).then((r) => console.log(r.status))`;
  const ran = await tokenwatch(['play', file, '--', process.execPath, '-e', script], NOWHERE);
  assert.deepEqual([ran.code, ran.stdout], [1, '400\n']);
  assert.match(ran.stderr, /POST \/v1\/embeddings was never recorded/);
});

test('an agent with tools runs again offline; a tool that gives something else is told', async () => {
  const { file, ran } = await recorded('agent');
  assert.equal(JSON.parse(ran.stdout).steps, 2);
  const played = await tokenwatch(['play', file, ...node('agent')], NOWHERE);
  assert.deepEqual([played.code, played.stdout], [0, ran.stdout]);
  const other = await tokenwatch(['play', file, ...node('agent', '25')], NOWHERE);
  assert.match(other.stderr, /"21 degrees" is now "25 degrees"/);
  assert.match(other.stderr, /1 call answered/);
  const ignoring = await tokenwatch(
    ['play', file, '--ignore-text', '\\d+ degrees', ...node('agent', '25')],
    NOWHERE,
  );
  assert.equal(ignoring.code, 0, ignoring.stderr);
});

test('a miss can be forwarded', async () => {
  const provider = await startSimulatedProvider();
  const file = join(folder, 'sdks.jsonl');
  const script = `fetch(process.env.OPENAI_BASE_URL + '/models').then((r) => r.json()).then((j) => console.log(j.object));
    fetch(process.env.OPENAI_BASE_URL + '/embeddings', {method:'POST', headers: {'content-type':'application/json', authorization: 'Bearer k'}, body:'{"input":"x","model":"text-embedding-3-small"}'}).then((r) => console.log(r.status))`;
  const ran = await tokenwatch(
    ['play', file, '--on-miss', 'forward', '--', process.execPath, '-e', script],
    provider.url,
  );
  await provider.close();
  assert.equal(ran.code, 0, ran.stderr);
  assert.deepEqual(ran.stdout.trim().split('\n').sort(), ['200', 'list']);
  assert.match(ran.stderr, /1 call answered from .*, 1 forwarded/);
});

test("the exit code is the program's; what is no recording or program is said", async () => {
  const file = join(folder, 'sdks.jsonl');
  const code = async (...words: readonly string[]) => (await tokenwatch(words, NOWHERE)).code;
  assert.equal(await code('play', file, '--', process.execPath, '-e', 'process.exit(7)'), 7);
  const other = join(folder, 'other.jsonl');
  writeFileSync(other, '{"a":1}\n');
  assert.match((await tokenwatch(['play', other, '--', 'true'], NOWHERE)).stderr, /is no recording/);
  assert.match(
    (await tokenwatch(['play', file, '--', 'no-such-program'], NOWHERE)).stderr,
    /could not be started/,
  );
  assert.match((await tokenwatch(['record', '--', 'true'], NOWHERE)).stderr, /Add --out FILE/);
  assert.match(
    (await tokenwatch(['record', '--out', other, '--', 'true'], 'localhost:9')).stderr,
    /_BASE_URL="localhost:9.*" is not an http/,
  );
  const before = readFileSync(file, 'utf8');
  assert.equal(await code('record', '--out', file, '--', 'no-such-program'), 1);
  assert.equal(readFileSync(file, 'utf8'), before);
});

test('a body that is too large is refused in the form of its API', async () => {
  const server = await startMountServer(() => Promise.reject(new Error('it was taken')));
  const body = Buffer.alloc(BODY_BYTES_MAX + 1);
  const answer = await fetch(`${server.url}/anthropic/v1/messages`, { method: 'POST', body });
  assert.equal(answer.status, 413);
  assert.equal(((await answer.json()) as { type: string }).type, 'error');
  await server.close();
});
