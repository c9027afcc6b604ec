import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestsPage } from '../core/analytics.ts';
import { endOf, startOf } from '../storage/conformance/model.ts';
import { allRecords } from './records.ts';

test('reading all records ends when it is interrupted, though the database answers at once', async () => {
  const record = { ...startOf(1), ...endOf() };
  const page: RequestsPage = { records: [record], nextCursor: 'more', searchedBackToMs: null };
  const interrupt = new AbortController();
  setImmediate(() => setImmediate(() => interrupt.abort()));
  let read = 0;
  const reading = async (): Promise<void> => {
    const endless = { requests: () => Promise.resolve(page) };
    for await (const _ of allRecords(endless, interrupt.signal, { fromMs: 0, toMs: 1 })) read += 1;
  };
  await assert.rejects(reading(), { name: 'AbortError' });
  assert.ok(read > 0);
});
