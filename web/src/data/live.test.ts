import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveMessage, RequestRecord } from '../../../src/dashboard/contract.ts';
import { Live, type LiveNews } from './live.ts';

/** A browser’s, before no server. */
class Socket {
  static readonly OPEN = 1;
  readonly readyState = 1;
  onmessage: ((event: { readonly data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  constructor() {
    opened = this;
  }
}
let opened: Socket | null = null;
Object.assign(globalThis, {
  WebSocket: Socket,
  location: { protocol: 'http:', host: 'localhost' },
  document: { hidden: false, addEventListener: () => undefined },
});

const MESSAGES = 200;
const TOTALS = { failedRequests: 0, unpricedRequests: 0, inputTokens: 0, outputTokens: 0, costNanoUsd: 0 };
const message = (seq: number): LiveMessage => ({
  ...{ type: seq === 1 ? 'snapshot' : 'events', epoch: 'first', seq, leftOut: 1 },
  totals: { ...TOTALS, requests: seq },
  records: [{ id: `request ${seq}` } as RequestRecord],
});

test('what waits for a page that was held up is told as one, in order', async () => {
  const live = new Live();
  const told: LiveNews[] = [];
  const all = Promise.withResolvers<void>();
  live.onNews((news) => told.push(news));
  live.onState(({ counted }) => {
    if (counted?.requests === MESSAGES) all.resolve();
  });
  live.start();
  // Each in a turn of its own.
  for (let seq = 1; seq <= MESSAGES; seq += 1)
    setImmediate(() => opened?.onmessage?.({ data: JSON.stringify(message(seq)) }));
  await all.promise;
  const [first] = told;
  assert.ok(told.length < 10, `told ${told.length} times`);
  assert.deepEqual(
    told.flatMap(({ records }) => records.map(({ id }) => id)),
    Array.from({ length: MESSAGES }, (_, index) => `request ${index + 1}`),
  );
  assert.deepEqual([first?.isAnew, live.state.tick], [true, told.length]);
  assert.equal(
    told.reduce((sum, { leftOut }) => sum + leftOut, 0),
    MESSAGES,
  );
  // It waits for no more.
  Object.assign(globalThis.document, { hidden: true });
  opened?.onclose?.();
});
