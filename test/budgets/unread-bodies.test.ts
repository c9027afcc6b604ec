// Bodies that are compressed, in other encodings, forms, or not to be read at all: what budgets, kill switches, rules
// and records make of them, and what the upstream is sent.

import assert from 'node:assert/strict';
import { request as requestHttp } from 'node:http';
import { type TestContext, test } from 'node:test';
import { brotliCompressSync, deflateSync, gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { BudgetRequest } from '../../src/ledger/book/budget-request.ts';
import { type Kept, startKeepingUpstream } from '../keeping-upstream.ts';
import type { TestApp } from '../start-test-app.ts';
import { appWith, withBook } from './app-with-budgets.ts';

const CHAT = { model: 'gpt-4o', max_tokens: 1000, messages: [{ role: 'user', content: 'Grüße ☃' }] };
const TEXT = JSON.stringify(CHAT);
const CHAT_PATH = '/openai/v1/chat/completions';

type Headers = Record<string, string>;

interface Form {
  readonly body: Buffer;
  readonly headers: Headers;
}

/** What clients may write instead of plain UTF-8. */
const WRITTEN: Readonly<Record<string, Form>> = {
  gzip: { body: gzipSync(TEXT), headers: { 'content-encoding': 'gzip' } },
  deflate: { body: deflateSync(TEXT), headers: { 'content-encoding': 'deflate' } },
  br: { body: brotliCompressSync(TEXT), headers: { 'content-encoding': 'br' } },
  zstd: { body: zstdCompressSync(TEXT), headers: { 'content-encoding': 'zstd' } },
  'zstd in gzip': { body: gzipSync(zstdCompressSync(TEXT)), headers: { 'content-encoding': 'zstd, gzip' } },
  'gzip without saying so': { body: gzipSync(TEXT), headers: {} },
  'a byte order mark': { body: Buffer.from(`\ufeff${TEXT}`), headers: {} },
  'UTF-16': {
    body: Buffer.from(`\ufeff${TEXT}`, 'utf16le'),
    headers: { 'content-type': 'application/json; charset=utf-16' },
  },
  'NaN and comments': { body: Buffer.from(TEXT.replace('{', '{/* x */"temperature":NaN,')), headers: {} },
};
/** Servers take the last of two models as a rule. */
const NAMED_BEFORE: Readonly<Record<string, Form>> = {
  'a model before another': {
    body: Buffer.from('{"mod\\u0065l":"openai/GPT-4o","messages":[],"model":"o3"}'),
    headers: {},
  },
  'the same in a long body': {
    body: Buffer.from(`{"model":"gpt-4o","x":"${'x'.repeat(300_000)}","messages":[],"model":"o3"}`),
    headers: {},
  },
};
/** What nobody can read. */
const UNREADABLE: Readonly<Record<string, Form>> = {
  'an unknown coding': { body: gzipSync(TEXT), headers: { 'content-encoding': 'lz4' } },
  'half a gzip': { body: gzipSync(TEXT).subarray(0, 30), headers: { 'content-encoding': 'gzip' } },
  'a model that is no text': { body: Buffer.from('{"model":["gpt-4o"],"messages":[]}'), headers: {} },
  // Some servers take the first, and some take either for the other.
  'a bound twice': { body: Buffer.from(TEXT.replace('{', '{"max_tokens":100000,"x":1,')), headers: {} },
  'a model in other letters': {
    body: Buffer.from('{"model":"o3","Model":"gpt-4o","messages":[]}'),
    headers: {},
  },
  'no JSON': { body: Buffer.from('model=gpt-4o&x=1'), headers: {} },
};

async function post(app: TestApp, { body, headers }: Form, path = CHAT_PATH): Promise<Response> {
  const response = await fetch(app.proxyUrl + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: new Uint8Array(body),
  });
  await response.clone().arrayBuffer();
  return response;
}

async function start(
  context: TestContext,
  budgets: readonly BudgetRequest[] = [],
  settings: Record<string, string> = {},
): Promise<{ readonly app: TestApp; readonly kept: Kept[]; readonly begun: () => Promise<void> }> {
  const upstream = await startKeepingUpstream(context);
  const app = await appWith(context, budgets, {
    settings: { TOKENWATCH_OPENAI_URL: upstream.url, ...settings },
  });
  return { app, ...upstream };
}

test('a body that is written in any way is read, and passes byte for byte', async (context) => {
  const { app, kept } = await start(context);
  for (const [name, { body, headers }] of Object.entries(WRITTEN)) {
    const response = await post(app, { body, headers: { ...headers, 'x-tokenwatch-session': name } });
    assert.equal(response.status, 200, name);
    assert.deepEqual(kept.at(-1)?.body, body, name);
    assert.equal(kept.at(-1)?.headers['content-encoding'], headers['content-encoding'], name);
    assert.equal((await app.recordOf(name)).modelRequested, 'gpt-4o', name);
  }
});

test('a hard budget of a model holds for it, however the body is written or hidden', async (context) => {
  const { app, kept } = await start(context, [{ limit: '0.000001', model: 'gpt-4o' }]);
  for (const [name, form] of Object.entries({ ...WRITTEN, ...UNREADABLE }))
    assert.equal((await post(app, form)).status, 429, name);
  assert.equal(kept.length, 0);
});

test('a kill switch of a model stops what could be that model, and nothing else', async (context) => {
  const { app, kept } = await start(context);
  await withBook(app.dataDir, (book) => book.kill({ model: 'gpt-4o' }));
  const plain = { body: Buffer.from(TEXT), headers: {} };
  const deadline = performance.now() + 60_000;
  while ((await post(app, plain)).status !== 429) assert.ok(performance.now() < deadline);
  kept.length = 0;
  for (const [name, form] of Object.entries({ ...WRITTEN, ...UNREADABLE, ...NAMED_BEFORE }))
    assert.equal((await post(app, form)).headers.get('x-tokenwatch-error'), 'budget_killed', name);
  const other = gzipSync(JSON.stringify({ ...CHAT, model: 'gpt-4o-mini' }));
  assert.equal((await post(app, { body: other, headers: { 'content-encoding': 'gzip' } })).status, 200);
  assert.equal(kept.length, 1);
});

test('what cannot be read under a hard budget is refused with the ways out, or let pass where that is chosen', async (context) => {
  const strict = await start(context, [{ name: 'strict', limit: '5', model: 'gpt-4o' }]);
  const refused = await post(strict.app, UNREADABLE['an unknown coding'] as Form);
  const { error } = (await refused.json()) as { error: { code: string; message: string } };
  assert.equal(refused.headers.get('x-tokenwatch-error'), 'budget_unknown_price');
  assert.match(
    error.message,
    /POST \/v1\/chat\/completions .*"lz4" is not known.*--name strict --unknown allow/,
  );
  const lenient = await start(context, [{ limit: '5', model: 'gpt-4o', unknown: 'allow' }]);
  for (const [name, form] of Object.entries(UNREADABLE))
    assert.equal((await post(lenient.app, form)).status, 200, name);
});

async function addRule(app: TestApp): Promise<void> {
  const rule = { name: 'mini', conditions: [{ type: 'model', value: 'gpt-4o' }], target: 'gpt-4o-mini' };
  const added = await fetch(`${app.dashboardUrl}/api/routes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(rule),
  });
  assert.equal(added.status, 200, await added.text());
}

test('a routed body that was compressed leaves as plain UTF-8, and says so in its headers', async (context) => {
  const { app, kept } = await start(context);
  await addRule(app);
  for (const [name, form] of Object.entries(WRITTEN)) {
    const response = await post(app, { ...form, headers: { ...form.headers, 'x-tokenwatch-session': name } });
    const { body, headers } = kept.at(-1) as Kept;
    assert.equal(response.headers.get('x-tokenwatch-routed-model'), 'gpt-4o-mini', name);
    assert.equal(headers['content-encoding'], undefined, name);
    assert.equal(Number(headers['content-length']), body.length, name);
    assert.match(headers['content-type'] ?? '', /^application\/json(?:; charset=utf-8)?$/);
    const text = body.toString().replace(/^\ufeff/, '');
    assert.equal(text.replace('NaN', '1').includes('"model":"gpt-4o-mini"'), true, name);
    assert.equal((await app.recordOf(name)).modelSent, 'gpt-4o-mini');
  }
  const unread = await post(app, UNREADABLE['half a gzip'] as Form);
  assert.match(unread.headers.get('x-tokenwatch-unplanned') ?? '', /cannot be read/);
  assert.equal(unread.headers.get('x-tokenwatch-routed-model'), null);
  assert.throws(() => gunzipSync((kept.at(-1) as Kept).body));
});

test('what a rule could not look into says so in a header and on its record, and nothing else does', async (context) => {
  const { app } = await start(context);
  const plain: Form = { body: Buffer.from(TEXT), headers: {} };
  const asked = async (name: string, sent: Form, path = CHAT_PATH) => {
    const headers = { ...sent.headers, 'x-tokenwatch-session': name };
    const response = await post(app, { ...sent, headers }, path);
    const { unplanned } = await app.recordOf(name);
    assert.equal(response.headers.get('x-tokenwatch-unplanned'), unplanned, name);
    return unplanned;
  };
  assert.equal(await asked('no rules', UNREADABLE['an unknown coding'] as Form), null);
  await addRule(app);
  assert.equal(await asked('read', plain), null);
  assert.equal(await asked('read through gzip', WRITTEN.gzip as Form), null);
  for (const [name, sent] of Object.entries(UNREADABLE))
    assert.match(
      (await asked(name, sent)) ?? '',
      /^the body cannot be read: |^the request names no model$/,
      name,
    );
  const audio = form({ model: 'gpt-4o' }, false);
  assert.equal(await asked('a form', audio, TRANSCRIPTIONS), 'the body is a form');
  assert.equal(
    await asked('an endpoint that nobody knows', plain, '/openai/v1/new/things'),
    'requests to other pass on unread',
  );
  assert.equal(await asked('a free one', plain, '/openai/v1/moderations'), null);
  const deployment = '/openai/openai/deployments/gpt-4o/chat/completions';
  assert.equal(await asked('a model in the path', plain, deployment), 'the model stands in the path');
  const { modelRequested, modelSent } = await app.recordOf('a model in the path');
  assert.deepEqual([modelRequested, modelSent], ['gpt-4o', null]);
});

const FILE = Buffer.alloc(300_000, 7);

function form(fields: Record<string, string>, fileFirst: boolean): Form {
  const texts = Object.entries(fields).map(([name, value]) =>
    Buffer.from(`--b7\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`),
  );
  const head = '--b7\r\ncontent-disposition: form-data; name="file"; filename="a.mp3"\r\n\r\n';
  const file = Buffer.concat([Buffer.from(head), FILE, Buffer.from('\r\n')]);
  const parts = fileFirst ? [file, ...texts] : [...texts, file];
  return {
    body: Buffer.concat([...parts, Buffer.from('--b7--\r\n')]),
    headers: { 'content-type': 'multipart/form-data; boundary=b7' },
  };
}
const TRANSCRIPTIONS = '/openai/v1/audio/transcriptions';

test("a form's model is read wherever it stands, and the form passes byte for byte", async (context) => {
  for (const budgets of [[], [{ limit: '1000', unknown: 'allow' }]]) {
    const { app, kept } = await start(context, budgets);
    for (const fileFirst of [false, true]) {
      const sent = form({ model: 'gpt-4o-transcribe', stream: 'true' }, fileFirst);
      const session = `form ${fileFirst}`;
      await post(
        app,
        { ...sent, headers: { ...sent.headers, 'x-tokenwatch-session': session } },
        TRANSCRIPTIONS,
      );
      assert.deepEqual(kept.at(-1)?.body, sent.body);
      const record = await app.recordOf(session);
      if (!fileFirst || budgets.length > 0) assert.equal(record.modelRequested, 'gpt-4o-transcribe');
      assert.equal(record.requestBytes, sent.body.length);
    }
  }
});

test('a kill switch of a model holds for forms that name it, first or last, and for those that name none', async (context) => {
  const { app, kept } = await start(context, [{ limit: '1000', unknown: 'allow' }]);
  await withBook(app.dataDir, (book) => book.kill({ model: 'whisper-1' }));
  const killed = form({ model: 'whisper-1' }, true);
  const deadline = performance.now() + 60_000;
  while ((await post(app, killed, TRANSCRIPTIONS)).status !== 429) assert.ok(performance.now() < deadline);
  kept.length = 0;
  for (const sent of [killed, form({ model: 'whisper-1' }, false), form({}, true)])
    assert.equal((await post(app, sent, TRANSCRIPTIONS)).status, 429);
  const other = form({ model: 'gpt-4o-transcribe' }, true);
  assert.equal((await post(app, other, TRANSCRIPTIONS)).status, 200);
  assert.equal(kept.length, 1);
});

test('a form that names two models is refused, before or while it passes', async (context) => {
  const { app, kept } = await start(context);
  for (const fileFirst of [false, true]) {
    const { body, headers } = form({ model: 'a', 'x"; name="model': 'b' }, fileFirst);
    const two = Buffer.from(
      body.toString('latin1').replace('name="x"; name="model"', 'name="model"'),
      'latin1',
    );
    const response = await post(app, { body: two, headers }, TRANSCRIPTIONS);
    assert.equal(response.status, 400);
    assert.match(await response.text(), /two different models/);
  }
  assert.equal(kept.length, 0);
});

test('a form goes on to the upstream while its client still sends it', async (context) => {
  const { app, kept, begun } = await start(context, [{ limit: '1000', unknown: 'allow' }]);
  const { body, headers } = form({ model: 'gpt-4o-transcribe' }, false);
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  const sending = requestHttp(
    app.proxyUrl + TRANSCRIPTIONS,
    { method: 'POST', headers: { ...headers, 'content-length': body.length } },
    (response) => resolve(response.resume().statusCode),
  );
  sending.write(body.subarray(0, 1000));
  await begun();
  sending.end(body.subarray(1000));
  assert.equal(await promise, 200);
  assert.deepEqual(kept[0]?.body, body);
});

const fields = (body: string, headers: Headers = {}): Form => ({
  body: Buffer.from(body),
  headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
});
const COMPLETIONS = '/openai/v1/completions';

test("the model in a web page's fields is read where all of them are understood, and they pass byte for byte", async (context) => {
  const { app, kept } = await start(context, [{ limit: '0.000001', model: 'gpt-4o' }]);
  const other = fields('prompt=a+b%26c&mod%65l=gpt-4o-mini&stream=true&max_tokens=9', {
    'x-tokenwatch-session': 'fields',
  });
  assert.equal((await post(app, other, COMPLETIONS)).status, 200);
  assert.deepEqual(kept.at(-1)?.body, other.body);
  const { modelRequested, requestBytes } = await app.recordOf('fields');
  assert.deepEqual([modelRequested, requestBytes], ['gpt-4o-mini', other.body.length]);
  const forms = [
    'model=gpt-4o&prompt=a',
    'prompt=a',
    ...['&model=gpt-4o', ';model=gpt-4o', '&models=gpt-4o', '&n=9', '&Model=gpt-4o', '\n'].map(
      (rest) => `model=gpt-4o-mini&prompt=a${rest}`,
    ),
  ];
  for (const form of forms) assert.equal((await post(app, fields(form), COMPLETIONS)).status, 429, form);
  const packed = { ...fields('', { 'content-encoding': 'gzip' }), body: gzipSync(other.body) };
  assert.equal((await post(app, packed, COMPLETIONS)).status, 429);
  // As curl calls whatever it sends.
  const json = JSON.stringify({ ...CHAT, model: 'gpt-4o-mini' });
  assert.equal((await post(app, fields(json))).status, 200);
  assert.equal((await post(app, fields(TEXT))).status, 429);
  assert.equal(kept.length, 2);
});

test('rules do not look into the fields of a web page, and that is said', async (context) => {
  const { app } = await start(context);
  await addRule(app);
  const response = await post(app, fields('model=gpt-4o&prompt=a'), COMPLETIONS);
  assert.equal(response.headers.get('x-tokenwatch-unplanned'), 'the body is a form');
});
