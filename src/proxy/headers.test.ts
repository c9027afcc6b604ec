import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientHeaders, upstreamHeaders } from './headers.ts';

const bytes = (...texts: readonly string[]): Buffer[] => texts.map((text) => Buffer.from(text, 'latin1'));

test('every Connection line names headers that end here, in requests and in answers', () => {
  const answer = [
    'Connection',
    'x-one',
    'X-One',
    '1',
    'connection',
    'close, X-Two',
    'x-two',
    '2',
    'x-three',
    '3',
  ];
  assert.deepEqual(clientHeaders(bytes(...answer)).forClient, ['x-three', '3']);
  const wishes = { lengthIsKnown: true, identityOnly: false, traceparent: null };
  // Node joins the lines of a request.
  assert.deepEqual(upstreamHeaders(answer, 'x-one, close, X-Two', wishes), ['x-three', '3']);
});

test('what belongs to the way from the client does not go on', () => {
  const raw = [
    'Host',
    'a',
    'Expect',
    '100-continue',
    'Trailer',
    'x-t',
    'TE',
    'trailers',
    'Content-Length',
    '3',
    'x',
    'y',
  ];
  const wishes = { lengthIsKnown: true, identityOnly: false, traceparent: null };
  assert.deepEqual(upstreamHeaders(raw, undefined, wishes), ['x', 'y']);
});
