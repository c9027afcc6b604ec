// Vectors that the database makes itself, by a model that lies in it. A model's name is no bind: it is checked before
// it comes into a text.

import { itemsOf, type Statement, statement } from './statement.ts';

/** Of this user, or of another one who lets it be used. */
const MODEL_NAME = /^[A-Za-z][A-Za-z0-9_$#]{0,127}(?:\.[A-Za-z][A-Za-z0-9_$#]{0,127})?$/;

export const isModelName = (text: string): boolean => MODEL_NAME.test(text);

interface EmbedderStatements {
  /** Of one text. */
  readonly embed: Statement<{ readonly text: 'text' }>;
  /** Of a list of texts, each with its vector. */
  readonly embedEach: Statement<{ readonly texts: 'list' }>;
}

export function embedderStatements(model: string): EmbedderStatements {
  if (!isModelName(model)) throw new RangeError(`${model} is no name of a model`);
  return {
    embed: statement(`SELECT VECTOR_EMBEDDING(${model} USING :text AS data) AS embedding FROM dual`, {
      text: 'text',
    }),
    embedEach: statement(
      `SELECT given.item, VECTOR_EMBEDDING(${model} USING given.item AS data) AS embedding
        FROM ${itemsOf('texts')} given`,
      { texts: 'list' },
    ),
  };
}
