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

test('a session of the dashboard’s does not leave with what browsers send to every port of a host', () => {
  const wishes = { lengthIsKnown: true, identityOnly: false, traceparent: null };
  const sent = (...cookies: string[]): string[] =>
    upstreamHeaders(
      cookies.flatMap((value) => ['Cookie', value]),
      undefined,
      wishes,
    );
  assert.deepEqual(sent('tokenwatch=secret'), []);
  assert.deepEqual(sent('a=1; tokenwatch=secret; b=2', 'c=3'), ['Cookie', 'a=1; b=2', 'Cookie', 'c=3']);
  assert.deepEqual(sent('__Host-tokenwatch=s;tokenwatch-oidc=t;  __Host-tokenwatch-oidc=u ; a=1'), [
    ...['Cookie', 'a=1'],
  ]);
  // Others’ stay as they were written.
  for (const other of ['my-tokenwatch=1;  b=2', 'tokenwatch2=1', 'a=tokenwatch', 'Tokenwatch=x; ;'])
    assert.deepEqual(sent(other), ['Cookie', other]);
});

test('an answer sets no cookie in the place of the dashboard’s', () => {
  const told = (value: string): number => clientHeaders(bytes('Set-Cookie', value)).forClient.length;
  for (const ours of [
    'tokenwatch=chosen; Path=/',
    ' tokenwatch =chosen',
    '=tokenwatch=chosen; HttpOnly',
    '__Host-tokenwatch=chosen; Secure; Path=/',
    'tokenwatch-oidc=chosen',
  ])
    assert.equal(told(ours), 0, ours);
  for (const theirs of ['session=tokenwatch=1', '__cf_bm=x; Path=/tokenwatch', 'tokenwatcher=1'])
    assert.equal(told(theirs), 2, theirs);
});

test('an answer tells a browser nothing about the origin that it comes from', () => {
  const told = (name: string): number => clientHeaders(bytes(name, 'x')).forClient.length;
  for (const name of ['Clear-Site-Data', 'strict-transport-security', 'NEL', 'Report-To', 'Alt-Svc'])
    assert.equal(told(name), 0, name);
  for (const name of ['Content-Security-Policy', 'Cache-Control', 'Access-Control-Allow-Origin'])
    assert.equal(told(name), 2, name);
});
