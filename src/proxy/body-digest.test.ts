import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { inputBound, inputTexts } from '../ledger/bounds/input-bound.ts';
import { replaceTopLevelValue, splice } from '../protocols/json/top-level-json.ts';
import { promptTextOf } from '../protocols/requests/prompt-text.ts';
import { refersToStored } from '../protocols/requests/stored-references.ts';
import { digestOf } from './body-digest.ts';

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.integer({ min: 1, max: 90_000 }).map((length) => 'ab☃ '.repeat(length / 4 + 1)),
);
const block = fc.oneof(
  text.map((said) => ({ type: 'text', text: said })),
  text.map((data) => ({ type: 'image', source: { type: 'base64', media_type: 'image/png', data } })),
  text.map((file) => ({ type: 'document', source: { type: 'file', file_id: file } })),
);
const body = fc.record(
  {
    system: text,
    messages: fc.array(fc.record({ role: fc.constant('user'), content: fc.array(block, { maxLength: 3 }) })),
    model: fc.string({ minLength: 1, maxLength: 600 }),
    metadata: fc.record({ user_id: text }),
    n: fc.integer({ min: 1, max: 4 }),
  },
  { requiredKeys: ['model'] },
);

test('a digest says what the whole body says', () => {
  fc.assert(
    fc.property(body, (asked) => {
      const bytes = Buffer.from(JSON.stringify(asked));
      const { digest } = digestOf(bytes, structuredClone(asked));
      const prompt = promptTextOf(asked);
      assert.equal(digest.prompt.characters, prompt.length);
      assert.equal(digest.prompt.bytes, Buffer.byteLength(prompt));
      assert.ok(prompt.endsWith(digest.prompt.newest) && prompt.startsWith(digest.prompt.beginning));
      assert.deepEqual(digest.input.bound, inputBound(asked));
      const texts = inputTexts(asked).join('\n');
      assert.ok(texts.startsWith(digest.input.counted));
      assert.equal(
        Buffer.byteLength(digest.input.counted) + digest.input.restBytes,
        Buffer.byteLength(texts),
      );
      assert.equal(digest.refersToStored, refersToStored(bytes));
      const { start, end } = digest.modelSpan ?? assert.fail();
      assert.deepEqual(splice(bytes, start, end, '"m"'), replaceTopLevelValue(bytes, 'model', '"m"'));
    }),
    { numRuns: 40 },
  );
});

test('long texts of its document are cut, short ones and the model never', () => {
  const many = Array.from({ length: 300 }, (_, index) => ({
    role: 'user',
    content: 'x'.repeat(20_000 + index),
  }));
  const asked = {
    prompt: 'y'.repeat(3_000_000),
    messages: many,
    user: 'u'.repeat(200),
    model: 'm'.repeat(40_000),
  };
  const { document } = digestOf(Buffer.from(JSON.stringify(asked)), structuredClone(asked));
  const cut = document as typeof asked;
  assert.deepEqual([cut.model, cut.user], [asked.model, asked.user]);
  assert.equal(cut.messages.length, 300);
  assert.ok(asked.prompt.startsWith(cut.prompt) && JSON.stringify(cut).length < 1_300_000);
});

test('what is no object, or has no model, has none', () => {
  for (const asked of [[1], {}, null, 7])
    assert.equal(digestOf(Buffer.from(JSON.stringify(asked)), asked).digest.modelSpan, null);
});
