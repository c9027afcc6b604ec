import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  beginsWithError,
  isHealthy,
  isProvidersFault,
  parseFailoverSet,
  restUntil,
  statusAtOnce,
} from './failover.ts';

test('a list names kinds of failures and statuses, one by one or by class', () => {
  const set = parseFailoverSet('connect, 429, 5XX');
  assert.deepEqual([...(set?.kinds ?? [])], ['unreachable']);
  const failing = [200, 400, 429, 500, 529, 599].filter((status) => set?.hasStatus(status));
  assert.deepEqual(failing, [429, 500, 529, 599]);
  assert.equal(parseFailoverSet('OFF')?.hasStatus(503), false);
});

for (const text of ['', 'connect,', 'teapot', '200', '6xx', '5x', 'off,429', '50', '5000', 'constructor'])
  test(`"${text}" is no list of failures`, () => assert.equal(parseFailoverSet(text), undefined));

test("a limit on a client's own key says nothing about the upstream, one on its own does", () => {
  assert.equal(isHealthy(429, true), null);
  assert.equal(isHealthy(429, false), false);
  for (const status of [200, 302, 400, 401, 404]) assert.equal(isHealthy(status, true), true);
  for (const status of [408, 500, 503, 529]) assert.equal(isHealthy(status, true), false);
});

test('an error inside an answer is the provider’s own, or the request’s', () => {
  for (const code of [
    'overloaded_error',
    'network_error',
    'abort',
    'failed',
    '503',
    'UNAVAILABLE',
    'truncated',
  ])
    assert.ok(isProvidersFault(code), code);
  for (const code of ['modelStreamErrorException', 'internalServerException', 'server_error'])
    assert.ok(isProvidersFault(code), code);
  for (const code of ['invalid_request_error', '402', '429', 'content_filter', 'error', '50', '5000'])
    assert.ok(!isProvidersFault(code), code);
});

test('a 200 that is no answer counts as the status that it should have had', () => {
  const limit = '{"error":{"message":"Slow down","type":"rate_limit_error"}}';
  for (const text of [
    `data: ${limit}\n\n`,
    `: hi\n\nevent: ping\ndata: {"type":"ping"}\n\nevent: error\ndata: {"type":"error","error":{"type":"rate_limit_error"}}\n\n`,
    'data: {"error":{"code":429,"message":"no"}}\n\n',
    limit,
    '{"error":{"code":"429","message":"no"}}',
    '{"error":{"code":429,"status":"RESOURCE_EXHAUSTED"}}',
  ])
    assert.equal(statusAtOnce(text), 429, text);
  assert.equal(statusAtOnce('{"error":{"message":"no","type":"server_error"}}'), 502);
  assert.equal(statusAtOnce(' {"error":{"code":503,"message":"no"}}'), 503);
  for (const text of [
    '{"error":{"code":400,"message":"a rate_limit of yours"}}',
    '{"error":{"message":"no","type":"invalid_request_error"}}',
    '{"error":null,"choices":[{"message":{"content":"rate_limit server_error"}}]}',
    '{"choices":[{"message":{"content":"rate_limit"}}]',
    'data: {"choices":[{"delta":{"content":"rate_limit"}}]}\n\n',
    // Streams of these are broken off.
    'data: {"error":{"type":"server_error"}}\n\n',
    '',
  ])
    assert.equal(statusAtOnce(text), null, text);
});

const NOW_MS = Date.UTC(2026, 10, 24, 12);
const cases: readonly (readonly [readonly string[], number | null])[] = [
  [[], null],
  [['Retry-After', '7'], NOW_MS + 7000],
  [['retry-after', '1.5'], NOW_MS + 1500],
  [['retry-after', '9', 'retry-after-ms', '250'], NOW_MS + 250],
  [['retry-after', 'Tue, 24 Nov 2026 12:00:30 GMT'], NOW_MS + 30_000],
  [['retry-after', '0'], NOW_MS],
  [['retry-after', 'Tue, 24 Nov 2026 11:00:00 GMT'], NOW_MS],
  [['retry-after', 'Thursday, 01-Jan-26 00:00:00 GMT'], NOW_MS],
  [['retry-after', '2027'], NOW_MS + 2_027_000],
  [['retry-after', 'soon'], null],
  [['retry-after', '-3'], null],
];
for (const [headers, expected] of cases)
  test(`${headers.join(': ') || 'no header'} asks for rest until ${expected}`, () =>
    assert.equal(
      restUntil(
        headers.map((text) => Buffer.from(text)),
        NOW_MS,
      ),
      expected,
    ));

const beginnings: readonly (readonly [string, boolean])[] = [
  [
    'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n',
    true,
  ],
  ['data: {"error":{"message":"The server had an error","type":"server_error"}}\n\n', true],
  ['event: error\ndata: {"type":"error","error":{"type":"invalid_request_error"}}\n\n', false],
  ['event: message_start\ndata: {"type":"message_start","message":{"model":"overloaded"}}\n\n', false],
  ['data: {"choices":[{"delta":{"content":"server_error"}}]}\n\n', false],
  ['{"error":{"type":"server_error"}}', false],
  // OpenRouter's, behind what keeps a connection alive.
  [
    ': OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\ndata: {"id":"g","error":{"code":502,"message":"no"},"choices":[{"delta":{"content":""},"finish_reason":"error"}]}\n\n',
    true,
  ],
  ['\ufeffretry: 3000\r\nevent:error\r\ndata:{"type":"error","error":{"type":"api_error"}}\r\n\r\n', true],
  [
    'event: ping\ndata: {"type":"ping"}\n\nevent: error\ndata: {"type":"error","error":{"type":"api_error"}}\n\n',
    true,
  ],
  [`data: {"error":null,"text":"server_error ${'x'.repeat(5000)}"}\n\n`, false],
  ['data: {"object":"error","message":"internal","code":500}\n\n', true],
  ['data: {"id":"g","error":{"code":402,"message":"credits"}}\n\n', false],
  ['data: {"id":"g","error":null,"choices":[{"delta":{"content":"internal"}}]}\n\n', false],
  // Z.ai's and SGLang's, by their only word.
  ['data: {"choices":[{"index":0,"delta":{"content":""},"finish_reason":"network_error"}]}\n\n', true],
  ['data: {"choices":[{"index":0,"delta":{},"finish_reason":"abort"}]}\n\n', true],
  ['data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"network_error"}]}\n\n', false],
  ['data: {"choices":[{"index":0,"delta":{"content":"network_error"},"finish_reason":null}]}\n\n', false],
  [
    'data: {"error":{"code":402,"message":"credits"},"choices":[{"delta":{"content":""},"finish_reason":"error"}]}\n\n',
    false,
  ],
  ['data: null\n\n', false],
  [`data: {"error":{"type":"server_error","message":"${'x'.repeat(9000)}`, true],
  [': a comment and no event yet\n\n', false],
];
for (const [text, expected] of beginnings)
  test(`${JSON.stringify(text.slice(0, 60))} ${expected ? 'is' : 'is no'} error of the provider at a stream's start`, () =>
    assert.equal(beginsWithError(text), expected));
