// One stored prompt to be asked of a model: the request as it was, with that model; translated where the model speaks
// the other API.

import { hash } from 'node:crypto';
import type { ItemContent } from '../archive/item-content.ts';
import type { ItemFacts } from '../archive/ports.ts';
import { TokenWatchError } from '../core/errors.ts';
import type { ProtocolName } from '../core/protocol.ts';
import { asObject, type JsonObject } from '../protocols/json/json-value.ts';
import { translatorFor } from '../translation/translators.ts';

export interface ReplayTask {
  /** The same for the same prompt, target and turn: what is paid is known by it. */
  readonly key: string;
  readonly promptId: string;
  readonly target: string;
  /** Where the same is asked again on purpose: 0, 1, … */
  readonly turn: number;
  readonly api: ProtocolName;
  /** Under the API's mount. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject;
}

export interface TaskChoice {
  readonly target: string;
  /** The API that the target speaks; null: the one in which the prompt was recorded. */
  readonly targetApi: ProtocolName | null;
  readonly turn: number;
  /** Bounds the answers of requests that have no bound, or a higher one; null leaves them as they were. */
  readonly outputTokensMax: number | null;
}

const MESSAGES_HEADERS = { 'anthropic-version': '2023-06-01' };
/** By path: how a request says how long its answer may become. */
const OUTPUT_FIELDS = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'];
const OUTPUT_FIELD: Readonly<Record<string, string>> = {
  messages: 'max_tokens',
  responses: 'max_output_tokens',
  'chat/completions': 'max_completion_tokens',
};

/** Throws `not_translatable` for what cannot be asked of it. */
export function replayTask(
  facts: Pick<ItemFacts, 'id' | 'protocol' | 'endpoint' | 'path' | 'headers'>,
  { request }: Pick<ItemContent, 'request'>,
  choice: TaskChoice,
): ReplayTask {
  const { target, targetApi, turn, outputTokensMax } = choice;
  const recorded = asObject(request);
  if (recorded === null)
    throw new TokenWatchError('not_translatable', `The request of ${facts.id} is no JSON object.`);
  // Whole: a stream would only be put together again. The model is the only other thing that changes.
  const { stream: _, stream_options: __, ...rest } = recorded;
  const whole: JsonObject = bounded({ ...rest, model: target }, facts.endpoint, outputTokensMax);
  const api = targetApi ?? facts.protocol;
  if (api === facts.protocol) {
    const headers = { ...(api === 'anthropic' ? MESSAGES_HEADERS : {}), ...facts.headers };
    return {
      key: keyOf(choice, facts.id, whole),
      promptId: facts.id,
      target,
      turn,
      api,
      path: facts.path,
      headers,
      body: whole,
    };
  }
  const translator = translatorFor(facts.protocol, facts.endpoint, api);
  if (translator === null)
    throw new TokenWatchError(
      'not_translatable',
      `Requests of ${facts.endpoint} cannot be translated to the ${api} API.`,
    );
  const { body } = translator.request(whole);
  const headers = api === 'anthropic' ? MESSAGES_HEADERS : {};
  return {
    key: keyOf(choice, facts.id, body),
    promptId: facts.id,
    target,
    turn,
    api,
    path: translator.targetPath,
    headers,
    body,
  };
}

function bounded(body: JsonObject, endpoint: string, most: number | null): JsonObject {
  if (most === null) return body;
  const name = OUTPUT_FIELDS.find((field) => typeof body[field] === 'number') ?? OUTPUT_FIELD[endpoint];
  if (name === undefined) return body;
  const given = body[name];
  return { ...body, [name]: typeof given === 'number' ? Math.min(given, most) : most };
}

function keyOf({ target, turn }: TaskChoice, id: string, body: JsonObject): string {
  return hash('sha256', JSON.stringify([id, target, turn, body])).slice(0, 24);
}
