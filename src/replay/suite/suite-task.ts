// A test of a suite as a request to a provider.

import { hash } from 'node:crypto';
import { PROTOCOLS } from '../../archive/item-content.ts';
import type { ProtocolName } from '../../core/protocol.ts';
import { asArray, asObject, asText, type JsonObject } from '../../protocols/json/json-value.ts';
import { collectText } from '../../protocols/requests/prompt-text.ts';
import { type ReplayTask, replayTask } from '../replay-task.ts';
import type { Provider, SuiteTest } from './read-suite.ts';

/** Messages wants a bound; where a suite sets none, this one. */
const OUTPUT_TOKENS = 1024;

/** `provider` is null for a whole request that is asked as it stands. Throws `not_translatable`. */
export function suiteTask(test: SuiteTest, provider: Provider | null, index: number): ReplayTask {
  const id = `test-${index}`;
  const { prompt } = test;
  if ('messages' in prompt) {
    if (provider === null) throw new Error('a prompt needs a provider');
    const body = bodyOf(prompt.messages, provider);
    return taskOf(id, provider.model, provider.api, provider.path, body);
  }
  const { api, path, request } = prompt;
  if (provider === null) return taskOf(id, asText(request.model) ?? '', api, path, request);
  const facts = {
    id,
    protocol: api,
    endpoint: PROTOCOLS[api].endpoint('POST', path).name,
    path,
  };
  const choice = { target: provider.model, targetApi: provider.api, turn: index, outputTokensMax: null };
  return replayTask(facts, { request: { ...request, ...provider.config } }, choice);
}

function taskOf(
  promptId: string,
  target: string,
  api: ProtocolName,
  path: string,
  body: JsonObject,
): ReplayTask {
  const key = hash('sha256', JSON.stringify([promptId, api, path, body])).slice(0, 24);
  const headers: Readonly<Record<string, string>> =
    api === 'anthropic' ? { 'anthropic-version': '2023-06-01' } : {};
  const { stream: _, stream_options: __, ...whole } = body;
  return { key, promptId, target, turn: 0, api, path, headers, body: whole };
}

function bodyOf(messages: readonly JsonObject[], { api, path, model, config }: Provider): JsonObject {
  if (api === 'openai')
    return path.endsWith('/responses')
      ? { model, input: messages, ...config }
      : { model, messages, ...config };
  const system = messages.filter(isInstruction).map(({ content }) => collectText(content));
  const rest = messages.filter((message) => !isInstruction(message));
  return {
    model,
    max_tokens: OUTPUT_TOKENS,
    ...(system.length > 0 && { system: system.join('\n') }),
    messages: rest,
    ...config,
  };
}

const isInstruction = ({ role }: JsonObject): boolean => role === 'system' || role === 'developer';

/** The tools of a request by name, with the schemas of their arguments, in whichever API's form. */
export function toolsOf(body: JsonObject): ReadonlyMap<string, unknown> {
  return new Map(
    [...asArray(body.tools), ...asArray(body.functions)].flatMap((value) => {
      const tool = asObject(value) ?? {};
      const inner = asObject(tool.function) ?? tool;
      const name = asText(inner.name);
      return name === null ? [] : [[name, inner.parameters ?? inner.input_schema ?? {}]];
    }),
  );
}
