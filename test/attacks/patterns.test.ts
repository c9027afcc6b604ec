// Texts that make a pattern begin anew at each of their characters: what reads names, numbers and answers takes no more
// than a little longer for a longer one. Squared time would be seconds here.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalNumber } from '../../src/cache/canonical-json.ts';
import { compareAnswers } from '../../src/cache/semantic/agreement.ts';
import { sessionIn, withoutSession } from '../../src/core/claude-code-user.ts';
import { faultText } from '../../src/core/fault-text.ts';
import { readModelName } from '../../src/core/model-name.ts';
import { readModelNames } from '../../src/core/model-scope.ts';
import { withoutCredentials } from '../../src/core/without-credentials.ts';
import { thinkingOf } from '../../src/ledger/bounds/hidden-thinking.ts';
import { eventsIn, parseAnswer } from '../../src/protocols/json/answer-json.ts';
import { findPhones } from '../../src/redaction/personal/phone.ts';
import { jsonIn, normalised } from '../../src/replay/agreement.ts';
import { holdsHtml, isHtml } from '../../src/replay/suite/markup.ts';
import { assertSoonest } from '../soonest.ts';

const CHARACTERS = 200_000;
const LIMIT_MS = 500;
const many = (piece: string): string => piece.repeat(CHARACTERS / piece.length);
const THINKS = { thinking: { type: 'enabled' } };

const READERS: Readonly<Record<string, () => unknown>> = {
  'a session': () => sessionIn(`${many('_session_')}!`),
  'a user without a session': () => withoutSession(`${many('_session_')}!`),
  'how fast a model thinks': () => thinkingOf(many('claude'), THINKS),
  'an answer with a text that does not end': () => parseAnswer(`[NaN,"${many('\\"')}`),
  'an answer that ends within an escape': () => parseAnswer(`[NaN,"${many('\\"')}\\`),
  'an event of many lines that are none': () => eventsIn(many('{\n')),
  'an event of many blank lines': () => eventsIn(`{${many('\r\n')}`),
  'a number of many zeros': () => canonicalNumber(`1${many('0')}1`),
  'an answer of marks, compared': () => normalised(`${many('!')}x`),
  'an answer of lines, compared': () => jsonIn(`\`\`\`${many('\n')}x`),
  'an answer of styles that do not end': () => isHtml(`L${many('<style<i')}`),
  'an answer of tags that do not end': () => holdsHtml(many('<a>')),
  'an answer of comments that do not end': () => holdsHtml(many('<!--')),
  'an answer of one tag with many attributes': () => holdsHtml(`<d ${many('id="" ')}`),
  'a prompt of blanks behind a telephone': () => findPhones(`tel${many(' ')}n`),
  'an address of many slashes': () => withoutCredentials(many('://')),
  'an answer of marks, from the cache': () =>
    compareAnswers(
      { asked: 'x', fresh: `${many('.')}x`, stored: 'x' },
      { askModel: null, embed: async () => null },
    ),
  'a fault of blanks': () => faultText(new Error(`${many(' ')}x`)),
  'a scope of names at Amazon': () => readModelNames(many('/arn:aws:bedrock:')),
  'a price of names at Amazon': () => readModelName(many('/arn:aws:bedrock:')),
  ...Object.fromEntries(
    ['-', '.', ':', '@', '/', '1', '-2024-08-06', 'openai/', 'us.', ' ', '-think', 'gpt-4-'].flatMap(
      (piece) => [
        [`a scope of many ${piece}`, () => readModelNames(`gpt-4o${many(piece)}!`)],
        [`a price of many ${piece}`, () => readModelName(`gpt-4o${many(piece)}!`)],
      ],
    ),
  ),
};

for (const [what, read] of Object.entries(READERS))
  test(`${what} is read in time, however long it is`, async () => {
    await assertSoonest(LIMIT_MS, async () => read());
  });

test('an answer with words that are no JSON is read all the same', () => {
  assert.deepEqual(parseAnswer('{"a":NaN,"b":"-Infinity \\" NaN","c":[-Infinity]}'), {
    ...{ a: null, b: '-Infinity " NaN', c: [null] },
  });
});
