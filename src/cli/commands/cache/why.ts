// `tokenwatch cache why`: whether a request would be answered from the cache, and what stands in the way.

import type { Audience } from '../../../cache/cache-key.ts';
import { type Why, why } from '../../../cache/why.ts';
import { TokenWatchError } from '../../../core/errors.ts';
import { type CachePolicy, cachePolicy, cacheRuleOf, inOrder } from '../../../policy/cache-policy.ts';
import { optionText } from '../../budgets.ts';
import { ID_CHARACTERS, withCache } from '../../cache.ts';
import { type Command, type CommandContext, JSON_OPTION } from '../../command.ts';
import { ask } from '../../server.ts';
import { similarInWords, similarTo } from '../../similar.ts';
import { readUserText } from '../../user-file.ts';

const AUDIENCES = {
  caller: 'a caller with the same credential',
  app: 'its application',
  all: 'every caller',
} as const;
const ENDPOINTS = ['messages', 'chat/completions', 'responses', 'completions', 'embeddings'];

export const cacheWhy: Command = {
  name: 'cache why',
  summary: 'whether a request would be answered from the cache, and why not',
  options: [
    { flags: '--body-file <file>', about: "the request's JSON body" },
    { flags: '--endpoint <name>', about: 'where it goes', standard: 'messages', choices: ENDPOINTS },
    { flags: '--app <name>', about: 'the application that asks', standard: 'unknown' },
    { flags: '--tag <tag>', about: "the request's tag" },
    JSON_OPTION,
  ],
  examples: ['tokenwatch cache why --body-file request.json --endpoint chat/completions'],
  async run(context) {
    const body = readBody(context.options.bodyFile);
    const endpoint = String(context.options.endpoint);
    const protocol = endpoint === 'messages' ? 'anthropic' : 'openai';
    const app = String(context.options.app);
    const policy = await policyOf(context, app, body);
    const audience: Audience = policy.share === 'app' ? { share: 'app', app } : { share: policy.share };
    const refusal = policy.enabled ? null : `the cache rule "${policy.rule}" switches it off`;
    const { result, similar } = await withCache(context, async (entries, semantic) => {
      const request = { protocol, endpoint, body, nowMs: Date.now(), refusal, audience };
      const exact = await why(entries, request);
      const isEligible = exact.verdict !== 'ineligible';
      const question = { protocol, endpoint, body, audience, policy };
      return {
        result: exact,
        similar: isEligible ? await similarTo(context, entries, semantic, question) : null,
      };
    });
    if (context.options.json) context.print(JSON.stringify({ ...result, similar, policy }, null, 2));
    else {
      context.print(inWords(result, policy));
      if (similar !== null) context.print(similarInWords(similar));
      if (policy.rule !== null && policy.enabled)
        context.print(`The cache rule "${policy.rule}" decides for it.`);
    }
  },
};

function readBody(file: unknown): string {
  if (typeof file !== 'string')
    throw new TokenWatchError('invalid_argument', 'Give the request with --body-file.');
  return readUserText(file);
}

/** What the rules of the data folder say, by the code that serves traffic. */
async function policyOf(context: CommandContext, app: string, body: string): Promise<CachePolicy> {
  const { cacheRules } = await ask(context, 'cacheRules', {});
  const rules = inOrder(cacheRules.map((rule) => cacheRuleOf(rule.name, rule)));
  return cachePolicy(rules, { app, tag: optionText(context, 'tag') ?? null, model: modelOf(body) });
}

function modelOf(body: string): string | null {
  try {
    const { model } = JSON.parse(body) as { model?: unknown };
    return typeof model === 'string' ? model : null;
  } catch {
    // What is no JSON is explained as such.
    return null;
  }
}

function inWords(result: Why, { share }: CachePolicy): string {
  if (result.verdict === 'ineligible') return `It is not cached: ${result.reason}.`;
  if (result.verdict === 'nothing_stored') return 'It can be cached. No answer of its endpoint is stored.';
  const { answer, differs, isExpired } = result;
  const id = answer.key.slice(0, ID_CHARACTERS);
  const state = isExpired ? ', which has expired' : '';
  if (result.verdict === 'stored')
    return `An answer to it is stored (${id}${state}), for ${AUDIENCES[share]} with the same headers and address.`;
  return `It can be cached, and is not stored. The nearest stored request (${id}${state}) differs in: ${differs.join(', ')}.`;
}
