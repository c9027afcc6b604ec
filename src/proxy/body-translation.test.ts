import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenWatchError } from '../core/errors.ts';
import { inputBound } from '../ledger/bounds/input-bound.ts';
import { wishOf } from '../translation/portable-wish.ts';
import { translatorFor } from '../translation/translators.ts';
import { BodyReader } from './body/body-reader.ts';
import { isRefused, translateBody } from './body-translation.ts';

const QUESTION = { client: 'anthropic', endpoint: 'messages', target: 'openai', model: 'gpt-4o' } as const;
const picture = (data: string) => ({
  type: 'image',
  source: { type: 'base64', media_type: 'image/png', data },
});
const asked = (more: object = {}) => ({
  model: 'claude-sonnet-4-5',
  max_tokens: 50,
  tools: [{ name: 'n'.repeat(80), input_schema: { type: 'object', properties: {} } }],
  messages: [{ role: 'user', content: [{ type: 'text', text: 'größe ☃' }, picture('A'.repeat(3_000_000))] }],
  ...more,
});

test('a large body is translated in the thread as it would be here', async () => {
  const reader = new BodyReader(10_000_000);
  const translated = await reader.translate(Buffer.from(JSON.stringify(asked())), QUESTION);
  assert.ok(!isRefused(translated));
  const here = translatorFor('anthropic', 'messages', 'openai')?.request(asked({ model: 'gpt-4o' }));
  assert.ok(here !== undefined);
  assert.deepEqual(JSON.parse(Buffer.from(translated.bytes).toString()), here.body);
  assert.deepEqual(translated.reading.bound, inputBound(here.body));
  assert.deepEqual(wishOf(translated), here.wish);
  const [short] = translated.renamedTools.keys();
  assert.equal(wishOf(translated).toolNames.original(short ?? ''), 'n'.repeat(80));
  assert.ok(JSON.stringify(translated.document).length < 10_000);
});

test('what cannot be translated is refused with the same words', () => {
  const wrong = asked({ mcp_servers: [{ type: 'url', url: 'https://a.example', name: 'a' }] });
  let said: unknown;
  try {
    translatorFor('anthropic', 'messages', 'openai')?.request({ ...wrong, model: 'gpt-4o' });
  } catch (error) {
    said = error;
  }
  assert.ok(said instanceof TokenWatchError);
  const { code, message } = said;
  assert.deepEqual(translateBody(Buffer.from(JSON.stringify(wrong)), QUESTION), { code, message });
});
