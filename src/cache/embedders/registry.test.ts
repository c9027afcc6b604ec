import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cosineSimilarity, type Embedder } from '../embedder.ts';
import { openEmbedder } from './registry.ts';

let embedder: Embedder;
before(async () => {
  embedder = await openEmbedder('local');
});
after(() => embedder.close());

const similarity = async (one: string, other: string): Promise<number> =>
  cosineSimilarity(await embedder.embed(one), await embedder.embed(other));

test('the local model makes vectors of unit length, the same for the same text', async () => {
  const vector = await embedder.embed('How do I learn English?');
  assert.equal(vector.length, embedder.dimensions);
  assert.ok(Math.abs(cosineSimilarity(vector, vector) - 1) < 1e-5);
  assert.deepEqual(await embedder.embed('How do I learn English?'), vector);
});

test('the local model puts what means the same close together', async () => {
  assert.ok((await similarity('A man is eating food.', 'A man is eating a piece of bread.')) > 0.7);
  assert.ok((await similarity('A man is eating food.', 'The girl plays the violin.')) < 0.2);
});

test('the vector is the one that the model was published with', async () => {
  // The first values of sentence-transformers' own vector of this sentence; ours differ by the weights' rounding to
  // bytes.
  const vector = await embedder.embed('This is an example sentence');
  const published = [0.0676, 0.0635, 0.0487, 0.0793, 0.0374, 0.0026];
  for (const [index, value] of published.entries())
    assert.ok(Math.abs((vector[index] ?? 0) - value) < 0.06, `value ${index} is ${vector[index]}`);
});

test('what the local model cannot read whole is refused', async () => {
  for (const text of ['', '今日は何を食べますか', 'same text '.repeat(200), '🦩']) {
    await assert.rejects(embedder.embed(text), { code: 'unembeddable' }, text);
  }
});

test('an unknown embedder is named with those that there are', async () => {
  await assert.rejects(openEmbedder('lokal'), {
    code: 'invalid_setting',
    message: /"lokal".*local, transformers/,
  });
});

test('transformers without its package says what to install', async () => {
  await assert.rejects(openEmbedder('transformers:some/model'), {
    code: 'embedder_failed',
    message: /npm install @huggingface\/transformers/,
  });
});
