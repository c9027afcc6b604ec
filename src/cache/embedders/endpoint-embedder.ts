// Any OpenAI-compatible `/embeddings`. Sends the text and the operator's own key, never anything of a client's.

import { hash } from 'node:crypto';
import { TokenWatchError } from '../../core/errors.ts';
import { withoutCredentials, withoutKey } from '../../core/without-credentials.ts';
import { answerBytes } from '../../runtime/answer-bytes.ts';
import type { Embedder } from '../embedder.ts';
import { unitLength } from './encoder.ts';

export interface EndpointChoice {
  /** The whole address: `https://api.openai.com/v1/embeddings`. */
  readonly url: string;
  readonly model: string;
  /** Empty where the endpoint needs none. */
  readonly key: string;
  readonly fetch: typeof fetch;
}

const TIMEOUT_MS = 5000;
const FIRST_TIMEOUT_MS = 30_000;
const DIMENSIONS_MAX = 8192;
const FIRST_TEXT = 'dimensions';
const SHOWN_CHARACTERS = 200;
const ANSWER_BYTES_MAX = 1024 * 1024;

export class EndpointEmbedder implements Embedder {
  readonly id: string;
  readonly dimensions: number;
  readonly #choice: EndpointChoice;
  readonly #closing = new AbortController();

  private constructor(choice: EndpointChoice, dimensions: number) {
    this.#choice = choice;
    this.dimensions = dimensions;
    // The dimensions are part of the id: a model of the same name with others is another model.
    this.id = `endpoint:${placeOf(choice.url)}#${choice.model}/${dimensions}`;
  }

  /** `argument`: the address, `#`, and the model. Asks once, to learn how many numbers a vector has. */
  static async open(
    argument: string,
    { key = '', fetch = globalThis.fetch }: Partial<Pick<EndpointChoice, 'key' | 'fetch'>>,
  ): Promise<EndpointEmbedder> {
    const hash = argument.lastIndexOf('#');
    const [url, model] = [argument.slice(0, hash), argument.slice(hash + 1)];
    if (hash < 1 || model === '' || !URL.canParse(url))
      throw new TokenWatchError(
        'invalid_setting',
        `TOKENWATCH_CACHE_EMBEDDER="endpoint:${withoutCredentials(argument)}" is not endpoint:URL#MODEL, such as endpoint:https://api.openai.com/v1/embeddings#text-embedding-3-small.`,
      );
    const choice = { url, model, key, fetch };
    const vector = await embedding(choice, FIRST_TEXT, AbortSignal.timeout(FIRST_TIMEOUT_MS));
    return new EndpointEmbedder(choice, vector.length);
  }

  async embed(text: string): Promise<Float32Array> {
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const vector = await embedding(this.#choice, text, signal);
    if (vector.length !== this.dimensions)
      throw failed(this.#choice, `a vector has ${vector.length} numbers now, and had ${this.dimensions}`);
    return vector;
  }

  async close(): Promise<void> {
    this.#closing.abort();
  }
}

async function embedding(choice: EndpointChoice, text: string, signal: AbortSignal): Promise<Float32Array> {
  const { url, model, key } = choice;
  let answer: string;
  let status: number;
  try {
    const response = await choice.fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(key !== '' && { authorization: `Bearer ${key}` }),
      },
      body: JSON.stringify({ model, input: text, encoding_format: 'float' }),
      // A redirect could carry the key elsewhere.
      redirect: 'error',
      signal,
    });
    status = response.status;
    answer = (await answerBytes(response, ANSWER_BYTES_MAX)).toString('utf8');
  } catch (cause) {
    const reason =
      cause instanceof Error
        ? String((cause.cause as Error | undefined)?.message ?? cause.message)
        : String(cause);
    throw failed(choice, reason, cause);
  }
  if (status !== 200) throw failed(choice, `status ${status}: ${answer.slice(0, SHOWN_CHARACTERS)}`);
  return unitVector(choice, answer);
}

function unitVector(choice: EndpointChoice, answer: string): Float32Array {
  let numbers: unknown;
  try {
    const { data } = JSON.parse(answer) as { data?: readonly { embedding?: unknown }[] };
    numbers = data?.[0]?.embedding;
  } catch (cause) {
    throw failed(choice, 'the answer is no JSON', cause);
  }
  const isVector =
    Array.isArray(numbers) &&
    numbers.length > 0 &&
    numbers.length <= DIMENSIONS_MAX &&
    numbers.every((number) => typeof number === 'number' && Number.isFinite(number));
  if (!isVector) throw failed(choice, 'the answer has no list of numbers at data[0].embedding');
  try {
    return unitLength(Float32Array.from(numbers as readonly number[]));
  } catch (cause) {
    throw failed(choice, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** The address in an id, which is stored and shown: a query may name the model, or hold a key. */
function placeOf(url: string): string {
  const shown = withoutCredentials(url);
  return shown === url ? url : `${shown}${hash('sha256', url).slice(0, 8)}`;
}

/** Some providers repeat the key that they refuse. */
function failed({ url, key }: EndpointChoice, reason: string, cause?: unknown): TokenWatchError {
  const told = `${withoutCredentials(url)}: ${withoutKey(reason, key)}`;
  return new TokenWatchError('embedder_failed', told, { cause });
}
