// The archive behind a running proxy: what passes is stored as it should be read later, and nothing else.

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import type { ItemContent } from '../../src/archive/item-content.ts';
import { type ArchiveSettings, openArchivist } from '../../src/archive/open-archivist.ts';
import type { ItemFacts } from '../../src/archive/ports.ts';
import { visitStore } from '../../src/storage/registry.ts';
import { startTestApp, type TestApp, type TestAppOptions } from '../start-test-app.ts';

type Item = ItemFacts & ItemContent;

const PLAIN: ArchiveSettings = { redacts: false, itemBytesMax: 1, keys: [] };

async function stored(dataDir: string, settings: ArchiveSettings = PLAIN): Promise<Item[]> {
  const { prompts: archive, close } = await visitStore({ TOKENWATCH_DATA_DIR: dataDir }, 'refuse');
  try {
    const archivist = await openArchivist(archive, settings);
    const all = await archive.items({ order: 'oldest', limit: 100 });
    return await Promise.all(
      all.map(async (facts) => {
        const item = await archive.item(facts.id);
        assert.ok(item !== null);
        return { ...facts, ...(await archivist.read(item)) };
      }),
    );
  } finally {
    await close();
  }
}

/** Runs traffic, stops the app, and gives what it stored. */
async function archiveOf(
  options: TestAppOptions,
  traffic: (app: TestApp) => Promise<unknown>,
): Promise<Item[]> {
  const app = await startTestApp(options);
  try {
    await traffic(app);
    await app.stop();
    return await stored(app.dataDir);
  } finally {
    await app.close();
  }
}

const ON = { TOKENWATCH_STORE_PROMPTS: 'true' };

function post(
  app: TestApp,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  return fetch(`${app.proxyUrl}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-api-key': 'k',
      'anthropic-version': '2023-06-01',
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  }).then((response) => response.text());
}

const message = (text: string, more: object = {}): object => ({
  model: 'claude-haiku-4-5',
  max_tokens: 50,
  messages: [{ role: 'user', content: text }],
  ...more,
});
const chat = (text: string, more: object = {}): object => ({
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content: text }],
  ...more,
});
const MESSAGES = '/anthropic/v1/messages';
const CHAT = '/openai/v1/chat/completions';

test('nothing is stored unless it is asked for', async () => {
  const items = await archiveOf({}, (app) => post(app, MESSAGES, message('hello')));
  assert.deepEqual(items, []);
});

test('a request and its answer are stored with what they cost', async () => {
  let answer = '';
  const items = await archiveOf({ settings: ON }, async (app) => {
    answer = await post(app, MESSAGES, message('hello'), {
      'x-tokenwatch-app': 'reader',
      'x-tokenwatch-tag': 'a=b',
    });
  });
  const [item, ...others] = items;
  assert.ok(item !== undefined);
  assert.equal(others.length, 0);
  assert.deepEqual(item.request, message('hello'));
  assert.deepEqual(item.answer, JSON.parse(answer));
  assert.equal(item.app, 'reader');
  assert.equal(item.tag, 'a=b');
  assert.equal(item.outcome, 'completed');
  assert.ok((item.costNanoUsd ?? 0) > 0);
});

test('a stream is stored as the answer that the call without streaming gives', async () => {
  const bodies: readonly (readonly [string, object])[] = [
    [MESSAGES, message('tell me', { system: 'Be short.' })],
    [CHAT, chat('tell me')],
    ['/openai/v1/responses', { model: 'gpt-5-mini', input: 'tell me' }],
  ];
  const items = await archiveOf({ settings: ON }, async (app) => {
    for (const [path, body] of bodies) {
      await post(app, path, body, { 'x-tokenwatch-tag': 'whole' });
      await post(app, path, { ...body, stream: true }, { 'x-tokenwatch-tag': 'streamed' });
    }
  });
  assert.equal(items.length, 6);
  for (const item of items) assert.equal(item.form, 'document', JSON.stringify(item));
  for (let at = 0; at < items.length; at += 2) {
    const names = (index: number): string[] => Object.keys((items[index]?.answer ?? {}) as object).sort();
    assert.deepEqual(names(at + 1), names(at), items[at]?.endpoint ?? '');
  }
});

test('secrets and personal data never reach the disk, and live traffic keeps them', async () => {
  const secret = ['ghp', 'Qw3rTy7uI0pAs5dFgHjKl2ZxCvBnM8q1W4e6'].join('_');
  const app = await startTestApp({ settings: ON });
  try {
    const text = `Mail jane@corp.example with ${secret}`;
    await post(app, MESSAGES, message(text), { 'x-tokenwatch-session': 's1' });
    assert.match(String(app.provider.requests.at(-1)?.body), /jane@corp\.example with ghp_/);
    await app.stop();
    const [item] = await stored(app.dataDir);
    assert.deepEqual(item?.request, message('Mail [EMAIL_1] with [SECRET_1]'));
    assert.equal(item?.redacted, true);
  } finally {
    await app.close();
  }
});

test('an application or a tag can be left out, or be the only one', async () => {
  const app = await startTestApp();
  const rule = (name: string, more: object): Promise<Response> =>
    fetch(`${app.dashboardUrl}/api/archive-rules`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name, ...more }),
    });
  try {
    assert.equal((await rule('not-tests', { tag: 'kind=test', store: false, priority: 1 })).status, 200);
    assert.equal((await rule('search', { app: 'search-*', store: true })).status, 200);
    await post(app, MESSAGES, message('one'), { 'x-tokenwatch-app': 'search-web' });
    await post(app, MESSAGES, message('two'), { 'x-tokenwatch-app': 'payroll' });
    await post(app, MESSAGES, message('three'), {
      'x-tokenwatch-app': 'search-web',
      'x-tokenwatch-tag': 'kind=test',
    });
    await app.stop();
    assert.deepEqual(
      (await stored(app.dataDir)).map(({ request }) => request),
      [message('one')],
    );
  } finally {
    await app.close();
  }
});

test('the turns of a session are one thread, and each is stored as what it added', async () => {
  const long = Array.from({ length: 400 }, (_, index) => `line ${index * 7919} of the file`).join('\n');
  const turns = [{ role: 'user', content: long }] as { role: string; content: string }[];
  const app = await startTestApp({ settings: ON });
  try {
    for (let turn = 0; turn < 5; turn += 1) {
      const answer = JSON.parse(
        await post(app, MESSAGES, { ...message(''), messages: turns }, { 'x-tokenwatch-session': 's' }),
      );
      turns.push(
        { role: 'assistant', content: answer.content[0].text },
        { role: 'user', content: `and ${turn}?` },
      );
    }
    await app.stop();
    const items = await stored(app.dataDir);
    assert.deepEqual(
      items.map(({ turnsBefore }) => turnsBefore),
      [0, 2, 4, 6, 8],
    );
    assert.deepEqual(
      items.map(({ parentId }) => parentId),
      [null, ...items.slice(0, -1).map(({ id }) => id)],
    );
    const { prompts: archive, close } = await visitStore({ TOKENWATCH_DATA_DIR: app.dataDir }, 'refuse');
    const { bytes, rawBytes } = await archive.archiveState();
    await close();
    assert.ok(bytes < rawBytes / 8, `${bytes} of ${rawBytes}`);
  } finally {
    await app.close();
  }
});

test('with a key nothing can be read without it, and a wrong one is refused at start', async () => {
  const key = 'ab'.repeat(32);
  const settings = { ...ON, TOKENWATCH_PROMPT_KEY: key };
  const app = await startTestApp({ settings });
  try {
    await post(app, MESSAGES, message('the quick brown fox'));
    await app.stop();
    const right: ArchiveSettings = { ...PLAIN, keys: [Buffer.from(key, 'hex')] };
    assert.deepEqual((await stored(app.dataDir, right))[0]?.request, message('the quick brown fox'));
    await assert.rejects(stored(app.dataDir), /encrypted: set TOKENWATCH_PROMPT_KEY/);
    const start = (given: string) =>
      startTestApp({
        settings: { ...ON, TOKENWATCH_DATA_DIR: app.dataDir, TOKENWATCH_PROMPT_KEY: given },
      });
    await assert.rejects(start('cd'.repeat(32)), /is not the key of the stored prompts/);
    // The new key first, the old one behind it: both kinds of items are read.
    const rotated = await start(`${'cd'.repeat(32)},${key}`);
    await post(rotated, MESSAGES, message('jumps over'));
    await rotated.stop();
    const both = [Buffer.from('cd'.repeat(32), 'hex'), Buffer.from(key, 'hex')];
    assert.equal((await stored(app.dataDir, { ...PLAIN, keys: both })).length, 2);
    await rotated.close();
  } finally {
    await app.close();
    rmSync(app.dataDir, { recursive: true, force: true });
  }
});

test('what is too large is not stored, and counted', async () => {
  const app = await startTestApp({ settings: { ...ON, TOKENWATCH_PROMPT_MAX_BYTES: '2K' } });
  try {
    await post(app, MESSAGES, message('x'.repeat(4000)));
    await post(app, CHAT, chat('short'));
    await app.stop();
    const { prompts: archive, close } = await visitStore({ TOKENWATCH_DATA_DIR: app.dataDir }, 'refuse');
    const { items, skipped } = await archive.archiveState();
    await close();
    assert.deepEqual({ items, skipped }, { items: 1, skipped: { too_large: 1 } });
  } finally {
    await app.close();
  }
});

test('old prompts are deleted at start, also when nothing new is stored', async () => {
  const app = await startTestApp({ settings: ON });
  try {
    await post(app, MESSAGES, message('old'));
    await app.stop();
    const { prompts: archive, close } = await visitStore({ TOKENWATCH_DATA_DIR: app.dataDir }, 'refuse');
    const [item] = await archive.items({ order: 'newest', limit: 1 });
    const whole = item === undefined ? null : await archive.item(item.id);
    assert.ok(whole !== null);
    await archive.removeItems([whole.id], []);
    await archive.putItem({ ...whole, startedAtMs: Date.now() - 31 * 86_400_000 }, 'old');
    await close();
    const again = await startTestApp({ settings: { TOKENWATCH_DATA_DIR: app.dataDir } });
    await again.stop();
    assert.deepEqual(await stored(app.dataDir), []);
    await again.close();
  } finally {
    await app.close();
  }
});

test('an answer from the cache is stored with its prompt', async () => {
  const settings = { ...ON, TOKENWATCH_CACHE_ENABLED: 'true' };
  const items = await archiveOf({ settings }, async (app) => {
    await post(app, CHAT, chat('again', { temperature: 0 }));
    await post(app, CHAT, chat('again', { temperature: 0 }));
    await post(app, CHAT, chat('again', { temperature: 0, stream: true }));
  });
  assert.deepEqual(
    items.map(({ outcome }) => outcome),
    ['completed', 'cached', 'cached'],
  );
  const choices = items.map(({ answer }) => (answer as { choices: unknown }).choices);
  assert.deepEqual(choices[1], choices[0]);
  assert.equal(items[2]?.form, 'document');
});
