// A stored Messages answer in the other form: the message that a stream amounts to, and the stream of a message.

import type { ReplayForm, StoredAnswer } from '../../core/protocol.ts';
import { asArray, asObject, asText, type JsonObject, parseJson } from '../json/json-value.ts';
import { bytesOf, pieces, streamDocuments, textOf } from '../replay-text.ts';
import { mergeMessageUsage } from './usage.ts';

export function replayMessage(answer: StoredAnswer, form: ReplayForm): Uint8Array | null {
  if (form.stream === (answer.form === 'stream')) return answer.body;
  if (form.stream) {
    const message = asObject(parseJson(textOf(answer.body)));
    const events = message === null ? null : messageEvents(message);
    return events === null
      ? null
      : bytesOf(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''));
  }
  const message = messageOf(streamDocuments(answer.body));
  return message === null ? null : bytesOf(JSON.stringify(message));
}

/** The message that the events amount to; null where one of them is not known. */
export function messageOf(events: readonly JsonObject[]): JsonObject | null {
  let message: Record<string, unknown> | null = null;
  let whole: JsonObject | null = null;
  const blocks: Block[] = [];
  for (const event of events) {
    if (event.type === 'ping') continue;
    // One message is one answer; whatever follows its end is not understood.
    if (whole !== null) return null;
    if (event.type === 'message_start') message = { ...asObject(event.message) };
    else if (event.type === 'content_block_start') {
      if (event.index !== blocks.length) return null;
      blocks.push(new Block(asObject(event.content_block) ?? {}));
    } else if (event.type === 'content_block_delta') {
      if (!blocks.at(Number(event.index))?.add(asObject(event.delta) ?? {})) return null;
    } else if (event.type === 'message_delta' && message !== null) {
      const { type: _type, usage, delta, ...others } = event;
      Object.assign(message, others, asObject(delta));
      message.usage = mergeMessageUsage(asObject(message.usage), asObject(usage) ?? {});
    } else if (event.type === 'message_stop' && message !== null) {
      const content = blocks.map((block) => block.whole());
      if (content.includes(null)) return null;
      whole = { ...message, content };
    } else if (event.type !== 'content_block_stop') return null;
  }
  return whole;
}

class Block {
  readonly #block: Record<string, unknown>;
  readonly #citations: unknown[];
  #json = '';

  constructor(start: JsonObject) {
    this.#block = { ...start };
    this.#citations = [...asArray(start.citations)];
  }

  /** False for a kind of delta that is not known. */
  add(delta: JsonObject): boolean {
    const block = this.#block;
    if (delta.type === 'text_delta') block.text = `${block.text ?? ''}${delta.text}`;
    else if (delta.type === 'thinking_delta') block.thinking = `${block.thinking ?? ''}${delta.thinking}`;
    else if (delta.type === 'signature_delta') block.signature = `${block.signature ?? ''}${delta.signature}`;
    else if (delta.type === 'citations_delta') {
      this.#citations.push(delta.citation);
      block.citations = this.#citations;
    } else if (delta.type === 'input_json_delta') this.#json += delta.partial_json;
    else return false;
    return true;
  }

  whole(): JsonObject | null {
    if (this.#json === '') return this.#block;
    const input = asObject(parseJson(this.#json));
    return input === null ? null : { ...this.#block, input };
  }
}

/** The events that the provider would have sent for this message. */
export function messageEvents(message: JsonObject): JsonObject[] | null {
  if (message.type !== 'message') return null;
  const { content, stop_reason, stop_sequence, stop_details, usage, ...head } = message;
  const details = stop_details === undefined ? {} : { stop_details };
  const start = { ...head, content: [], stop_reason: null, stop_sequence: null, usage };
  const events: JsonObject[] = [{ type: 'message_start', message: start }];
  for (const [index, value] of asArray(content).entries()) {
    const block = asObject(value);
    if (block === null) return null;
    const { empty, deltas } = unfold(block);
    events.push({ type: 'content_block_start', index, content_block: empty });
    for (const delta of deltas) events.push({ type: 'content_block_delta', index, delta });
    events.push({ type: 'content_block_stop', index });
  }
  events.push({ type: 'message_delta', delta: { stop_reason, stop_sequence, ...details }, usage });
  events.push({ type: 'message_stop' });
  return events;
}

/** A block as it starts, and what then arrives in it. A kind that is not known arrives whole. */
function unfold(block: JsonObject): { empty: JsonObject; deltas: readonly JsonObject[] } {
  if (block.type === 'text') {
    const citations = asArray(block.citations);
    return {
      empty: { ...block, text: '', ...(citations.length > 0 ? { citations: [] } : {}) },
      deltas: [
        ...citations.map((citation) => ({ type: 'citations_delta', citation })),
        ...pieces(asText(block.text) ?? '').map((text) => ({ type: 'text_delta', text })),
      ],
    };
  }
  if (block.type === 'thinking') {
    return {
      empty: { ...block, thinking: '', signature: '' },
      deltas: [
        ...pieces(asText(block.thinking) ?? '').map((thinking) => ({ type: 'thinking_delta', thinking })),
        { type: 'signature_delta', signature: block.signature ?? '' },
      ],
    };
  }
  const input = asObject(block.input);
  if (input === null || Object.keys(input).length === 0) return { empty: block, deltas: [] };
  const json = pieces(JSON.stringify(input));
  return {
    empty: { ...block, input: {} },
    deltas: json.map((partial_json) => ({ type: 'input_json_delta', partial_json })),
  };
}
