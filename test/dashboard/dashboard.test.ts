// The dashboard's port without a browser: its JSON, its live socket, and whom it refuses.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get as httpGet, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { WebSocket } from 'ws';
import type {
  ErrorAnswer,
  LiveMessage,
  RecentAnswer,
  RequestAnswer,
  StatsAnswer,
  StatusAnswer,
  TimeseriesAnswer,
} from '../../src/dashboard/contract.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';
import { assertDeclared } from './answer-check.ts';
import { startHeldProvider } from './held-provider.ts';
import { startLoneDashboard } from './lone-dashboard.ts';

let app: TestApp;
before(async () => {
  app = await startTestApp();
});
after(() => app.close());

async function get<T>(path: string): Promise<T> {
  const response = await fetch(app.dashboardUrl + path);
  assert.equal(response.status, 200, path);
  const answer = (await response.json()) as T;
  assertDeclared('GET', path, answer);
  return answer;
}

function send(session: string): Promise<Response> {
  return fetch(`${app.proxyUrl}/anthropic/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-tokenwatch-session': session },
    body: JSON.stringify({
      model: 'claude-haiku-4-5',
      max_tokens: 20,
      messages: [{ role: 'user', content: 'Hello' }],
    }),
  });
}

/** Status and error code of a raw request, with headers that fetch would not let through. */
async function raw(
  path: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<{ status: number; code: string | null }> {
  const asked = httpRequest(app.dashboardUrl + path, { method, headers });
  asked.end();
  const [response] = await once(asked, 'response');
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part);
  const text = Buffer.concat(parts).toString();
  const isJson = String(response.headers['content-type']).startsWith('application/json');
  return {
    status: response.statusCode,
    code: isJson ? ((JSON.parse(text) as Partial<ErrorAnswer>).error?.code ?? null) : null,
  };
}

test('stats, series, recent requests and status agree with the records', async () => {
  await (await send('first')).arrayBuffer();
  const record = await app.recordOf('first');
  const stats = await get<StatsAnswer>('/api/stats?range=1h&by=app&limit=5');
  assert.equal(stats.summary.requests, 1);
  assert.equal(stats.summary.costNanoUsd, record.costNanoUsd);
  assert.deepEqual(
    stats.rows.map((row) => [row.key, row.requests]),
    [['node', 1]],
  );
  for (const range of ['1h', '24h', '7d', '30d', 'all']) {
    const { points, bucketMs } = await get<TimeseriesAnswer>(`/api/timeseries?range=${range}`);
    assert.equal(
      points.reduce((sum, point) => sum + point.costNanoUsd, 0),
      record.costNanoUsd,
      range,
    );
    for (const [index, point] of points.entries()) {
      assert.equal(point.bucketMs, (points[0]?.bucketMs ?? 0) + index * bucketMs, 'a gap in the series');
    }
    assert.ok(points.length <= 122, `${points.length} points for ${range}`);
  }
  const { records } = await get<RecentAnswer>('/api/recent?limit=1');
  assert.deepEqual(records[0], JSON.parse(JSON.stringify(record)));
  assert.deepEqual((await get<RecentAnswer>(`/api/recent?before=${record.id}`)).records, []);
  const status = await get<StatusAnswer>('/api/status');
  assert.equal(status.proxyUrl, app.proxyUrl);
  assert.match(status.version, /^\d+\.\d+\.\d+$/);
  assert.deepEqual(status.journal, { waitingLines: 0, droppedLines: 0, inFlight: 0, lastError: null });
});

test('a span by its ends, filters, stacks and one request are answered', async () => {
  await (await send('second')).arrayBuffer();
  const record = await app.recordOf('second');
  const nowMs = record.startedAtMs;
  const span = `from=${nowMs - 60_000}&to=${nowMs + 1000}`;
  const stats = await get<StatsAnswer>(`/api/stats?${span}&app=node`);
  assert.deepEqual([stats.range, stats.summary.requests, stats.previous?.requests], [null, 2, 0]);
  assert.equal((await get<StatsAnswer>(`/api/stats?${span}&app=other`)).summary.requests, 0);
  const { points, stacks } = await get<TimeseriesAnswer>(`/api/timeseries?${span}&stack=app`);
  assert.equal(stacks?.length, 1);
  assert.equal(stacks[0]?.key, 'node');
  assert.deepEqual(
    stacks[0]?.costNanoUsd,
    points.map((point) => point.costNanoUsd),
  );
  assert.ok(points.some((point) => point.latencyMs !== null && point.latencyMs.p95 >= point.latencyMs.p50));
  const first = await get<RecentAnswer>('/api/requests?limit=1&sort=cost');
  assert.notEqual(first.nextCursor, null);
  const next = await get<RecentAnswer>(`/api/requests?limit=1&sort=cost&cursor=${first.nextCursor}`);
  assert.deepEqual([next.records.length, next.nextCursor], [1, null]);
  assert.notEqual(next.records[0]?.id, first.records[0]?.id);
  assert.deepEqual(
    (await get<RequestAnswer>(`/api/requests/${record.id}`)).record,
    first.records.concat(next.records).find(({ id }) => id === record.id),
  );
  assert.deepEqual(await raw('/api/requests/nothing', {}), { status: 404, code: 'no_data' });
  assert.equal((await get<StatusAnswer>('/api/status')).isEmpty, false);
});

test('a wrong parameter is refused with its value and the accepted form', async () => {
  for (const [path, message] of [
    ['/api/stats?range=2h', /^range="2h" is not one of 1h, 24h, 7d, 30d, all;/],
    ['/api/stats?from=5&to=5', 'from="5" does not lie before to="5".'],
    ['/api/stats?from=x', 'from="x" is not a time in epoch milliseconds.'],
    ['/api/timeseries?stack=price', /^stack="price" is not one of model, app/],
    ['/api/requests?sort=size', 'sort="size" is not one of time, cost, latency, tokens.'],
    ['/api/requests?cursor=%27', /^cursor="'" is not where a page/],
    ['/api/stats?by=price', /^by="price" is not one of model, app/],
    ['/api/recent?limit=0', 'limit="0" is not a whole number from 1 to 500.'],
    ['/api/recent?limit=x', 'limit="x" is not a whole number from 1 to 500.'],
    ['/api/recent?limit=1.5', 'limit="1.5" is not a whole number from 1 to 500.'],
    ['/api/stats?rang=1h', /^There is no parameter "rang", only range, from, to, app, /],
    ['/api/cost/compare', /^Nothing is asked to be otherwise: give instead, tier/],
    ['/api/cost/compare?rules=yes', 'rules="yes" is not true or false.'],
    ['/api/cost/compare?tier=best', 'tier="best" is not one of standard, flex, batch, priority.'],
    ['/api/status?verbose=1', 'There is no parameter "verbose", nor any other here.'],
    ['/api/stats?range=1h&range=7d', 'The parameter "range" is given twice, as "1h" and as "7d". Give one.'],
    ['/api/ab/report/x?margin=100', 'margin="100" is not a percentage between 0 and 100, such as 5.'],
  ] as const) {
    const response = await fetch(app.dashboardUrl + path);
    assert.equal(response.status, 400, path);
    const { error } = (await response.json()) as ErrorAnswer;
    assert.equal(error.code, 'invalid_argument');
    if (typeof message === 'string') assert.equal(error.message, message);
    else assert.match(error.message, message);
  }
  assert.deepEqual(await raw('/api/nothing', {}), { status: 404, code: 'unknown_route' });
  assert.deepEqual(await raw('/api/stats', {}, 'POST'), { status: 405, code: 'method_not_allowed' });
  assert.deepEqual(await raw('/../package.json', {}), { status: 404, code: 'unknown_route' });
});

test('names that another site could own are refused, addresses and localhost are not', async () => {
  const port = new URL(app.dashboardUrl).port;
  for (const host of [
    'evil.example',
    `evil.example:${port}`,
    'localhost.evil.example',
    '127.0.0.1.evil.example',
  ]) {
    assert.deepEqual(await raw('/api/stats', { host }), { status: 403, code: 'forbidden' }, host);
  }
  for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, `LOCALHOST:${port}`]) {
    assert.equal((await raw('/api/stats', { host })).status, 200, host);
  }
});

test('what a page of another site asks for is refused, reading included', async () => {
  for (const origin of ['https://evil.example', 'http://localhost.evil.example', 'null'])
    assert.deepEqual(await raw('/api/stats', { origin }), { status: 403, code: 'forbidden' }, origin);
  const { origin } = new URL(app.dashboardUrl);
  assert.equal((await raw('/api/stats', { origin })).status, 200);
});

test('a socket from another site is refused, one from the page is not', async () => {
  const url = app.dashboardUrl.replace('http', 'ws');
  for (const [path, origin, status] of [
    ['/ws/live', 'https://evil.example', 403],
    ['/ws/live', 'null', 403],
    ['/ws/other', app.dashboardUrl, 404],
  ] as const) {
    const socket = new WebSocket(url + path, { origin });
    const [error] = await once(socket, 'error');
    assert.match(String(error), new RegExp(`Unexpected server response: ${status}`));
  }
  const socket = new WebSocket(`${url}/ws/live`, { origin: app.dashboardUrl });
  await once(socket, 'open');
  socket.terminate();
});

test('the live socket tells of a request when it starts and when it has ended', async () => {
  const provider = await startHeldProvider();
  const other = await startTestApp({ settings: { TOKENWATCH_ANTHROPIC_URL: provider.url } });
  const report = async () => (await (await fetch(`${other.dashboardUrl}/api/stats`)).json()) as StatsAnswer;
  assert.equal((await report()).counted, null, 'nobody listens');
  const socket = new WebSocket(`${other.dashboardUrl.replace('http', 'ws')}/ws/live`);
  try {
    const [first] = await once(socket, 'message');
    assert.equal((JSON.parse(String(first)) as LiveMessage).type, 'snapshot');
    const seen: string[] = [];
    const ended = Promise.withResolvers<void>();
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as LiveMessage;
      if (message.type !== 'events' && message.type !== 'snapshot') return;
      for (const { session, outcome } of message.records) {
        assert.equal(session, 'live');
        seen.push(outcome);
        if (outcome === 'in_flight') provider.release();
        else ended.resolve();
      }
    });
    const response = await fetch(`${other.proxyUrl}/anthropic/v1/messages`, {
      method: 'POST',
      headers: { 'x-tokenwatch-session': 'live' },
      body: '{}',
    });
    await response.arrayBuffer();
    await ended.promise;
    assert.deepEqual(seen, ['in_flight', 'completed']);
    // What comes from here on is of another request.
    socket.removeAllListeners('message');
    const { epoch } = JSON.parse(String(first)) as Extract<LiveMessage, { readonly epoch: string }>;
    const again = { method: 'POST', headers: { 'x-tokenwatch-session': 'again' }, body: '{}' };
    await (await fetch(`${other.proxyUrl}/anthropic/v1/messages`, again)).text();
    // Its client has the answer a moment before its record is kept.
    await other.recordOf('again');
    const { summary, counted } = await report();
    assert.deepEqual(
      [summary.requests, counted?.requests, counted?.epoch],
      [2, 2, epoch],
      'what the report knows was counted by then',
    );
  } finally {
    socket.terminate();
    await other.close();
    provider.close();
  }
});

test('strange targets and other offers to upgrade are answered like any request', async () => {
  const port = Number(new URL(app.dashboardUrl).port);
  for (const [head, status] of [
    ['GET // HTTP/1.1', 404],
    ['GET /%2e%2e/package.json HTTP/1.1', 404],
    ['GET /api/status HTTP/1.1\r\nUpgrade: h2c\r\nConnection: Upgrade', 200],
  ] as const) {
    const socket = connect(port, '127.0.0.1');
    socket.write(`${head}\r\nHost: localhost\r\n\r\n`);
    const [answer] = await once(socket, 'data');
    assert.match(String(answer), new RegExp(`^HTTP/1.1 ${status} `), head);
    socket.destroy();
  }
});

test('a dashboard port in use is named, with what to do', async () => {
  const { port } = new URL(app.dashboardUrl);
  await assert.rejects(startTestApp({ settings: { TOKENWATCH_DASHBOARD_PORT: port } }), {
    code: 'port_in_use',
    message: new RegExp(`^Port ${port} on 127.0.0.1 is in use.*--dashboard-port`),
  });
});

test('without the built page the server says so, and its API answers', async () => {
  const warnings: string[] = [];
  const dashboard = await startLoneDashboard(app.dataDir, { warn: (message) => warnings.push(message) });
  try {
    const page = await fetch(dashboard.url);
    assert.equal(page.status, 404);
    assert.match(((await page.json()) as ErrorAnswer).error.message, /not built: run "npm run prepare"/);
    assert.match(warnings.join(), /not built/);
    assert.deepEqual(await (await fetch(`${dashboard.url}/api/recent`)).json(), { asked: 'requests' });
  } finally {
    await dashboard.close();
  }
});

test('the page is served with its own rules, and not sent again while it is the same', async () => {
  const page = await fetch(app.dashboardUrl);
  assert.equal(page.status, 200);
  assert.match(await page.text(), /<title>TokenWatch<\/title>/);
  assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'/);
  const again = await fetch(app.dashboardUrl, {
    headers: { 'if-none-match': page.headers.get('etag') ?? '' },
  });
  assert.equal(again.status, 304);
});

test('a browser finds an icon for pages that name none', async () => {
  const { dashboardUrl } = app;
  const [asked, named] = await Promise.all(
    ['/favicon.ico', '/icon.svg'].map(async (path) => {
      const response = await fetch(dashboardUrl + path);
      assert.equal(response.status, 200, path);
      assert.equal(response.headers.get('content-type'), 'image/svg+xml', path);
      return response.text();
    }),
  );
  assert.equal(asked, named);
});

test('what packs well is sent packed to whoever takes it, as another version of itself', async () => {
  const html = await (await fetch(app.dashboardUrl)).text();
  const [, script = ''] = /src="(\/assets\/[^"]+\.js)"/.exec(html) ?? [];
  const ask = async (coding: string) => {
    const { headers, body } = await rawGet(app.dashboardUrl + script, { 'accept-encoding': coding });
    return { body, etag: headers.etag, coding: headers['content-encoding'], vary: headers.vary };
  };
  const packed = await ask('br, gzip');
  assert.deepEqual([packed.coding, packed.vary], ['gzip', 'accept-encoding']);
  for (const coding of ['identity', 'gzip;q=0', 'br']) {
    const plain = await ask(coding);
    assert.equal(plain.coding, undefined, coding);
    assert.ok(packed.body.length < plain.body.length / 2);
    assert.deepEqual(gunzipSync(packed.body), plain.body);
    assert.notEqual(packed.etag, plain.etag);
  }
});

/** Nothing is unpacked. */
async function rawGet(url: string, headers: Record<string, string>) {
  const request = httpGet(url, { headers });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { headers: response.headers, body: Buffer.concat(await response.toArray()) };
}
