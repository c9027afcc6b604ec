// `tokenwatch cache inspect ID`: one stored answer.

import type { StoredQuestion } from '../../../cache/semantic/ports.ts';
import { TokenWatchError } from '../../../core/errors.ts';
import { formatUsd } from '../../../core/money.ts';
import { ID_CHARACTERS, withCache } from '../../cache.ts';
import { type Command, JSON_OPTION } from '../../command.ts';

/** How much of an answer is shown to people; `--json` has it whole. */
const SHOWN_CHARACTERS = 2000;

export const cacheInspect: Command = {
  name: 'cache inspect',
  summary: 'show one stored answer',
  argument: '<id>',
  options: [JSON_OPTION],
  examples: ['tokenwatch cache inspect 3f0c9a12', 'tokenwatch cache inspect 3f0c9a12 --json'],
  async run(context) {
    const id = context.arguments[0] ?? '';
    const { answer, second, question } = await withCache(context, async (entries, semantic) => {
      const [first, another] = await entries.answersById(id);
      const asked = first === undefined ? null : await semantic.questionOf(first.key);
      return { answer: first, second: another, question: asked };
    });
    if (answer === undefined)
      throw new TokenWatchError('no_data', `No stored answer has an id that begins with "${id}".`);
    if (second !== undefined)
      throw new TokenWatchError('invalid_argument', `Several ids begin with "${id}". Write more of it.`);
    const { body, ...facts } = answer;
    const text = Buffer.from(body).toString('utf8');
    if (context.options.json) {
      const similar = question === null ? null : { ...question, vector: [...question.vector] };
      context.print(JSON.stringify({ ...facts, question: similar, body: text }, null, 2));
      return;
    }
    const shown = JSON.stringify(text.slice(0, SHOWN_CHARACTERS));
    context.print(`Id       ${facts.key.slice(0, ID_CHARACTERS)}
Asked    ${JSON.stringify(facts.model)} at ${facts.endpoint}, ${new Date(facts.createdAtMs).toISOString()}
Expires  ${new Date(facts.expiresAtMs).toISOString()}
Cost     ${formatUsd(facts.costNanoUsd)}, saved by each use
Kept as  ${facts.form === 'stream' ? 'event stream' : 'document'}, ${body.byteLength} bytes
${question === null ? 'Similar  prompts do not find it' : similarInWords(question)}
${shown}${text.length > SHOWN_CHARACTERS ? '…' : ''}`);
  },
};

function similarInWords({ text, embedder, standing }: StoredQuestion): string {
  const { prompts, promptsAllowed, agreed, disagreed, distanceBelow } = standing;
  const state =
    distanceBelow === null
      ? 'serves similar prompts'
      : distanceBelow === 0
        ? 'serves similar prompts no more'
        : `serves prompts nearer than ${distanceBelow.toFixed(4)}`;
  return `Prompt   ${JSON.stringify(text)}
Similar  ${state}: ${prompts} different ones so far, ${promptsAllowed} before a check must agree; checks: ${agreed} agreed, ${disagreed} did not
Embedder ${embedder}`;
}
