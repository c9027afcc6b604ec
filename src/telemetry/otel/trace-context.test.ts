import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Sampling, traceContext, traceparentOf } from './trace-context.ts';

const ALL: Sampling = { followsParent: true, share: 1 };
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const contextOf = (traceparent: string, sampling = ALL) =>
  traceContext(randomUUIDv7(), { traceparent }, sampling);

test("the client's trace is continued, with its decision", () => {
  const sampled = contextOf(`00-${TRACE}-${SPAN}-01`);
  assert.deepEqual([sampled.traceId, sampled.parentSpanId, sampled.isSampled], [TRACE, SPAN, true]);
  assert.equal(contextOf(`00-${TRACE}-${SPAN}-00`).isSampled, false);
  assert.equal(contextOf(`00-${TRACE}-${SPAN}-00`, { followsParent: false, share: 1 }).isSampled, true);
  assert.equal(contextOf(`00-${TRACE}-${SPAN}-01`, { followsParent: false, share: 0 }).isSampled, false);
  // A version that is not known yet may say more.
  assert.equal(contextOf(`cc-${TRACE}-${SPAN}-01-what-the-future-holds`).traceId, TRACE);
});

for (const header of [
  '',
  'nonsense',
  `ff-${TRACE}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-01-more`,
  `00-${'0'.repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}`,
])
  test(`"${header}" is no trace to be continued`, () => {
    const context = contextOf(header);
    assert.equal(context.parentSpanId, null);
    assert.notEqual(context.traceId, TRACE);
  });

test('whatever comes, the ids are valid, and the same for whoever asks again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (header) => {
      const id = randomUUIDv7();
      const context = traceContext(id, { traceparent: header }, ALL);
      assert.match(traceparentOf(context), /^00-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-0[01]$/);
      assert.match(context.serverSpanId, /^[\da-f]{16}$/);
      assert.notEqual(context.serverSpanId, context.clientSpanId);
      assert.deepEqual(traceContext(id, { traceparent: header }, ALL), context);
    }),
  );
});

test('a share of the traces is taken, about that many', () => {
  const taken = Array.from({ length: 4000 }, () =>
    traceContext(randomUUIDv7(), null, { followsParent: true, share: 0.25 }),
  ).filter(({ isSampled }) => isSampled).length;
  // Seven standard deviations.
  assert.ok(taken > 800 && taken < 1200, `${taken} of 4000`);
});
