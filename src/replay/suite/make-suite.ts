// A suite made of stored prompts: each asks the same again, and asserts what can be said of its answer without a
// person. It is a beginning to be edited.

import { stringify } from 'yaml';
import type { ItemContent } from '../../archive/item-content.ts';
import type { ItemFacts } from '../../archive/ports.ts';
import { answerContent } from '../../protocols/answer-content.ts';
import { promptTurns } from '../../protocols/requests/prompt-turns.ts';
import { jsonIn } from '../agreement.ts';

const DESCRIPTION_CHARACTERS = 60;
/** Longer texts are not read whole by the embedder that compares them. */
const SIMILAR_CHARACTERS_MAX = 800;
const SIMILARITY = 0.7;

export function makeSuite(
  prompts: readonly { readonly facts: ItemFacts; readonly content: ItemContent }[],
): string {
  const tests = prompts.map(({ facts, content }) => {
    const question = promptTurns(content.request).findLast(({ role }) => role === 'user')?.text ?? '';
    return {
      description:
        `${facts.id.slice(-8)} ${question.replace(/\s+/g, ' ').slice(0, DESCRIPTION_CHARACTERS)}`.trim(),
      api: facts.protocol,
      path: facts.path,
      request: content.request,
      assert: assertionsFor(content.answer),
    };
  });
  return stringify({ description: 'Made of stored prompts', tests }, { lineWidth: 0 });
}

function assertionsFor(answer: unknown): readonly object[] {
  const said = answerContent(answer);
  if (said === null) return [];
  const assertions: object[] = [{ type: said.isRefusal ? 'is-refusal' : 'not-is-refusal' }];
  if (said.toolCalls.length > 0)
    assertions.push(
      { type: 'tool-call-f1', value: said.toolCalls, threshold: 1 },
      { type: 'is-valid-openai-tools-call' },
    );
  else if (jsonIn(said.text) !== undefined) assertions.push({ type: 'is-json' });
  else if (said.text.trim() !== '' && said.text.length <= SIMILAR_CHARACTERS_MAX)
    assertions.push({ type: 'similar', value: said.text, threshold: SIMILARITY });
  return assertions;
}
