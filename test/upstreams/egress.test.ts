// Behind a company's egress proxy: upstreams, WebSockets and webhooks leave through it, but for what NO_PROXY names.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as ask, createServer, type Server } from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server as TcpServer,
} from 'node:net';
import { after, before, test } from 'node:test';
import WebSocket, { WebSocketServer } from 'ws';
import { describeEgress, egressFetch, egressProxies, ProxiedWay } from '../../src/upstream/egress.ts';
import { Forwarder } from '../../src/upstream/forward.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';

/** A name that nobody resolves but the proxy. */
const UPSTREAM = 'upstream.invalid';
const ANSWER = '{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}';

interface Seen {
  readonly url: string;
  readonly headers: readonly string[];
  readonly body: string;
}

let proxy: Server;
let upstream: Server;
let proxyUrl: string;
let app: TestApp;
/** What the proxy was asked, and what came to the upstream. */
let asked: string[] = [];
let seen: Seen[] = [];

const portOf = (server: TcpServer): number => (server.address() as AddressInfo).port;

before(async () => {
  upstream = createServer((request, response) => {
    let body = '';
    request.on('data', (bytes: Buffer) => {
      body += bytes.toString('latin1');
    });
    request.on('end', () => {
      seen.push({ url: request.url ?? '', headers: request.rawHeaders, body });
      response.writeHead(200, { 'content-type': 'application/json', 'x-two': ['a', 'b'] });
      response.end(ANSWER);
    });
  });
  new WebSocketServer({ server: upstream }).on('connection', (socket) => socket.send('hello'));
  proxy = createServer((request, response) => {
    asked.push(request.url ?? '');
    const { pathname } = new URL(request.url ?? '');
    const onward = ask(
      { port: portOf(upstream), path: pathname, method: request.method, headers: request.rawHeaders },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
        answer.pipe(response);
      },
    );
    request.pipe(onward);
  });
  proxy.on('upgrade', (request, socket, head) => {
    asked.push(request.url ?? '');
    const { pathname, search } = new URL(request.url ?? '');
    const lines = [`GET ${pathname}${search} HTTP/1.1`];
    for (let at = 0; at < request.rawHeaders.length; at += 2)
      lines.push(`${request.rawHeaders[at]}: ${request.rawHeaders[at + 1]}`);
    const onward = connect(portOf(upstream), '127.0.0.1', () => {
      onward.write(`${lines.join('\r\n')}\r\n\r\n`);
      onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
    socket.on('error', () => onward.destroy());
    onward.on('error', () => socket.destroy());
  });
  proxy.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url}`);
    socket.on('error', () => {});
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  for (const server of [upstream, proxy]) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  proxyUrl = `http://127.0.0.1:${portOf(proxy)}`;
  app = await startTestApp({
    settings: {
      TOKENWATCH_OPENAI_URL: `http://${UPSTREAM}`,
      TOKENWATCH_ANTHROPIC_URL: `https://${UPSTREAM}`,
    },
    environment: {
      HTTP_PROXY: 'http://127.0.0.1:1',
      http_proxy: proxyUrl,
      HTTPS_PROXY: `user:pass@127.0.0.1:${portOf(proxy)}`,
    },
  });
});
after(async () => {
  await app?.close();
  for (const server of [upstream, proxy]) {
    server.closeAllConnections();
    server.close();
  }
});

test('a request leaves through the proxy byte for byte, repeated headers too', async () => {
  const body = '{"model":"gpt-4o-mini" , "messages":[]}';
  const response = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: [
      ['content-type', 'application/json'],
      ['authorization', 'Bearer k'],
      ['cookie', 'a=1'],
      ['X-Beta', 'one'],
      // Every object has one of itself.
      ['constructor', 'two'],
    ],
    body,
  });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('x-two'), 'a, b');
  assert.equal(await response.text(), ANSWER);
  assert.deepEqual(asked, [`http://${UPSTREAM}/v1/chat/completions`]);
  assert.equal(seen[0]?.body, body);
  for (const value of ['Bearer k', 'two']) assert.ok(seen[0]?.headers.includes(value), value);
});

test('a TLS upstream is asked for by CONNECT, and the proxy’s refusal is told', async () => {
  asked = [];
  const response = await fetch(`${app.proxyUrl}/anthropic/v1/messages`, {
    method: 'POST',
    body: '{"model":"x"}',
  });
  assert.equal(response.status, 502);
  const { error } = (await response.json()) as { error: { message: string } };
  assert.match(error.message, /the egress proxy refuses the connection \(403\)/);
  assert.doesNotMatch(error.message, /pass/);
  assert.deepEqual(asked, [`CONNECT ${UPSTREAM}:443`]);
});

test('a proxy that does not answer a CONNECT is no upstream that was silent, and costs nothing', async () => {
  const silent = createTcpServer((socket) => socket.on('error', () => {}));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const other = await startTestApp({
    settings: { TOKENWATCH_ANTHROPIC_URL: `https://${UPSTREAM}`, TOKENWATCH_CONNECT_TIMEOUT: '50ms' },
    environment: { HTTPS_PROXY: `http://127.0.0.1:${portOf(silent)}` },
  });
  try {
    const response = await fetch(`${other.proxyUrl}/anthropic/v1/messages`, {
      method: 'POST',
      body: '{"model":"claude-sonnet-4-5","max_tokens":9,"messages":[]}',
    });
    assert.equal(response.status, 504);
    assert.equal(response.headers.get('x-tokenwatch-error'), 'upstream_connect_timeout');
    const { error } = (await response.json()) as { error: { message: string } };
    assert.match(error.message, /TOKENWATCH_CONNECT_TIMEOUT/);
  } finally {
    await other.close();
    silent.close();
  }
});

test('a WebSocket leaves through the proxy', async () => {
  asked = [];
  const socket = new WebSocket(`${app.proxyUrl.replace('http', 'ws')}/openai/v1/realtime?model=gpt-realtime`);
  const [message] = (await once(socket, 'message')) as [Buffer];
  assert.equal(String(message), 'hello');
  socket.terminate();
  assert.deepEqual(asked, [`http://${UPSTREAM}/v1/realtime?model=gpt-realtime`]);
});

test('a webhook leaves through the proxy, and what is on this machine does not', async () => {
  asked = [];
  seen = [];
  const through = egressFetch(egressProxies({ http_proxy: proxyUrl }));
  assert.equal((await through('http://hooks.invalid/notice', { method: 'POST', body: 'x' })).status, 200);
  assert.equal((await through(`http://127.0.0.1:${portOf(upstream)}/straight`)).status, 200);
  assert.equal(
    (await through(`http://localhost:${portOf(upstream)}/straight`).catch(() => null))?.status ?? 200,
    200,
  );
  assert.deepEqual(asked, ['http://hooks.invalid/notice']);
});

test('nothing is said to a proxy at an address of the link itself, nor to a proxy about one', async () => {
  asked = [];
  const proxies = egressProxies({ ALL_PROXY: proxyUrl });
  assert.ok(proxies !== null);
  // As if the proxy's name led there: a name server may say so at any time.
  const isRefused = () => true;
  const words = /network link itself/;
  const forwarder = new Forwarder({ connectTimeoutMs: 5000, silenceTimeoutMs: 5000, proxies, isRefused });
  for (const scheme of ['http', 'https']) {
    const failure = await new Promise<Error>((resolve, reject) => {
      const origin = `${scheme}://${UPSTREAM}`;
      forwarder.dispatch(
        { origin, path: '/', method: 'POST', headers: ['a', 'b'], body: Buffer.from('x') },
        {
          onRequestStart() {},
          onResponseStart: () => reject(new Error('it was asked')),
          onResponseData() {},
          onResponseEnd() {},
          onResponseError: (_controller, error) => resolve(error),
        },
      );
    });
    assert.match(String(failure), words, scheme);
    const told = egressFetch(proxies, isRefused)(`${scheme}://hooks.invalid/`, { method: 'POST', body: 'x' });
    await assert.rejects(told, (error: Error) => words.test(String(error.cause)));
    for (const host of ['169.254.169.254', '[::ffff:a9fe:a9fe]', 'metadata.google.internal'])
      await assert.rejects(egressFetch(proxies)(`${scheme}://${host}/`), words);
  }
  await forwarder.close();
  assert.deepEqual(asked, []);
});

test('hosts of NO_PROXY are asked for straight', async () => {
  const other = await startTestApp({
    settings: { TOKENWATCH_OPENAI_URL: `http://${UPSTREAM}`, TOKENWATCH_CONNECT_TIMEOUT: '60' },
    environment: { HTTP_PROXY: proxyUrl, NO_PROXY: 'example.org, .invalid' },
  });
  try {
    asked = [];
    const response = await fetch(`${other.proxyUrl}/openai/v1/models`);
    assert.equal(response.status, 502);
    assert.match(await response.text(), /ENOTFOUND|EAI_AGAIN/, 'nobody resolves that name here');
    assert.deepEqual(asked, []);
  } finally {
    await other.close();
  }
});

test('a WebSocket is not sent past a SOCKS proxy', async () => {
  const proxies = egressProxies({ ALL_PROXY: 'socks5h://127.0.0.1:1' })!;
  assert.equal(proxies.httpsProxy, 'socks5://127.0.0.1:1');
  const way = new ProxiedWay(proxies, { connectTimeoutMs: 1000, silenceTimeoutMs: 1000 });
  try {
    const agent = way.socketAgent({ protocol: 'http:' });
    const [error] = await once(ask({ host: 'upstream.invalid', agent }), 'error');
    assert.match(String(error), /WebSockets cannot go through a SOCKS proxy/);
  } finally {
    await way.close();
  }
});

test('the lower-case name goes before, a scheme may be left out, and credentials are not shown', () => {
  assert.equal(egressProxies({}), null);
  assert.equal(egressProxies({ HTTPS_PROXY: '', https_proxy: ' ' }), null);
  const proxies = egressProxies({
    HTTPS_PROXY: 'http://a:1',
    https_proxy: 'user:secret@b:2',
    no_proxy: '.corp',
  });
  assert.deepEqual(proxies, { httpProxy: '', httpsProxy: 'http://user:secret@b:2', noProxy: '.corp' });
  assert.equal(describeEgress(proxies!), 'https by http://b:2; straight to this machine and to .corp');
  assert.throws(() => egressProxies({ HTTP_PROXY: 'ftp://user:secret@x' }), {
    code: 'invalid_setting',
    message:
      'HTTP_PROXY="ftp://…@x" is no address of a proxy, such as http://proxy.example:3128 or socks5://proxy.example:1080.',
  });
});
