// What tells the turns of one conversation from another: a digest of the first n turns for every n. A prompt that
// begins with all turns of an earlier one continues it.

import { hash } from 'node:crypto';
import type { PromptTurn } from '../protocols/requests/prompt-turns.ts';

/** Digests of the first turn, the first two, …; of all of them last. */
export function turnDigests(turns: readonly PromptTurn[]): readonly string[] {
  let before = '';
  return turns.map(({ role, source }) => {
    before = hash('sha256', `${before}\n${role}\n${JSON.stringify(source, withoutMarks)}`, 'base64url').slice(
      0,
      22,
    );
    return before;
  });
}

/** Marks where a prefix may be cached: clients move them on with every turn. */
const withoutMarks = (name: string, value: unknown): unknown =>
  name === 'cache_control' ? undefined : value;

/**
 * How many turns of a prompt were there before, where it continues one of `parentTurns`: those, and the answer to it,
 * as the client sends it back.
 */
export function turnsBeforeIn(turns: readonly PromptTurn[], parentTurns: number): number {
  const added = turns.slice(parentTurns).findIndex(({ role }) => !ANSWERING.has(role));
  return added === -1 ? turns.length : parentTurns + added;
}

/** Roles, and the kinds of a response's items, that a model writes. */
const ANSWERING: ReadonlySet<string> = new Set(['assistant', 'model', 'reasoning', 'function_call']);

/** What the index gets of an item: what it added to the one before, and its answer. */
export function wordsOf(added: readonly PromptTurn[], answerText: string): string {
  return [...added.map(({ text }) => text), answerText].join('\n').slice(0, WORDS_MAX);
}

const WORDS_MAX = 256 * 1024;
