import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { type EndedSums, NOTHING_ENDED, withEnd } from '../core/ended-sums.ts';
import type { RequestEnd, RequestStart } from '../core/record.ts';
import { NO_USAGE } from '../core/usage.ts';
import { endLine, startText } from '../record/spool-line.ts';
import type { StatsAnswer } from './contract.ts';
import { startDashboardThread, type ThreadOptions } from './thread.ts';

const END = { outcome: 'completed', usage: NO_USAGE, costNanoUsd: 5 } as RequestEnd;
const ended = (id: string): [string, EndedSums] => [
  `${endLine(startText({ id } as RequestStart), END)}\n`,
  withEnd(NOTHING_ENDED, END),
];

test('a report says between which of the counts of the live feed it was read', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tokenwatch-thread-'));
  let write: (lines: string, ended: EndedSums) => void = () => undefined;
  let writeOthers: (lines: string) => void = () => undefined;
  const dashboard = await startDashboardThread({
    ...PLACE,
    access: { ...ACCESS, dataDir },
    readLines: (reader) => {
      write = reader ?? write;
    },
    readOthers: async (reader) => {
      writeOthers = reader ?? writeOthers;
    },
    hearOthers: async () => writeOthers('{"id":"d","outcome":"completed","usage":{},"costNanoUsd":5}'),
    handle: async (name) => {
      assert.equal(name, 'stats');
      // A request ends while the totals are read: they may know it, or not.
      await null;
      write(...ended('c'));
      return { range: '24h' };
    },
  });
  const socket = new WebSocket(`${dashboard.url.replace('http', 'ws')}/ws/live`);
  t.after(async () => {
    socket.terminate();
    await dashboard.close();
    rmSync(dataDir, { recursive: true });
  });
  await once(socket, 'message');
  write(...ended('a'));
  write(...ended('b'));
  const { counted, countedAfter } = (await (await fetch(`${dashboard.url}/api/stats`)).json()) as StatsAnswer;
  assert.deepEqual([counted?.requests, countedAfter?.requests], [2, 4]);
  assert.equal(counted?.epoch, countedAfter?.epoch);
});

const PLACE: Omit<ThreadOptions, 'access' | 'handle' | 'readLines' | 'readOthers' | 'hearOthers'> = {
  host: '127.0.0.1',
  port: 0,
  tls: null,
  allowedHosts: [],
  bodyBytesMax: 1000,
  metricsToken: null,
  version: '0.0.0',
  pageFolder: '/nowhere/at/all',
  proxies: null,
  pages: { page: () => null },
  warn: () => undefined,
};

const ACCESS: Omit<ThreadOptions['access'], 'dataDir'> = {
  mustLogIn: false,
  times: { idleMs: 60_000, lifetimeMs: 60_000 },
  oidc: null,
  isSecure: false,
  code: 'none',
};
