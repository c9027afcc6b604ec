import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, TokenWatchError } from '../../core/errors.ts';
import type { Endpoint } from '../../core/protocol.ts';
import { anthropic } from '../anthropic/protocol.ts';
import { openai } from '../openai/protocol.ts';

const error = (code: ErrorCode): TokenWatchError => new TokenWatchError(code, 'why');
/** Of a path, behind either mount. */
function bodies(path: string, code: ErrorCode): readonly Record<string, unknown>[] {
  return [openai, anthropic].map((protocol) => {
    const endpoint: Endpoint = protocol.endpoint('POST', path);
    return protocol.errorBody(error(code), 'id', endpoint) as Record<string, unknown>;
  });
}

test('a client of another maker’s operation finds the error where that maker writes it', () => {
  for (const body of bodies('/v1beta/models/gemini-2.5-flash:generateContent', 'budget_exceeded')) {
    const { code, message, status } = body.error as Record<string, unknown>;
    assert.deepEqual([code, message, status], [429, 'why', 'RESOURCE_EXHAUSTED']);
  }
  const bedrock = '/model/us.anthropic.claude-sonnet-4-5-20250929-v1:0/converse';
  for (const [code, name] of [
    ['budget_exceeded', 'ServiceQuotaExceededException'],
    ['budget_busy', 'ThrottlingException'],
    ['key_required', 'AccessDeniedException'],
    ['bad_request', 'ValidationException'],
    ['upstream_timeout', 'ModelTimeoutException'],
  ] as const)
    for (const body of bodies(bedrock, code)) assert.deepEqual(body, { message: 'why', __type: name });
  for (const body of bodies('/v2/chat', 'budget_killed'))
    assert.deepEqual(body, { message: 'why', code: 'budget_killed' });
  for (const path of ['/api/chat', '/api/generate', '/api/embed'])
    for (const body of bodies(path, 'budget_exceeded')) assert.deepEqual(body, { error: 'why' });
});

function formOf(body: Record<string, unknown>): string {
  if (body.type === 'error') return 'messages';
  return (body.error as Record<string, unknown>).code === 'insufficient_quota' ? 'chat' : 'another';
}

test('an operation has the form of its own API behind either mount, and what nobody knows that of the mount', () => {
  const claude = '/v1/projects/p/publishers/anthropic/models/claude-opus-4-8';
  for (const path of [
    '/v1/messages',
    '/v1/messages/batches',
    `${claude}:streamRawPredict`,
    `${claude}:rawPredict`,
  ])
    assert.deepEqual(bodies(path, 'budget_exceeded').map(formOf), ['messages', 'messages'], path);
  assert.deepEqual(bodies('/v1/chat/completions', 'budget_exceeded').map(formOf), ['chat', 'chat']);
  for (const path of ['/v1/surprise', '/v1/rerank'])
    assert.deepEqual(bodies(path, 'budget_exceeded').map(formOf), ['chat', 'messages'], path);
});

test('a stream of another maker’s ends with its own last word', () => {
  const event = (path: string): string =>
    String(openai.errorEvent(error('budget_exceeded'), 'id', openai.endpoint('POST', path)));
  assert.match(
    event('/v1beta/models/gemini-2.5-flash:streamGenerateContent'),
    /^data: \{"error":\{"code":429,/,
  );
  assert.match(
    event('/v2/chat'),
    /^event: message-end\ndata: \{"type":"message-end","delta":\{"finish_reason":"ERROR","error":"why"\}\}\n\n$/,
  );
});
