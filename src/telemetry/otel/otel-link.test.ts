import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OtelConfig } from './otel-config.ts';
import { OtelLink } from './otel-link.ts';
import type { TracedRequest } from './traced-request.ts';

test('requests that a worker has not taken when it ends are counted as dropped, and so is what comes then', async () => {
  const { promise: stopped, resolve } = Promise.withResolvers<string>();
  // Nothing that it could work by: it ends at once.
  const config = null as unknown as OtelConfig;
  const link = new OtelLink({ config, warn: resolve, budgets: () => [] });
  const request = { id: 'r' } as unknown as TracedRequest;
  for (let count = 0; count < 3; count += 1) link.push(request);
  assert.equal(link.dropped.requests, 0);
  assert.match(await stopped, /OpenTelemetry stopped: .*Traffic goes on without it/);
  assert.deepEqual([link.dropped.requests, link.state.sentRequests], [3, 0]);
  link.push(request);
  assert.equal(link.dropped.requests, 4);
  await link.close();
  assert.equal(link.dropped.requests, 4);
});
