import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ineligibility } from './eligibility.ts';

test('a request by which its provider searches the web is not cached', () => {
  const why = (more: object): string | null =>
    ineligibility('chat/completions', 'POST', { model: 'm', ...more });
  const searching = [
    ...[{ web_search_options: {} }, { search_parameters: { mode: 'on' } }, { enable_search: true }],
    { venice_parameters: { enable_web_search: 'auto' } },
    ...[{ plugins: [{ id: 'web' }] }, { connectors: [{ id: 'web-search' }] }, { web_search: true }],
    ...[
      'gpt-4o-search-preview',
      'openai/gpt-4o:online',
      'sonar-pro',
      'perplexity/sonar',
      'o3-deep-research',
    ].map((model) => ({ model })),
    ...['groq/compound', 'compound-mini', 'gpt-5-search-api'].map((model) => ({ model })),
  ];
  for (const more of searching) assert.match(why(more) ?? '', /the web changes/, JSON.stringify(more));
  for (const more of [
    { plugins: [] },
    { venice_parameters: { enable_web_search: 'off', include_venice_system_prompt: false } },
    { enable_search: false },
    { search_parameters: null },
    { model: 'compoundia' },
  ])
    assert.equal(why(more), null, JSON.stringify(more));
});

test('what lives at the provider, or runs there, is not cached; what is switched off does no harm', () => {
  const why = (endpoint: string, more: object): string | null =>
    ineligibility(endpoint, 'POST', { model: 'm', ...more });
  assert.equal(why('responses', {}), null);
  assert.equal(why('responses', { background: false, conversation: null }), null);
  assert.match(why('responses', { background: true }) ?? '', /^background: /);
  assert.match(why('responses', { previous_response_id: 'r' }) ?? '', /earlier turns live at the provider/);
  assert.match(why('responses', { prompt: { id: 'p' } }) ?? '', /^prompt: /);
  assert.match(why('responses', { preset: 'pro-search' }) ?? '', /^preset: /);
  assert.equal(why('completions', { prompt: 'Hello' }), null);
  assert.equal(why('messages', { tools: [{ name: 'own' }, { type: 'custom' }] }), null);
  assert.match(
    why('messages', { tools: [{ type: 'web_search_20250305' }] }) ?? '',
    /may run at the provider/,
  );
  assert.match(why('files', {}) ?? '', /answers of files are not cached/);
  assert.match(ineligibility('messages', 'POST', [1]) ?? '', /no JSON object/);
});
