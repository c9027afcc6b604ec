import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ineligibility } from './eligibility.ts';

test('what lives at the provider, or runs there, is not cached; what is switched off does no harm', () => {
  const why = (endpoint: string, more: object): string | null =>
    ineligibility(endpoint, 'POST', { model: 'm', ...more });
  assert.equal(why('responses', {}), null);
  assert.equal(why('responses', { background: false, conversation: null }), null);
  assert.match(why('responses', { background: true }) ?? '', /^background: /);
  assert.match(why('responses', { previous_response_id: 'r' }) ?? '', /earlier turns live at the provider/);
  assert.match(why('responses', { prompt: { id: 'p' } }) ?? '', /^prompt: /);
  assert.equal(why('completions', { prompt: 'Hello' }), null);
  assert.equal(why('messages', { tools: [{ name: 'own' }, { type: 'custom' }] }), null);
  assert.match(
    why('messages', { tools: [{ type: 'web_search_20250305' }] }) ?? '',
    /may run at the provider/,
  );
  assert.match(why('files', {}) ?? '', /answers of files are not cached/);
  assert.match(ineligibility('messages', 'POST', [1]) ?? '', /no JSON object/);
});
