// Clients of the dashboard's port that ask and read nothing: they are made one answer, and cut in the end.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { DashboardOptions, DashboardServer } from '../../src/dashboard/server.ts';
import { startLoneDashboard } from '../dashboard/lone-dashboard.ts';
import { untilCut } from '../faults/exchange.ts';

/** More than sockets hold on the way. */
const MUCH = 'x'.repeat(32 * 1024 * 1024);
const MANY = 50;

async function start(context: TestContext, options: Partial<DashboardOptions>): Promise<DashboardServer> {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-unread-'));
  const dashboard = await startLoneDashboard(folder, options);
  context.after(async () => {
    await dashboard.close();
    rmSync(folder, { recursive: true });
  });
  return dashboard;
}

test('requests behind each other are looked at one by one, as their answers are taken', async (context) => {
  const asked: string[] = [];
  const dashboard = await start(context, {
    handle: async (name) => (asked.push(name) === 1 ? { much: MUCH } : { asked: name }),
  });
  const { hostname, port } = new URL(dashboard.url);
  const socket = connect(Number(port), hostname);
  const line = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n${more}\r\n`;
  socket.write(line('/api/recent').repeat(MANY) + line('/api/stats', 'connection: close\r\n'));
  await once(socket, 'readable');
  assert.equal((await fetch(`${dashboard.url}/api/budgets`)).status, 200);
  assert.deepEqual(asked, ['requests', 'budgets']);
  let end = '';
  for await (const part of socket as AsyncIterable<Buffer>)
    end = (end + part.toString('latin1')).slice(-100_000);
  assert.equal(end.match(/\{"asked":"requests"\}/g)?.length, MANY - 1);
  assert.match(end.slice(-400), /\{"asked":"stats"\}/);
});

test('a client that takes nothing of its answer is cut', { timeout: 60_000 }, async (context) => {
  const dashboard = await start(context, {
    handle: async () => ({ much: MUCH }),
    stalled: { stalledMs: 500, lookMs: 20 },
  });
  await untilCut(dashboard.url, '/api/recent');
});

test('a head that comes a byte at a time is refused when its time is over', {
  timeout: 20_000,
}, async (context) => {
  const dashboard = await start(context, { headTimeoutMs: 200 });
  const { hostname, port } = new URL(dashboard.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write('GET /api/status HTTP/1.1\r\nhost: localhost\r\nx-slow: ');
  const slowly = setInterval(() => socket.write('x'), 10);
  context.after(() => clearInterval(slowly));
  const [answer] = await once(socket, 'data');
  assert.match(String(answer), /^HTTP\/1\.1 408 /);
});
