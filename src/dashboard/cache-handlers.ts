// Stored answers by the API: the newest, one of them, and forgetting them.

import type { AnswerFacts, CacheEntries } from '../cache/ports.ts';
import { TokenWatchError } from '../core/errors.ts';
import type { CacheEntryRow } from './contract.ts';
import type { HandlersOf } from './handlers.ts';

/** Endpoints whose answers are kept. */
const PLACES = [
  ['anthropic', 'messages'],
  ['openai', 'chat/completions'],
  ['openai', 'responses'],
  ['openai', 'completions'],
  ['openai', 'embeddings'],
] as const;
const LISTED_MAX = 100;
/** How much of an answer is shown. */
const SHOWN_CHARACTERS = 20_000;

export function cacheHandlers(
  entries: CacheEntries,
): HandlersOf<'cacheEntries' | 'cacheEntry' | 'cacheClear'> {
  return {
    cacheEntries: async () => {
      const lists = await Promise.all(
        PLACES.map(([protocol, endpoint]) => entries.recentAnswers(protocol, endpoint, LISTED_MAX)),
      );
      const newest = lists.flat().sort((a, b) => b.createdAtMs - a.createdAtMs);
      return { entries: newest.slice(0, LISTED_MAX).map(rowOf) };
    },
    cacheEntry: async ({ id }) => {
      const [answer, another] = await entries.answersById(id);
      if (answer === undefined)
        throw new TokenWatchError('no_data', `No stored answer has an id that begins with "${id}".`);
      if (another !== undefined)
        throw new TokenWatchError('invalid_argument', `Several ids begin with "${id}". Write more of it.`);
      const { body, ...facts } = answer;
      const text = Buffer.from(body).toString('utf8');
      return {
        entry: { ...facts, bytes: body.byteLength },
        text: text.slice(0, SHOWN_CHARACTERS),
        isWhole: text.length <= SHOWN_CHARACTERS,
      };
    },
    cacheClear: async ({ which }) => {
      const model = /^model:(.+)$/s.exec(which)?.[1] ?? null;
      if (model === null && which !== 'all')
        throw new TokenWatchError(
          'invalid_argument',
          `"${which}" is neither "all" nor "model:NAME": which answers are to be forgotten?`,
        );
      return { cleared: await entries.clearAnswers(model) };
    },
  };
}

function rowOf({
  key,
  model,
  endpoint,
  form,
  bytes,
  hits,
  costNanoUsd,
  ...times
}: AnswerFacts): CacheEntryRow {
  const { createdAtMs, expiresAtMs, lastUsedAtMs } = times;
  return { key, model, endpoint, form, bytes, hits, costNanoUsd, createdAtMs, expiresAtMs, lastUsedAtMs };
}
