// The chunks of a completion (OpenAI and compatible servers) as the events of a Messages answer (Anthropic).
//
// States: before the first chunk → speaking (at most one block is open) → ended ([DONE], an error, or something that
// cannot be translated). Usage may follow the finish reason, so the last events wait for the end of the stream.

import { TokenWatchError } from '../core/errors.ts';
import { asArray, asObject, asText, type JsonObject, parseJson } from '../protocols/json-value.ts';
import { SseDecoder } from '../protocols/sse-decoder.ts';
import { messageHead, spoken, usageOf } from './answer-to-messages.ts';
import { callIdOf } from './call-id.ts';
import { stopDetails, stopReason, untranslatableAnswer } from './endings.ts';
import { chunkErrorToEvent } from './error-bodies.ts';
import { FOREIGN_SIGNATURE } from './reasoning.ts';
import type { AnswerContext, StreamTranslation } from './translator.ts';
import { MESSAGE_USAGE_REST, usageToMessages } from './usage.ts';

interface OpenBlock {
  readonly kind: 'text' | 'thinking' | 'call';
  /** Of a call: its place among the calls, and its id where the server gave one. */
  readonly position: number;
  readonly id: string | null;
}

export class StreamToMessages implements StreamTranslation {
  readonly #context: AnswerContext;
  readonly #decoder = new SseDecoder((data) => this.#take(data));
  #output: string[] = [];
  #head: JsonObject | null = null;
  #block: OpenBlock | null = null;
  #blocks = 0;
  #calls = 0;
  #isRefused = false;
  #finish: string | null = null;
  #usage: JsonObject | null = null;
  #ended = false;
  failure: TokenWatchError | null = null;

  constructor(context: AnswerContext) {
    this.#context = context;
  }

  get isWhole(): boolean {
    return this.#ended;
  }

  push(bytes: Uint8Array): Uint8Array {
    this.#decoder.push(bytes);
    return this.#taken();
  }

  end(): Uint8Array {
    this.#decoder.flush();
    // Not every server says [DONE]; the finish reason tells that the answer is whole.
    if (this.#finish !== null) this.#guard(() => this.#stop());
    return this.#taken();
  }

  #taken(): Uint8Array {
    const text = this.#output.join('');
    this.#output = [];
    return Buffer.from(text, 'utf8');
  }

  #take(data: string): void {
    this.#guard(() => {
      if (data.trim() === '[DONE]') this.#stop();
      else this.#translate(asObject(parseJson(data)) ?? {});
    });
  }

  #guard(work: () => void): void {
    if (this.#ended) return;
    try {
      work();
    } catch (error) {
      const known = error instanceof TokenWatchError;
      this.failure = known ? error : untranslatableAnswer(String(error));
      this.#fail({ message: this.failure.message });
    }
  }

  #translate(chunk: JsonObject): void {
    const error = asObject(chunk.error);
    if (error !== null) {
      this.#fail(error);
      return;
    }
    this.#usage = usageOf(chunk) ?? this.#usage;
    const choices = asArray(chunk.choices).map(asObject);
    const [choice] = choices;
    if (choice === undefined || choice === null) return;
    if (choices.length > 1 || Number(choice.index ?? 0) !== 0)
      throw untranslatableAnswer('it has several choices');
    if (this.#head === null) this.#start(chunk);
    this.#delta(asObject(choice.delta) ?? {});
    this.#finish = asText(choice.finish_reason) ?? this.#finish;
  }

  #start(chunk: JsonObject): void {
    this.#head = messageHead(chunk);
    // How much was read is told at the end.
    const usage = { ...MESSAGE_USAGE_REST, ...usageToMessages(null) };
    const message = {
      ...this.#head,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      stop_details: null,
    };
    this.#say({ type: 'message_start', message: { ...message, usage } });
  }

  #delta(delta: JsonObject): void {
    const { text, thought } = spoken(delta);
    const refusal = asText(delta.refusal);
    if (asObject(delta.function_call) !== null) throw untranslatableAnswer('it calls a function the old way');
    if (refusal !== null) this.#isRefused = true;
    if (thought !== '' && this.#context.wish.thoughts) {
      this.#open('thinking', { type: 'thinking', thinking: '', signature: '' });
      this.#add({ type: 'thinking_delta', thinking: thought });
    }
    const words = text + (refusal ?? '');
    if (words !== '') {
      this.#open('text', { type: 'text', text: '', citations: null });
      this.#add({ type: 'text_delta', text: words });
    }
    for (const call of asArray(delta.tool_calls)) this.#call(asObject(call) ?? {});
  }

  #call(part: JsonObject): void {
    const called = asObject(part.function);
    const position = Number(part.index ?? 0);
    const id = asText(part.id);
    const name = asText(called?.name);
    const open = this.#block;
    // A server may number all its calls 0: another id is another call.
    const continues =
      open?.kind === 'call' &&
      open.position === position &&
      (id === null || open.id === null || id === open.id);
    if (!continues) this.#openCall(position, id, name, part);
    const text = typeof called?.arguments === 'string' ? called.arguments : '';
    if (text !== '') this.#add({ type: 'input_json_delta', partial_json: text });
  }

  #openCall(position: number, id: string | null, name: string | null, part: JsonObject): void {
    if (name === null)
      throw untranslatableAnswer(`its call ${position} of a tool has no name where it begins`);
    const block = { type: 'tool_use', id: callIdOf(part, this.#head?.id, this.#calls), name, input: {} };
    this.#calls += 1;
    this.#close();
    this.#begin({ kind: 'call', position, id }, { ...block, caller: { type: 'direct' } });
  }

  #open(kind: 'text' | 'thinking', block: JsonObject): void {
    if (this.#block?.kind === kind) return;
    this.#close();
    this.#begin({ kind, position: 0, id: null }, block);
  }

  #begin(open: OpenBlock, content_block: JsonObject): void {
    this.#block = open;
    this.#say({ type: 'content_block_start', index: this.#blocks, content_block });
  }

  #add(delta: JsonObject): void {
    this.#say({ type: 'content_block_delta', index: this.#blocks, delta });
  }

  #close(): void {
    if (this.#block === null) return;
    if (this.#block.kind === 'thinking') this.#add({ type: 'signature_delta', signature: FOREIGN_SIGNATURE });
    this.#say({ type: 'content_block_stop', index: this.#blocks });
    this.#blocks += 1;
    this.#block = null;
  }

  #stop(): void {
    // A stream that says [DONE] without having finished is broken.
    if (this.#head === null || this.#finish === null) return;
    const stop_reason = stopReason(this.#finish, this.#calls > 0, this.#isRefused);
    this.#close();
    const delta = { stop_reason, stop_sequence: null, stop_details: stopDetails(stop_reason) };
    this.#say({ type: 'message_delta', delta, usage: usageToMessages(this.#usage) });
    this.#say({ type: 'message_stop' });
    this.#ended = true;
  }

  #fail(error: JsonObject): void {
    this.#say(chunkErrorToEvent(error));
    this.#ended = true;
  }

  #say(event: JsonObject): void {
    this.#output.push(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  }
}
