// What is wrong on the wire: two readings of one request, headers that end where they should not, too much, too slow, and
// paths that lead elsewhere. None of it reaches the upstream as anything but one whole request, or at all.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { sendRaw } from '../faults/exchange.ts';
import { assertSoonest } from '../soonest.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';
import { answerOf, type Listener, startListener } from './listener.ts';

let upstream: Listener;
let app: TestApp;
before(async () => {
  upstream = await startListener();
  app = await startTestApp({
    settings: {
      TOKENWATCH_OPENAI_URL: upstream.url,
      TOKENWATCH_MAX_BODY_BYTES: '20000',
      TOKENWATCH_RETRY: '0',
    },
  });
});
after(async () => {
  await app?.close();
  await upstream?.close();
});

const BODY = '{"model":"gpt-4o"}';
const LINE = 'POST /openai/v1/embeddings HTTP/1.1\r\n';
const HOST = 'host: localhost\r\n';
const TYPE = 'content-type: application/json\r\nconnection: close\r\n';
const LENGTH = `content-length: ${BODY.length}\r\n`;
const SECOND = 'GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n';
const CHUNK = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;

const chunked = (body: string, more = ''): string =>
  `${LINE}${HOST}${TYPE}transfer-encoding: chunked\r\n${more}\r\n${body}`;
const whole = (more: string, body = BODY): string => `${LINE}${HOST}${TYPE}${more}\r\n${body}`;

/** By what it is, the bytes of a request that must not pass. */
const REFUSED: Readonly<Record<string, string>> = {
  'a length and chunks': whole(`${LENGTH}transfer-encoding: chunked\r\n`, `0\r\n\r\n${SECOND}`),
  'chunks and a length': whole(`transfer-encoding: chunked\r\n${LENGTH}`, `0\r\n\r\n${SECOND}`),
  'two lengths': whole(`${LENGTH}content-length: 3\r\n`),
  'two equal lengths': whole(`${LENGTH}${LENGTH}`),
  'a list of lengths': whole(`content-length: ${BODY.length}, ${BODY.length}\r\n`),
  'a length with a sign': whole(`content-length: +${BODY.length}\r\n`),
  'a length in hexadecimal': whole('content-length: 0x12\r\n'),
  'a length below nothing': whole('content-length: -1\r\n'),
  'a length that overflows': whole('content-length: 18446744073709551634\r\n'),
  'a blank before the colon': whole(`content-length : ${BODY.length}\r\n`),
  'an unknown coding': whole('transfer-encoding: xchunked\r\n', CHUNK),
  'a coding behind chunks': whole('transfer-encoding: chunked, identity\r\n', CHUNK),
  'two codings': whole('transfer-encoding: gzip, chunked\r\n', CHUNK),
  'a header over two lines': whole(`${LENGTH}x-a: b\r\n c: d\r\n`),
  'a header that begins with a blank': `${LINE} ${HOST}${TYPE}${LENGTH}\r\n${BODY}`,
  'a bare line feed in a head': `${LINE}${HOST}${TYPE}x-a: b\nx-b: c\r\n${LENGTH}\r\n${BODY}`,
  'a bare carriage return in a value': whole(`${LENGTH}x-a: b\rx-b: c\r\n`),
  'a zero byte in a value': whole(`${LENGTH}x-a: b\u0000c\r\n`),
  'a coding with an underscore': whole(`transfer_encoding: chunked\r\n${LENGTH}`),
  'a length with an underscore': whole(`Content_Length: 3\r\n${LENGTH}`),
  'a coding in quotes': whole('transfer-encoding: "chunked"\r\n', CHUNK),
  'a coding with a parameter': whole('transfer-encoding: chunked;a=b\r\n', CHUNK),
  'a coding behind a comma': whole('transfer-encoding: ,chunked\r\n', CHUNK),
  'a coding behind a vertical tab': whole('transfer-encoding:\u000bchunked\r\n', CHUNK),
  'a coding twice': whole('transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n', CHUNK),
  'a coding on a line of its own': whole('transfer-encoding:\r\n chunked\r\n', CHUNK),
  'no coding and a length': whole(`transfer-encoding:\r\n${LENGTH}`),
  'a length with a blank in it': whole('content-length: 1 8\r\n'),
  'no length': whole('content-length:\r\n'),
  'a chunk in hexadecimal of C': chunked(`0x12\r\n${BODY}\r\n0\r\n\r\n`),
  'a chunk behind a blank': chunked(` 12\r\n${BODY}\r\n0\r\n\r\n`),
  'an extension with a line feed': chunked(`12;a=\nb\r\n${BODY}\r\n0\r\n\r\n`),
  'a trailer that frames': chunked(`12\r\n${BODY}\r\n0\r\ntransfer-encoding: chunked\r\n\r\n`),
  'all line feeds': whole(LENGTH).replaceAll('\r\n', '\n'),
  'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'a header without a name': whole(`${LENGTH}: b\r\n`),
  'a name with a blank': whole(`${LENGTH}x a: b\r\n`),
  'a target with a blank': `POST /openai/v1/embeddings HTTP/1.1 HTTP/1.1\r\n${HOST}${LENGTH}\r\n${BODY}`,
  'a chunk with a sign': chunked(`+12\r\n${BODY}\r\n0\r\n\r\n`),
  'a chunk of a length that overflows': chunked(`fffffffffffffffff\r\n${BODY}\r\n0\r\n\r\n`),
  'a chunk that is longer than it says': chunked(`3\r\n${BODY}\r\n0\r\n\r\n`),
  'a chunk that ends with a line feed': chunked(`12\n${BODY}\n0\n\n`),
  'two Host headers': `${LINE}${HOST}host: other\r\n${TYPE}${LENGTH}\r\n${BODY}`,
  'a version that is none': `${LINE.replace('1.1', '9.7')}${HOST}${LENGTH}\r\n${BODY}`,
  // Who stands before and reads HTTP/1.0 sees no body, and the chunks as a request of its own.
  'chunks in HTTP/1.0': `${LINE.replace('1.1', '1.0')}${HOST}connection: keep-alive\r\ntransfer-encoding: chunked\r\n\r\n${CHUNK}${SECOND}`,
  'chunks in no version of HTTP/1': `${LINE.replace('1.1', '2.0')}${HOST}transfer-encoding: chunked\r\n\r\n${CHUNK}${SECOND}`,
  'a method that is none': `GÄT /openai/v1/models HTTP/1.1\r\n${HOST}\r\n`,
};

for (const [what, bytes] of Object.entries(REFUSED))
  test(`${what}: refused, and nothing leaves`, async () => {
    upstream.heard.length = 0;
    const got = await sendRaw(app.proxyUrl, Buffer.from(bytes, 'latin1'), 5000);
    // A refusal may be lost where the rest of the request was never read.
    assert.match(got ?? 'no end', /^(?:HTTP\/1\.1 (?:400|505) |$)/);
    assert.equal(upstream.heard.length, 0);
    assert.doesNotMatch(got ?? '', /smuggled/);
  });

test('chunk extensions and trailers end here: the upstream gets the body alone', async () => {
  for (const body of [
    `12;a=b;d=e\r\n${BODY}\r\n0;last=1\r\n\r\n`,
    `12\r\n${BODY}\r\n0\r\ncontent-length: 99\r\nhost: other\r\nx-trailing: yes\r\n\r\n`,
  ]) {
    upstream.heard.length = 0;
    const got = await sendRaw(app.proxyUrl, Buffer.from(chunked(body)), 5000);
    // Or refused: some of it means something else to others.
    if (/^HTTP\/1\.1 400 /.test(got ?? '')) continue;
    assert.match(got ?? '', /^HTTP\/1\.1 200 /);
    const [head = '', sent = ''] = upstream.heard.join('').split(/\r\n\r\n(.*)/s);
    assert.match(sent, /\{"model":"gpt-4o"\}/);
    assert.doesNotMatch(head + sent, /;a=|;last|x-trailing|other|: 99/);
  }
  assert.ok(upstream.heard.length <= 1);
});

test('a request behind another in one write is a request of its own, to our own door', async () => {
  upstream.heard.length = 0;
  const bytes = `${LINE}${HOST}content-type: application/json\r\n${LENGTH}\r\n${BODY}GET /smuggled HTTP/1.1\r\n${HOST}connection: close\r\n\r\n`;
  const got = (await sendRaw(app.proxyUrl, Buffer.from(bytes), 5000)) ?? '';
  assert.match(got, /^HTTP\/1\.1 200 [\s\S]*HTTP\/1\.1 404 [\s\S]*unknown_route/);
  assert.doesNotMatch(upstream.heard.join(''), /smuggled/);
});

test('what asks to become a WebSocket is a GET without a body; another request is served as what it is', async () => {
  const upgrade = `upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n`;
  const asked = `connection: Upgrade, close\r\n${upgrade}`;
  const type = 'content-type: application/json\r\n';
  for (const [line, framing, body] of [
    [LINE, LENGTH, BODY],
    [LINE, 'transfer-encoding: chunked\r\n', CHUNK],
    [LINE.replace('POST', 'GET'), LENGTH, BODY],
  ] as const) {
    upstream.heard.length = 0;
    const got = await sendRaw(
      app.proxyUrl,
      Buffer.from(`${line}${HOST}${type}${asked}${framing}\r\n${body}${SECOND}`),
      5000,
    );
    assert.match(got ?? 'no end', /^HTTP\/1\.1 200 /, line + framing);
    assert.equal(upstream.heard.length, 1);
    const [heard = ''] = upstream.heard;
    assert.ok(heard.startsWith(line.split(' ')[0] ?? '') && heard.endsWith(BODY), heard);
    assert.doesNotMatch(heard, /upgrade|smuggled/i);
  }
});

test('what an upstream hides in its head breaks its own connection, and adds no header', async () => {
  const heads = [
    '200 OK\r\nx-a: b\nset-cookie: stolen=1',
    '200 OK\r\nx-a: b\r set-cookie: stolen=1',
    '200 OK\r\nx-a: b\u0000c',
    '200 OK\r\n set-cookie: stolen=1',
    '200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked',
    '200 OK\r\ncontent-length: 1',
    '200 OK\r\nx a: b',
  ];
  for (const head of heads) {
    upstream.answer = answerOf(head);
    const got = (await sendRaw(app.proxyUrl, Buffer.from(whole(LENGTH)), 5000)) ?? '';
    assert.match(got, /^HTTP\/1\.1 502 /, JSON.stringify(head));
    assert.doesNotMatch(got, /stolen/);
  }
  upstream.answer = answerOf('200 OK');
});

test('labels with line ends, or longer than a header, become neither headers nor answers', async () => {
  upstream.heard.length = 0;
  for (const name of ['x-tokenwatch-app', 'x-tokenwatch-tag', 'x-tokenwatch-session', 'x-tokenwatch-user']) {
    const got =
      (await sendRaw(app.proxyUrl, Buffer.from(whole(`${LENGTH}${name}: ${'a'.repeat(9000)}\r\n`)), 5000)) ??
      '';
    assert.match(got, /^HTTP\/1\.1 (?:200|400) /, got.slice(0, 300));
    assert.ok(got.length < 4000, `${name}: ${got.length}`);
    const short = whole(`${LENGTH}${name}: mine\r\nx-plain: kept\r\n`);
    assert.match((await sendRaw(app.proxyUrl, Buffer.from(short), 5000)) ?? '', /^HTTP\/1\.1 200 /);
    assert.match(upstream.heard.at(-1) ?? '', /x-plain: kept/);
  }
  const model = JSON.stringify({ model: 'm\r\nset-cookie: stolen=1\r\n\r\n<html>' });
  const got = await sendRaw(
    app.proxyUrl,
    Buffer.from(whole(`content-length: ${model.length}\r\n`, model)),
    5000,
  );
  assert.doesNotMatch((got ?? '').split('\r\n\r\n')[0] ?? '', /\r\nset-cookie/);
  assert.doesNotMatch(upstream.heard.join(''), /x-tokenwatch/i);
});

test('too much is refused: heads, targets, bodies', async () => {
  upstream.heard.length = 0;
  const large = 'a'.repeat(300_000);
  for (const [bytes, status] of [
    [whole(`${LENGTH}x-a: ${large}\r\n`), 431],
    [`GET /openai/v1/${large} HTTP/1.1\r\n${HOST}\r\n`, 431],
    [`${LINE}${HOST}${TYPE}${'x-a: b\r\n'.repeat(40_000)}${LENGTH}\r\n${BODY}`, 431],
    [whole('content-length: 20001\r\n', 'x'.repeat(20_001)), 413],
    [chunked(`${(20_001).toString(16)}\r\n${'x'.repeat(20_001)}\r\n0\r\n\r\n`), 413],
  ] as const) {
    const got = await sendRaw(app.proxyUrl, Buffer.from(bytes), 5000);
    assert.match(
      got ?? 'no end',
      new RegExp(`^HTTP/1\\.1 ${status} `),
      `${bytes.length} ${got?.slice(0, 200)}`,
    );
  }
  assert.ok(upstream.heard.every((text) => !text.endsWith('0\r\n\r\n')));
});

test('headers without number, of a client or an upstream, are refused before anybody reads them', async () => {
  const ask = async (bytes: string): Promise<string> =>
    (await sendRaw(app.proxyUrl, Buffer.from(bytes), 30_000)) ?? '';
  const lines = (count: number): string =>
    Array.from({ length: count }, (_, index) => `\r\n${index.toString(36)}: `).join('');
  const trailing = (count: number): string =>
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0${lines(count)}\r\n\r\n`;
  // Beside its type and its length.
  upstream.answer = answerOf(`200 OK${lines(998)}`);
  assert.match(await ask(whole(LENGTH)), /^HTTP\/1\.1 200 [\s\S]*\r\nrp: /);
  for (const [answer, why] of [
    [answerOf(`200 OK${lines(999)}`), /more than 1000 headers/],
    [answerOf(`200 OK${lines(10_000)}`), /more than 1000 headers/],
    [answerOf(`200 OK${lines(62_000)}`), /headers of more than 64 KiB/],
    [answerOf(`429 No\r\nretry-after: 1${lines(5000)}`), /more than 1000 headers/],
  ] as const) {
    upstream.answer = answer;
    const got = await ask(whole(LENGTH));
    assert.match(got, /^HTTP\/1\.1 502 [\s\S]*"code":"upstream_broken"/);
    assert.match(got, why);
  }
  upstream.answer = trailing(998);
  assert.match(await ask(whole(LENGTH)), /\r\n0\r\n[\s\S]*\r\nrp: /);
  upstream.answer = trailing(1001);
  assert.doesNotMatch(await ask(whole(LENGTH)), /\r\n0\r\n/);
  upstream.answer = answerOf('200 OK');
  upstream.heard.length = 0;
  for (const count of [1000, 5000])
    assert.match(await ask(whole(`x: y${lines(count)}\r\n${LENGTH}`)), /^HTTP\/1\.1 431 /);
  assert.deepEqual(upstream.heard, []);
  assert.match(await ask(whole(`x: y${lines(900)}\r\n${LENGTH}`)), /^HTTP\/1\.1 200 /);
});

test('paths stay below their mount, as they were written', async () => {
  const base = new URL(app.proxyUrl);
  const ask = (target: string): Promise<string | null> =>
    sendRaw(
      app.proxyUrl,
      Buffer.from(`GET ${target} HTTP/1.1\r\n${HOST}connection: close\r\n\r\n`, 'latin1'),
      5000,
    );
  for (const target of [
    '/openai/../admin',
    '/openai/v1/../../admin',
    '/openai/%2e%2e/admin',
    '/openai/.%2E/admin',
    '/openai/..%2fadmin',
    '/openai/..%5cadmin',
    '/openai/..\\admin',
    '/openai/v1/%00/models',
    '//evil.example/openai/v1/models',
    'http://evil.example/openai/../admin',
    '/openai@evil.example/v1/models',
    '/openai:80/v1/models',
  ]) {
    upstream.heard.length = 0;
    const got = (await ask(target)) ?? '';
    assert.match(got, /^HTTP\/1\.1 [2-5]/, target);
    for (const heard of upstream.heard) {
      const [, path = '', host = ''] = /^GET (\S*) [\s\S]*?\r\nhost: *(\S+)/i.exec(heard) ?? [];
      assert.equal(`http://${host}`, upstream.url, target);
      // Whoever resolves it ends at the upstream's own root at the most.
      assert.ok(path.startsWith('/') && !path.startsWith('//'), `${target} as ${path}`);
    }
  }
  assert.equal(base.hostname, '127.0.0.1');
});

test('no path climbs out of the upstream’s own, in any form that a server takes for it', async () => {
  const ask = (target: string): Promise<string | null> =>
    sendRaw(
      app.proxyUrl,
      Buffer.from(`GET ${target} HTTP/1.1\r\n${HOST}connection: close\r\n\r\n`, 'latin1'),
      5000,
    );
  upstream.heard.length = 0;
  for (const target of [
    '/openai/../team-b/v1/models',
    '/openai/v1/models/../../../x',
    '/openai/v1/%2e%2e/x',
    '/openai/v1/.%2E/x',
    '/openai/v1/..%2Fx',
    '/openai/v1/..%5cx',
    '/openai/v1/..\\x',
    '/openai/v1/%252e%252e/x',
    '/openai/v1/%25%32e./x'.replace('%25%32', '%252'),
    '/openai/v1/..;/x',
    '/openai/v1/..;a=b/x',
    '/openai/v1/models/..',
    'http://localhost/openai/v1/../../x',
    '/openai/v1/%2e%2e%3b/x',
    '/openai/v1/..%00x',
    '/openai/v1/.%0d./x',
    '/openai/v1/..%23x',
    '/openai/v1/%c0%ae%c0%ae/x',
    '/openai/v1/%ef%bc%8e%ef%bc%8e/x',
    '/openai/v1/%25252e%25252e/x',
  ])
    assert.match((await ask(target)) ?? '', /^HTTP\/1\.1 400 [\s\S]*has a \\"\.\.\\" in it/, target);
  for (const target of ['/openai/v1/..#x', '/openai/v1/chat/completions#/../models'])
    assert.match((await ask(target)) ?? '', /^HTTP\/1\.1 400 [\s\S]*has a \\"#\\" in it/, target);
  assert.deepEqual(upstream.heard, []);
  for (const target of ['/openai/v1/models/a..b', '/openai/v1/models/...', '/openai/v1/models?x=../y'])
    assert.match((await ask(target)) ?? '', /^HTTP\/1\.1 200 /, target);
});

test('what is not found or not served is told without the keys in its address', async () => {
  for (const line of [
    'GET /nowhere?key=stolen',
    'GET http://user:stolen@localhost/nowhere',
    'CONNECT user:stolen@api.openai.com:443',
  ]) {
    const got = await sendRaw(
      app.proxyUrl,
      Buffer.from(`${line} HTTP/1.1\r\n${HOST}connection: close\r\n\r\n`),
      5000,
    );
    assert.match(got ?? '', /^HTTP\/1\.1 40[45] /, line);
    assert.doesNotMatch(got ?? '', /stolen/);
  }
});

test('the dashboard’s port takes no two lengths, codings or hosts either', async () => {
  const head = `POST /api/tags HTTP/1.1\r\n${HOST}${TYPE}`;
  const tag = '{"name":"smuggled","tag":"a","condition":{"type":"regex","value":"a"}}';
  for (const bytes of [
    `${head}host: other\r\ncontent-length: ${tag.length}\r\n\r\n${tag}`,
    `${head}content-length: ${tag.length}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${SECOND}`,
    `${head}content-length: ${tag.length}\r\ncontent-length: 3\r\n\r\n${tag}`,
    `${head}transfer-encoding: xchunked\r\n\r\n${tag}`,
    `${head}x-a: b\r\n c: d\r\ncontent-length: ${tag.length}\r\n\r\n${tag}`,
    `${head}content-length : ${tag.length}\r\n\r\n${tag}`,
  ]) {
    const got = await sendRaw(app.dashboardUrl, Buffer.from(bytes), 5000);
    assert.match(got ?? 'no end', /^(?:HTTP\/1\.1 400 |$)/, bytes);
  }
  assert.doesNotMatch(await (await fetch(`${app.dashboardUrl}/api/tags`)).text(), /smuggled/);
});

test('a connection that says nothing, or half a head, holds nobody else up', async () => {
  const { hostname, port } = new URL(app.proxyUrl);
  const slow = Array.from({ length: 200 }, (_, index) => {
    const socket = connect(Number(port), hostname).on('error', () => {});
    if (index % 2 === 0) socket.write(`${LINE}${HOST}x-slow: `);
    return socket;
  });
  await assertSoonest(4000, async () => {
    const got = await sendRaw(app.proxyUrl, Buffer.from(whole(LENGTH)), 60_000);
    assert.match(got ?? '', /^HTTP\/1\.1 200 /);
  });
  for (const socket of slow) socket.destroy();
});
