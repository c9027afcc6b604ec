import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenWatchError } from '../core/errors.ts';
import { statusFor } from './error-response.ts';

const agent = (userAgent: string) => ({ 'user-agent': userAgent });
const OPENCODE = agent('opencode/1.18.33 ai-sdk/provider-utils/4.0.0 runtime/bun/1.3.2');

test('a client that tries every 429 again gets a spent budget as 402, and others as 429', () => {
  const spent = new TokenWatchError('budget_exceeded', 'x');
  assert.equal(statusFor(spent, OPENCODE), 402);
  for (const headers of [
    {},
    agent('claude-cli/2.1.0'),
    agent('codex_cli_rs/0.169.0'),
    agent('ai-sdk/openai'),
  ])
    assert.equal(statusFor(spent, headers), 429);
});

test('what may succeed later stays what it is to every client', () => {
  const soon = new TokenWatchError('budget_exceeded', 'x', { headers: { 'x-should-retry': 'true' } });
  assert.equal(statusFor(soon, OPENCODE), 429);
  assert.equal(statusFor(new TokenWatchError('budget_busy', 'x'), OPENCODE), 429);
  assert.equal(statusFor(new TokenWatchError('key_rate_limited', 'x'), OPENCODE), 429);
  assert.equal(statusFor(new TokenWatchError('upstream_timeout', 'x'), OPENCODE), 504);
});
