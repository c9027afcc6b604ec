import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareAnswers } from './agreement.ts';

const compare = (fresh: string, stored: string, similarity: number | null = null) =>
  compareAnswers(
    { asked: 'q', fresh, stored },
    {
      // The stored answer's vector stands at the wanted angle to the fresh one's.
      embed: async (text) => {
        if (similarity === null) return null;
        const isStored = text.startsWith('stored');
        return Float32Array.from(isStored ? [similarity, Math.sqrt(1 - similarity ** 2)] : [1, 0]);
      },
      askModel: null,
    },
  );

test('the same words agree, whatever their case, marks and spaces', async () => {
  assert.equal(await compare('**Paris** is the capital.', 'paris   is the capital'), 'agreed');
  assert.equal(await compare('４２', '42'), 'agreed');
});

test('a yes and a no differ, and so do short answers with other numbers', async () => {
  assert.equal(await compare('Yes, it is.', 'No, it is not.', 0.99), 'disagreed');
  assert.equal(await compare('Да, конечно', 'Нет', 0.99), 'disagreed');
  assert.equal(await compare('It is 17 km.', 'It is 18 km.', 0.99), 'disagreed');
  assert.equal(await compare('Norway it is.', 'stored Norway'), 'undecided');
});

test('other words are judged by their vectors, and in between nobody decides', async () => {
  assert.equal(await compare('fresh words', 'stored words', 0.95), 'agreed');
  assert.equal(await compare('fresh words', 'stored words', 0.8), 'undecided');
  assert.equal(await compare('fresh words', 'stored words', 0.3), 'disagreed');
  assert.equal(await compare('fresh words', 'stored words', null), 'undecided');
  assert.equal(await compare('', 'stored words'), 'undecided');
});

test('a model that is set decides where the words differ, and is not asked where they do not', async () => {
  let asked = 0;
  const askModel = async () => {
    asked += 1;
    return 'disagreed' as const;
  };
  const embed = async () => Float32Array.from([1]);
  assert.equal(
    await compareAnswers({ asked: 'q', fresh: 'a b', stored: 'A, b' }, { embed, askModel }),
    'agreed',
  );
  assert.equal(
    await compareAnswers({ asked: 'q', fresh: 'a', stored: 'b' }, { embed, askModel }),
    'disagreed',
  );
  assert.equal(asked, 1);
});
