import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { systemClock } from '../core/clock.ts';
import { Tagging } from '../redaction/numbering.ts';
import { Redactor } from '../redaction/redactor.ts';
import { startRecording } from './record-calls.ts';
import type { RecordedCall } from './recording.ts';
import { Writing } from './written.ts';

test('the session of the dashboard, which a browser sends to every port, is neither handed on nor replaced', async (context) => {
  let asked: IncomingHttpHeaders = {};
  const upstream = createServer((request, response) => {
    asked = request.headers;
    response.setHeader('set-cookie', ['tokenwatch=theirs; Path=/', '__cf_bm=2']).end('{}');
  }).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const base = new URL(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`);
  const calls: RecordedCall[] = [];
  const server = await startRecording({
    bases: { anthropic: base, openai: base },
    proxies: null,
    writing: new Writing(new Redactor({ spentMs: () => 0, budgetMs: 1000 }), new Tagging(Buffer.alloc(32))),
    clock: systemClock,
    write: (call) => calls.push(call),
    onUnwritten: () => undefined,
  });
  context.after(async () => {
    await server.close();
    upstream.closeAllConnections();
    upstream.close();
  });
  const ask = (cookie: string): Promise<Response> =>
    fetch(`${server.url}/openai/v1/models`, { headers: { cookie, authorization: 'Bearer k' } });
  const answer = await ask('__cf_bm=1; tokenwatch=a-session');
  assert.deepEqual([asked.cookie, asked.authorization], ['__cf_bm=1', 'Bearer k']);
  assert.deepEqual(answer.headers.getSetCookie(), ['__cf_bm=2']);
  await ask('__Host-tokenwatch=a-session');
  assert.equal(asked.cookie, undefined);
  assert.equal(calls.length, 2);
});
