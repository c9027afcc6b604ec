// A stored Chat Completions answer in the other form: the completion that chunks amount to, and a completion's chunks.

import type { ReplayForm, StoredAnswer } from '../../core/protocol.ts';
import { asArray, asObject, asText, type JsonObject, parseJson } from '../json/json-value.ts';
import { bytesOf, pieces, streamDocuments, textOf } from '../replay-text.ts';
import { UsageChunkFilter } from './stream-usage.ts';

export function replayChat(answer: StoredAnswer, form: ReplayForm): Uint8Array | null {
  if (answer.form === 'stream') {
    if (form.stream) return sameStream(answer.body, form.streamUsage);
    const completion = completionOf(streamDocuments(answer.body));
    return completion === null ? null : bytesOf(JSON.stringify(completion));
  }
  if (!form.stream) return answer.body;
  const completion = asObject(parseJson(textOf(answer.body)));
  const chunks = completion === null ? null : completionChunks(completion, form.streamUsage);
  if (chunks === null) return null;
  return bytesOf(`${chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')}data: [DONE]\n\n`);
}

/** Streams are kept with their usage; a client that did not ask for it does not get it. */
function sameStream(body: Uint8Array, withUsage: boolean): Uint8Array | null {
  if (withUsage) return streamDocuments(body).some((chunk) => asObject(chunk.usage) !== null) ? body : null;
  const filter = new UsageChunkFilter();
  return Buffer.concat([filter.push(body), filter.flush()]);
}

/** Fields of a choice's delta that grow by joining. */
const GROWING = new Set(['content', 'refusal', 'reasoning_content', 'reasoning']);

/** The completion that the chunks amount to; null where a chunk holds what is not known. */
export function completionOf(chunks: readonly JsonObject[]): JsonObject | null {
  const choices = new Map<number, Choice>();
  let head: Record<string, unknown> = {};
  let usage: unknown = null;
  for (const chunk of chunks) {
    const { choices: list, usage: reported, obfuscation: _noise, ...others } = chunk;
    if (others.object !== 'chat.completion.chunk') return null;
    head = { ...head, ...others };
    usage = reported ?? usage;
    for (const item of asArray(list)) {
      const choice = asObject(item);
      if (choice === null) return null;
      const index = Number(choice.index ?? 0);
      const known = choices.get(index) ?? new Choice(index);
      choices.set(index, known);
      if (!known.add(choice)) return null;
    }
  }
  const whole = [...choices.values()].sort((a, b) => a.index - b.index).map((choice) => choice.whole());
  if (whole.length === 0 || whole.includes(null)) return null;
  return { ...head, object: 'chat.completion', choices: whole, ...(usage === null ? {} : { usage }) };
}

class Choice {
  readonly index: number;
  readonly #message: Record<string, unknown> = { role: 'assistant', content: null, refusal: null };
  readonly #calls: Record<string, unknown>[] = [];
  #logprobs: Record<string, unknown[] | null> | null = null;
  #finishReason: string | null = null;

  constructor(index: number) {
    this.index = index;
  }

  add(choice: JsonObject): boolean {
    this.#finishReason = asText(choice.finish_reason) ?? this.#finishReason;
    for (const [name, list] of Object.entries(asObject(choice.logprobs) ?? {})) {
      this.#logprobs ??= {};
      const known = this.#logprobs[name] ?? null;
      if (!Array.isArray(list)) this.#logprobs[name] = known;
      else if (known === null) this.#logprobs[name] = [...list];
      else for (const item of list) known.push(item);
    }
    for (const [name, value] of Object.entries(asObject(choice.delta) ?? {})) {
      if (value === null) continue;
      if (name === 'role') this.#message.role = value;
      else if (GROWING.has(name) && typeof value === 'string')
        this.#message[name] = `${this.#message[name] ?? ''}${value}`;
      else if (name === 'tool_calls') {
        if (!asArray(value).every((item) => this.#addCall(asObject(item)))) return false;
      } else return false;
    }
    return true;
  }

  #addCall(part: JsonObject | null): boolean {
    const { index, function: called, ...others } = part ?? {};
    const position = Number(index ?? 0);
    if (part === null || position > this.#calls.length) return false;
    const known = asObject(this.#calls[position]?.function);
    const given = asObject(called);
    this.#calls[position] = {
      ...this.#calls[position],
      ...present(others),
      function: {
        ...known,
        ...present(given ?? {}),
        arguments: `${known?.arguments ?? ''}${given?.arguments ?? ''}`,
      },
    };
    return true;
  }

  whole(): JsonObject | null {
    if (this.#finishReason === null) return null;
    const calls = this.#calls.length === 0 ? {} : { tool_calls: this.#calls };
    // A model that calls a tool says nothing: `content` is null then, not empty.
    const content = this.#calls.length > 0 && this.#message.content === '' ? { content: null } : {};
    return {
      index: this.index,
      message: { ...this.#message, ...content, ...calls },
      logprobs: this.#logprobs,
      finish_reason: this.#finishReason,
    };
  }
}

/** Later chunks may name a field again without a value. */
function present(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== ''));
}

/** Fields of a message that its chunks can carry. */
const KNOWN_FIELDS = new Set([...GROWING, 'role', 'tool_calls']);

/** The chunks that the provider would have sent for this completion; null where they cannot say it all. */
export function completionChunks(completion: JsonObject, withUsage: boolean): JsonObject[] | null {
  const { choices, usage, ...rest } = completion;
  if (withUsage && asObject(usage) === null) return null;
  const head = { ...rest, object: 'chat.completion.chunk' };
  const noUsage = withUsage ? { usage: null } : {};
  const chunks: JsonObject[] = [];
  for (const item of asArray(choices)) {
    const choice = asObject(item);
    const deltas = choice === null ? null : messageDeltas(asObject(choice.message) ?? {}, choice.logprobs);
    if (choice === null || deltas === null) return null;
    const index = choice.index ?? 0;
    for (const { delta, logprobs } of deltas)
      chunks.push({ ...head, choices: [{ index, delta, logprobs, finish_reason: null }], ...noUsage });
    const last = { index, delta: {}, logprobs: null, finish_reason: choice.finish_reason };
    chunks.push({ ...head, choices: [last], ...noUsage });
  }
  if (withUsage) chunks.push({ ...head, choices: [], usage });
  return chunks;
}

interface Delta {
  readonly delta: JsonObject;
  readonly logprobs: unknown;
}

function messageDeltas(message: JsonObject, logprobs: unknown): Delta[] | null {
  for (const [name, value] of Object.entries(message)) {
    const isNothing = value === null || (Array.isArray(value) && value.length === 0);
    if (!isNothing && !KNOWN_FIELDS.has(name)) return null;
    // A list of parts (Mistral's thinking) grows in no way that all clients read.
    if (!isNothing && GROWING.has(name) && typeof value !== 'string') return null;
  }
  const calls = asArray(message.tool_calls);
  const content = typeof message.content === 'string' ? message.content : null;
  const first = { role: message.role ?? 'assistant', content: content === null ? null : '' };
  const deltas: Delta[] = [{ delta: first, logprobs: null }];
  for (const name of ['reasoning_content', 'reasoning', 'content', 'refusal']) {
    const text = asText(message[name]);
    if (text === null) continue;
    // Log probabilities belong to tokens; all of them go with the whole text.
    const parts = asObject(logprobs) === null ? pieces(text) : [text];
    const carries = name === 'content' || (name === 'refusal' && content === null);
    for (const part of parts)
      deltas.push({ delta: { [name]: part }, logprobs: carries ? (logprobs ?? null) : null });
  }
  for (const [index, item] of calls.entries()) {
    const { function: called, ...others } = asObject(item) ?? {};
    const given = asObject(called);
    if (given === null) return null;
    const opening = { index, ...others, function: { ...given, arguments: '' } };
    deltas.push({ delta: { tool_calls: [opening] }, logprobs: null });
    for (const part of pieces(asText(given.arguments) ?? ''))
      deltas.push({ delta: { tool_calls: [{ index, function: { arguments: part } }] }, logprobs: null });
  }
  return deltas;
}
