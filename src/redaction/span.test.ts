import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { resolveOverlaps, type Span, type SpanKind } from './span.ts';

const spans = fc.array(
  fc.record({
    start: fc.nat(60),
    length: fc.integer({ min: 1, max: 12 }),
    kind: fc.constantFrom<SpanKind>('SECRET', 'EMAIL', 'PHONE'),
  }),
  { maxLength: 20 },
);

test('spans come out in order and apart, cover what was found and nothing else, and a secret stays one', () => {
  fc.assert(
    fc.property(spans, (given) => {
      const found = given.map(({ start, length, kind }): Span => ({ start, end: start + length, kind }));
      const apart = resolveOverlaps(found);
      for (const [index, { start }] of apart.entries())
        assert.ok(index === 0 || (apart[index - 1]?.end ?? 0) <= start);
      const covers = (some: readonly Span[], at: number): boolean =>
        some.some(({ start, end }) => start <= at && at < end);
      for (let at = 0; at < 80; at += 1) assert.equal(covers(apart, at), covers(found, at));
      for (const span of found) {
        const whole = apart.find(({ start, end }) => start <= span.start && span.end <= end);
        assert.ok(whole, 'none is cut');
        if (span.kind === 'SECRET') assert.equal(whole.kind, 'SECRET');
      }
    }),
  );
});

test('of two that overlap the longer one says what they are', () => {
  const both: readonly Span[] = [
    { start: 0, end: 4, kind: 'PHONE' },
    { start: 2, end: 9, kind: 'EMAIL' },
  ];
  assert.deepEqual(resolveOverlaps(both), [{ start: 0, end: 9, kind: 'EMAIL' }]);
  assert.deepEqual(resolveOverlaps(both.toReversed()), [{ start: 0, end: 9, kind: 'EMAIL' }]);
});
