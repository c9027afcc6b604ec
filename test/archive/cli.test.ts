// `tokenwatch prompts` as its users meet it: on the data folder of a server that runs.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { visitStore } from '../../src/storage/registry.ts';
import { type Ran, runCommand } from '../run-command.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';

let app: TestApp;
const WAIT_MS = 60_000;

before(async () => {
  app = await startTestApp({ settings: { TOKENWATCH_STORE_PROMPTS: 'true' } });
  const first = { role: 'user', content: 'Explain the retry budget' };
  const answer = await ask([first], 'talk');
  await ask([first, answer, { role: 'user', content: 'And its upper limit, jane@corp.example?' }], 'talk');
  await ask([{ role: 'user', content: 'Something else' }], 'other');
  await stored(3);
});
after(() => app.close());

interface Message {
  readonly role: string;
  readonly content: string;
}

async function ask(messages: readonly Message[], session: string): Promise<Message> {
  const response = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-tokenwatch-session': session,
      'x-tokenwatch-app': 'cli-test',
    },
    body: JSON.stringify({ model: 'gpt-4o-mini', messages }),
  });
  const { choices } = (await response.json()) as { choices: [{ message: Message }] };
  return { role: 'assistant', content: choices[0].message.content };
}

/** Waits until the archive's thread has stored so many. */
async function stored(count: number): Promise<void> {
  const { prompts: archive, close } = await visitStore({ TOKENWATCH_DATA_DIR: app.dataDir }, 'refuse');
  const deadline = Date.now() + WAIT_MS;
  while ((await archive.archiveState()).items < count) {
    if (Date.now() > deadline) throw new Error('the prompts were not stored');
    await new Promise((resolve) => setImmediate(resolve));
  }
  await close();
}

const run = (command: string, ...words: readonly string[]): Promise<Ran> =>
  runCommand(`prompts ${command}`, words, { TOKENWATCH_DATA_DIR: app.dataDir });
const json = async (command: string, ...words: readonly string[]) =>
  JSON.parse((await run(command, ...words, '--json')).stdout);

test('list, with turns and money, and what is not meant left out', async () => {
  const { stdout } = await run('list');
  assert.match(stdout, /2\+1/);
  assert.match(stdout, /3 of 3 stored/);
  assert.equal((await json('list', '--session', 'other')).items.length, 1);
  assert.equal((await json('list', '--from', '2020-01-01', '--to', '2020-01-02')).items.length, 0);
  assert.match((await run('list', '--from', 'soon')).stderr, /--from "soon" is not a date/);
});

test('show one, by the beginning of its id, and a session as a conversation', async () => {
  const [newest] = (await json('list', '--session', 'talk')).items;
  const shown = (await run('show', newest.id.slice(-8))).stdout;
  assert.match(shown, /And its upper limit, \[EMAIL_1\]\?/);
  assert.match(shown, /its 2 turns are left out/);
  assert.doesNotMatch(shown, /Explain the retry budget/);
  assert.match((await run('show', newest.id, '--full')).stdout, /Explain the retry budget/);
  const thread = (await run('show', '--session', 'talk')).stdout;
  assert.match(thread, /#1 .*Explain the retry budget.*#2 .*upper limit.*2 requests, \$0/s);
  assert.equal((await json('show', '--session', 'talk')).turns[1].added.length, 1);
  assert.match(
    (await run('show', 'zzz')).stderr,
    /No stored prompt has an id that begins or ends with "zzz"/,
  );
  assert.match((await run('show')).stderr, /Write the id of a prompt/);
});

test('search finds what a turn added, once', async () => {
  const { how, items } = await json('search', 'RETRY', 'budget');
  assert.equal(how, 'index');
  assert.equal(items.length, 1);
  assert.match(items[0].snippet, /Explain the retry budget/);
  assert.equal((await json('search', 'corp.example')).items.length, 0);
  assert.match((await run('search', 'nowhere')).stdout, /Nothing stored holds all of that/);
});

test('export writes JSON, one a line', async () => {
  const file = join(app.dataDir, 'out.jsonl');
  assert.match((await run('export', '--out', file, '--app', 'cli-test')).stdout, /3 prompts written/);
  const lines = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ session }) => session),
    ['talk', 'talk', 'other'],
  );
  assert.deepEqual(lines[2].request.messages, [{ role: 'user', content: 'Something else' }]);
});

test('a rule is added, listed and removed', async () => {
  assert.match(
    (await run('rule add', 'no-cli', '--app', 'cli-*', '--store', 'off')).stdout,
    /app cli-\* is not stored/,
  );
  assert.match((await run('rule add', 'x')).stderr, /Store them or not/);
  assert.match((await run('rule list')).stdout, /100 +no-cli +app cli-\* is not stored/);
  assert.match((await run('rule remove', 'no-cli')).stdout, /is removed/);
});

test('delete asks, says what it does, and leaves the rest readable', async () => {
  assert.match((await run('delete', '--session', 'talk')).stderr, /Use --yes/);
  assert.match((await run('delete')).stderr, /Say which/);
  assert.match((await run('delete', '--all', '--session', 'talk')).stderr, /Say which/);
  const items = (await json('list', '--session', 'talk')).items;
  assert.match((await run('delete', items[1].id, '--yes')).stdout, /1 prompt deleted/);
  assert.match((await run('show', items[0].id)).stdout, /upper limit/);
  assert.match((await run('delete', '--all', '--yes')).stdout, /2 prompts deleted/);
  assert.match((await run('list')).stdout, /No prompt is stored/);
});
