// Stored answers by the API: the newest, one of them, and forgetting them.

import { type AnswerFacts, type AnswerPlace, type CacheEntries, NEWEST } from '../../cache/ports.ts';
import { TokenWatchError } from '../../core/errors.ts';
import type { CacheEntryRow } from '../contract.ts';
import type { HandlersOf } from './handlers.ts';

/** Endpoints whose answers are kept. */
const PLACES = [
  ['anthropic', 'messages'],
  ['openai', 'chat/completions'],
  ['openai', 'responses'],
  ['openai', 'completions'],
  ['openai', 'embeddings'],
] as const;
/** How much of an answer is shown. */
const SHOWN_CHARACTERS = 20_000;

export function cacheHandlers(
  entries: CacheEntries,
): HandlersOf<'cacheEntries' | 'cacheEntry' | 'cacheClear'> {
  return {
    cacheEntries: async ({ limit, cursor }) => {
      const behind = cursor === undefined ? NEWEST : placeOf(cursor);
      // One more than asked for tells whether something follows.
      const lists = await Promise.all(
        PLACES.map(([protocol, endpoint]) => entries.recentAnswers(protocol, endpoint, limit + 1, behind)),
      );
      const newest = lists.flat().sort((a, b) => b.createdAtMs - a.createdAtMs || (a.key < b.key ? 1 : -1));
      const page = newest.slice(0, limit);
      const last = newest.length > limit ? page.at(-1) : undefined;
      return {
        entries: page.map(rowOf),
        nextCursor: last === undefined ? null : `${last.createdAtMs}~${last.key}`,
      };
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
    cacheClear: async ({ id: which }) => {
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

/** Throws `invalid_argument` for what no such list wrote. */
function placeOf(cursor: string): AnswerPlace {
  const [, createdAtMs, key] = /^(\d{1,16})~(.+)$/s.exec(cursor) ?? [];
  if (key !== undefined) return { createdAtMs: Number(createdAtMs), key };
  throw new TokenWatchError('invalid_argument', `cursor="${cursor}" is not where a page of this list ended.`);
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
