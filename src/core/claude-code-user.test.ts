import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sessionIn, withoutSession } from './claude-code-user.ts';

test('a session is what stands behind the first mark from which on all is a name', () => {
  const piece = fc.constantFrom('_session_', 'a', '-', '_', ' ', '!', 'session_', '_session');
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
      (text) => {
        assert.equal(sessionIn(text), /_session_([\w-]+)$/.exec(text)?.[1] ?? null);
        assert.equal(withoutSession(text), text.replace(/_session_[\w-]+$/, ''));
      },
    ),
  );
});
