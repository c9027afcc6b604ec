import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loopError, nextHops } from './hops.ts';

test('a request goes through as many proxies as anybody builds on purpose, and through none twice', () => {
  let come: string | undefined;
  for (let hop = 1; hop <= 8; hop += 1) {
    assert.equal(loopError(come, 'own'), null, `after ${hop - 1}`);
    come = nextHops(come, `hop-${hop}`);
  }
  assert.match(loopError(come, 'own')?.message ?? '', /has passed 8 TokenWatch proxies/);
  assert.equal(loopError('a, own, b', 'own')?.code, 'loop_detected');
  assert.equal(loopError('a, owner, b', 'own'), null);
});
