// `tokenwatch cache why`: whether a request would be answered from the cache, and what stands in the way.

import { readFileSync } from 'node:fs';
import { type Why, why } from '../../../cache/why.ts';
import { TokenWatchError } from '../../../core/errors.ts';
import { ID_CHARACTERS, withCache } from '../../cache.ts';
import { type Command, JSON_OPTION } from '../../command.ts';

const ENDPOINTS = ['messages', 'chat/completions', 'responses', 'completions', 'embeddings'];

export const cacheWhy: Command = {
  name: 'cache why',
  summary: 'whether a request would be answered from the cache, and why not',
  options: [
    { flags: '--body-file <file>', about: "the request's JSON body" },
    { flags: '--endpoint <name>', about: 'where it goes', standard: 'messages', choices: ENDPOINTS },
    JSON_OPTION,
  ],
  examples: ['tokenwatch cache why --body-file request.json --endpoint chat/completions'],
  async run(context) {
    const body = readBody(context.options.bodyFile);
    const endpoint = String(context.options.endpoint);
    const protocol = endpoint === 'messages' ? 'anthropic' : 'openai';
    const result = await withCache(context, (entries) =>
      why(entries, { protocol, endpoint, body, nowMs: Date.now() }),
    );
    context.print(context.options.json ? JSON.stringify(result, null, 2) : inWords(result));
  },
};

function readBody(file: unknown): string {
  if (typeof file !== 'string')
    throw new TokenWatchError('invalid_argument', 'Give the request with --body-file.');
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new TokenWatchError('invalid_argument', `Cannot read ${file}.`, { cause });
  }
}

function inWords(result: Why): string {
  if (result.verdict === 'ineligible') return `It is not cached: ${result.reason}.`;
  if (result.verdict === 'nothing_stored') return 'It can be cached. No answer of its endpoint is stored.';
  const { answer, differs, isExpired } = result;
  const id = answer.key.slice(0, ID_CHARACTERS);
  const state = isExpired ? ', which has expired' : '';
  if (result.verdict === 'stored')
    return `An answer to it is stored (${id}${state}), for a caller with the same credential, headers and address.`;
  return `It can be cached, and is not stored. The nearest stored request (${id}${state}) differs in: ${differs.join(', ')}.`;
}
