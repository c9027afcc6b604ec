// Names and texts that mean something to whoever reads them carelessly: to JavaScript, to SQL, to a regular expression, to
// a terminal. Each goes into every field that takes one, and comes back as itself or not at all.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Answer } from '../../src/dashboard/contract.ts';
import { runCommand } from '../run-command.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';

let app: TestApp;
before(async () => {
  app = await startTestApp({ settings: { TOKENWATCH_CACHE_ENABLED: 'true' } });
});
after(() => app?.close());

const NAMES = [
  ...['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', 'valueOf', '__defineGetter__'],
  ...["'; DROP TABLE requests; --", "x' OR '1'='1", 'a"b`c', '%_\\%', '?1', ':app', '$1', ';', '/* */'],
  ...[`$\{7*7}`, '{{7*7}}', '<script>alert(1)</script>', '../../etc/passwd', 'a,b=c,d=e', '=1+1', '@SUM(1)'],
  ...['\u202Eevil', '\u200Bhidden', '\u009B31m', '\u0085', '\uFEFF', '😀', 'é'.repeat(50)],
  ...['\u001B[1mbold\u001B[22m', '\u001B[9A\u001B[J', '{\u001B[2J', '[\u001B[2J'],
];

async function send(model: string, name: string, session: string): Promise<number> {
  const value = encodeURIComponent(name);
  const response = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-tokenwatch-session': session,
      'x-tokenwatch-app': /^[\x20-\x7e]+$/.test(name) ? name : value,
      'x-tokenwatch-tag': /^[\x20-\x7e]+$/.test(name) ? name : value,
      'x-tokenwatch-user': /^[\x20-\x7e]+$/.test(name) ? name : value,
    },
    body: JSON.stringify({
      ...{ model, [name]: { [name]: name }, metadata: JSON.parse(`{"__proto__":{"polluted":1}}`) as object },
      messages: [{ role: 'user', content: name, name }],
    }),
  });
  await response.arrayBuffer();
  return response.status;
}

test('any name of a model, an application, a tag, a user or a session is recorded as itself', async () => {
  for (const [index, name] of NAMES.entries()) {
    assert.ok((await send(name, name, `field-${index}`)) < 500, name);
    const record = await app.recordOf(`field-${index}`);
    assert.equal(record.modelRequested, name);
  }
  assert.equal(({} as { polluted?: number }).polluted, undefined);
  assert.equal((await app.analytics.recent({ limit: 1000 })).length, NAMES.length);
});

test('any of them in a filter, a breakdown or a path finds what is so called, and nothing else', async () => {
  for (const name of NAMES) {
    const wanted = encodeURIComponent(name);
    for (const field of ['model', 'app', 'tag', 'session', 'upstream', 'text']) {
      const response = await fetch(`${app.dashboardUrl}/api/stats?range=all&${field}=${wanted}`);
      const body = (await response.json()) as Answer<'stats'>;
      assert.equal(response.status, 200, `${field} ${name}`);
      assert.ok(body.summary.requests <= (field === 'text' ? NAMES.length : 1), `${field} ${name}`);
    }
    for (const path of ['requests', 'experiments', 'upstreams', 'cache/entries', 'prices'])
      assert.ok((await fetch(`${app.dashboardUrl}/api/${path}/${wanted}`)).status < 500, `${path} ${name}`);
  }
});

test('a parameter that is called as every object’s own members are is refused like any other', async () => {
  for (const name of ['toString', 'constructor', '__proto__', 'hasOwnProperty', 'valueOf']) {
    const response = await fetch(`${app.dashboardUrl}/api/stats?${name}=1`);
    assert.equal(response.status, 400, name);
    assert.match(await response.text(), /There is no parameter/);
    const body = `{"name":"x","tag":"x","${name}":{"a":1},"condition":{"type":"${name}","value":"a"}}`;
    const posted = await fetch(`${app.dashboardUrl}/api/tags`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    assert.equal(posted.status, 400, `${name} ${await posted.text()}`);
  }
});

test('the API’s JSON holds nothing that commands a terminal or is not seen, and says the same', async () => {
  for (const name of ['\u009b31m', '\u202eevil', '\u200bhidden', '\u{e0041}tag', '\u3164', '\u2028']) {
    const response = await fetch(`${app.dashboardUrl}/api/prices/${encodeURIComponent(name)}`);
    const text = await response.text();
    assert.ok(!text.includes(name), JSON.stringify(name));
    assert.ok((JSON.parse(text) as { error: { message: string } }).error.message.includes(name));
  }
});

test('no page of another site may hold an answer of the dashboard in a frame, run it or guess what it is', async () => {
  for (const path of [
    '/',
    '/api/stats',
    '/api/',
    '/api/nothing',
    '/nothing',
    '/open/x',
    '/metrics',
    '/health',
  ]) {
    const { headers, status } = await fetch(app.dashboardUrl + path);
    const policy = headers.get('content-security-policy') ?? '';
    for (const rule of [
      "default-src 'none'",
      "script-src 'self';",
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ])
      assert.ok(policy.includes(rule), `${path} ${status}: ${rule}`);
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
    assert.equal(headers.get('referrer-policy'), 'no-referrer', path);
    assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin', path);
    assert.equal(headers.get('access-control-allow-origin'), null, path);
  }
});

test('a pattern that takes others for ever takes none of a rule’s time', { timeout: 60_000 }, async () => {
  const evil = ['(a+)+$', '(a|a)*$', '(.*a){25}', '^(([a-z])+.)+[A-Z]([a-z])+$', '(\\w+\\s?)*$'];
  for (const [index, value] of evil.entries()) {
    const response = await fetch(`${app.dashboardUrl}/api/tags`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...app.adminHeaders },
      body: JSON.stringify({ name: `evil-${index}`, tag: 'x=y', condition: { type: 'regex', value } }),
    });
    assert.ok([200, 400].includes(response.status), value);
    await response.arrayBuffer();
  }
  const response = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: `${'a'.repeat(40)}!` }] }),
  });
  await response.arrayBuffer();
  assert.ok(response.status < 500, 'answered, and the test came to its end');
});

test('what a command prints moves no cursor and turns no line around, in a table and in JSON', async () => {
  const environment = { TOKENWATCH_DATA_DIR: app.dataDir };
  // C0 but for line ends, C1, and what changes the direction or is not seen.
  const wrong = /(?!\n)\p{Cc}|[\u200B-\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/u;
  for (const [name, words] of [
    ['stats', ['--since', 'all']],
    ['export', ['--since', 'all', '--format', 'csv']],
    ['export', ['--since', 'all', '--format', 'jsonl']],
    ['cost compare', ['--to', 'gpt-4o-mini', '--since', 'all']],
    ['verify', []],
  ] as const) {
    const { stdout, stderr } = await runCommand(name, words, environment);
    assert.equal(stderr, '', name);
    assert.doesNotMatch(stdout, wrong, name);
  }
});
