// What TokenWatch decided about a request, in the words of `tokenwatch explain-request`; and the request as a command.

import type { RequestRecord } from '../../../src/dashboard/contract.ts';
import { usd } from '../format.ts';

export function decisionsOf(record: RequestRecord): readonly string[] {
  const { tag, routingRule, experiment, variant, modelRequested, modelSent, cacheUse, upstreamName } = record;
  const by =
    routingRule !== null
      ? `rule ${routingRule}`
      : experiment !== null
        ? `variant ${variant} of ${experiment}`
        : null;
  return [
    `Tag: ${tag ?? 'none'}`,
    modelSent === null || modelSent === modelRequested
      ? `Model: ${modelRequested ?? 'none'}${by === null ? ', as asked' : ` (${by})`}`
      : `Model: ${modelRequested ?? 'none'} → ${modelSent}${by === null ? '' : ` (${by})`}`,
    ...(record.unplanned === null ? [] : [`Rules: did not look at it (${record.unplanned})`]),
    ...(record.reservedNanoUsd === null ? [] : [`Budgets: set ${usd(record.reservedNanoUsd)} aside`]),
    ...(cacheUse === null ? [] : [`Cache: ${CACHE_WORDS[cacheUse] ?? cacheUse}`]),
    `Upstream: ${upstreamName ?? 'the default'}`,
  ];
}

const CACHE_WORDS: Readonly<Record<string, string>> = {
  exact: 'answered: the same request had been answered before',
  inflight: 'answered: an identical request was running, and its answer was shared',
  semantic: 'answered: a prompt that asks the same had been answered before',
  shadow: 'had an answer to a similar prompt; the upstream was asked all the same, to check it',
  miss: 'had no answer',
  bypass: 'was not asked',
};

/** What can be told without the body: where to, and with which labels. */
export function curlOf({ protocol, method, path, app, tag, session, modelRequested }: RequestRecord): string {
  const key =
    protocol === 'anthropic' ? 'x-api-key: $ANTHROPIC_API_KEY' : 'authorization: Bearer $OPENAI_API_KEY';
  const headers = [
    'content-type: application/json',
    ...(protocol === 'anthropic' ? ['anthropic-version: 2023-06-01'] : []),
    `x-tokenwatch-app: ${app}`,
    ...(tag === null ? [] : [`x-tokenwatch-tag: ${tag}`]),
    ...(session === null ? [] : [`x-tokenwatch-session: ${session}`]),
  ];
  const base = protocol === 'anthropic' ? 'ANTHROPIC_BASE_URL' : 'OPENAI_BASE_URL';
  const target = protocol === 'anthropic' ? path : path.replace(/^\/v1/, '');
  const body =
    method === 'POST'
      ? ` \\\n  -d ${quoted(
          JSON.stringify({
            model: modelRequested,
            ...(protocol === 'anthropic' && { max_tokens: 256 }),
            messages: [{ role: 'user', content: 'Hello' }],
          }),
        )}`
      : '';
  // Only our own words may be read by the shell: names and paths are what somebody sent.
  const options = [`"${key}"`, ...headers.map(quoted)].map((header) => ` \\\n  -H ${header}`);
  return `curl -g -X ${method} "\${${base}:?}"${quoted(target)}${options.join('')}${body}`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
