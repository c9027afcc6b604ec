// The chunks of a completion (OpenAI and compatible servers) as the events of a Messages answer (Anthropic).
//
// States: before the first chunk → speaking (blocks one after another) → ended ([DONE], an error, or something that
// cannot be translated). Usage may follow the finish reason, so the last events wait for the end of the stream.

import { TokenWatchError } from '../../core/errors.ts';
import { eventsIn, parseAnswer } from '../../protocols/json/answer-json.ts';
import { asArray, asObject, asText, type JsonObject } from '../../protocols/json/json-value.ts';
import { mergeUsage } from '../../protocols/meters/merge-usage.ts';
import { SseDecoder } from '../../protocols/streams/sse-decoder.ts';
import { FOREIGN_SIGNATURE } from '../fields/reasoning.ts';
import type { AnswerContext, StreamTranslation } from '../translator.ts';
import { CallIds } from '../turns/call-id.ts';
import { argumentsOf, messageHead, spoken, stoppedBy, usageOf } from './answer-to-messages.ts';
import { type Block, type BlockKind, BlockQueue, type BlockSink } from './block-queue.ts';
import { boundEvent, isFailure, stopDetails, stopReason, untranslatableAnswer } from './endings.ts';
import { chunkErrorToEvent, errorIn } from './error-bodies.ts';
import { StopTexts } from './stop-texts.ts';
import { MESSAGE_USAGE_REST, usageToMessages } from './usage.ts';

/** A second or two of what a model thinks. */
const UNTOLD_EVENTS_MAX = 32;

export class StreamToMessages implements StreamTranslation {
  readonly #context: AnswerContext;
  readonly #decoder = new SseDecoder((data) => this.#take(data));
  #output: string[] = [];
  #head: JsonObject | null = null;
  readonly #blocks = new BlockQueue(this.#sink());
  /** What was said since, and is blank. */
  #blank = '';
  #calls = 0;
  readonly #ids: CallIds;
  readonly #stops: StopTexts;
  #isRefused = false;
  #finish: string | null = null;
  #stoppedBy: string | null = null;
  #usage: JsonObject | null = null;
  #ended = false;
  /** Events that came since something was said. */
  #untoldEvents = 0;
  failure: TokenWatchError | null = null;

  constructor(context: AnswerContext) {
    this.#context = context;
    this.#ids = new CallIds(context.wish.callIds);
    this.#stops = new StopTexts(context.wish.stops);
  }

  get isWhole(): boolean {
    return this.#ended;
  }

  get heldBytes(): number {
    return this.#decoder.heldBytes;
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
    if (data === '') return;
    this.#guard(() => boundEvent(data));
    if (this.#ended) return;
    for (const event of eventsIn(data))
      this.#guard(() => {
        if (event.trim() === '[DONE]') this.#done();
        else this.#translate(objectIn(parseAnswer(event)));
      });
    this.#sayThatItGoesOn();
  }

  /** Clients give a stream up that says nothing while there is much that they do not get: thoughts, calls in turns. */
  #sayThatItGoesOn(): void {
    this.#untoldEvents += 1;
    if (this.#untoldEvents >= UNTOLD_EVENTS_MAX && this.#head !== null && !this.#ended)
      this.#say({ type: 'ping' });
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
    const error = errorIn(chunk);
    if (error !== null) {
      this.#fail(error);
      return;
    }
    const told = usageOf(chunk);
    if (told !== null) this.#usage = mergeUsage(this.#usage, told);
    const choices = asArray(chunk.choices).map(asObject);
    const [choice] = choices;
    if (choice === undefined || choice === null) return;
    if (choices.length > 1 || Number(choice.index ?? 0) !== 0)
      throw untranslatableAnswer('it has several choices');
    if (this.#head === null) this.#start(chunk);
    // Some servers stream whole messages.
    this.#delta(asObject(choice.delta) ?? asObject(choice.message) ?? {});
    this.#stoppedBy = stoppedBy(choice) ?? this.#stoppedBy;
    const finish = asText(choice.finish_reason);
    if (finish !== null && isFailure(finish))
      this.#fail({ message: `The upstream ended its answer with "${finish}".` });
    // Some servers have an empty word in every chunk.
    else if (finish !== null && finish !== '') this.#finish = finish;
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
    if (this.#stops.found !== null) return;
    const refusal = asText(delta.refusal);
    if (refusal !== null) this.#isRefused = true;
    if (thought !== '' && this.#context.wish.thoughts) this.#speak('thinking', thought);
    this.#speakWords(this.#stops.take(text) + (refusal ?? ''));
    if (this.#stops.found !== null) return;
    const calls = asArray(delta.tool_calls);
    if (calls.length > 0) this.#speakWords(this.#stops.rest());
    for (const call of calls) this.#call(asObject(call) ?? {});
    // The old way.
    if (asObject(delta.function_call) !== null) this.#call({ index: 0, function: delta.function_call });
  }

  /** Blanks before the first word, which some servers write before a call, are no text of their own. */
  #speakWords(words: string): void {
    const whole = this.#blank + words;
    const isBlank = whole.trim() === '' && this.#blocks.last?.kind !== 'text';
    this.#blank = isBlank ? whole : '';
    if (!isBlank && whole !== '') this.#speak('text', whole);
  }

  #speak(kind: 'text' | 'thinking', text: string): void {
    const { last } = this.#blocks;
    const block =
      last?.kind === kind ? last : this.#blocks.push({ kind, place: null, id: null, head: HEADS[kind] });
    this.#blocks.add(block, text);
  }

  #call(part: JsonObject): void {
    const called = asObject(part.function);
    const name = asText(called?.name) || null;
    // Some servers fill the place of calls where there are none.
    if (called?.name === '' && argumentsOf(called) === '' && this.#callOf(part, null) === null) return;
    this.#blank = '';
    const block = this.#callOf(part, name) ?? this.#newCall(part);
    if (block.head === null && name !== null) {
      block.head = this.#callHead(block, name);
      this.#blocks.named();
    }
    this.#blocks.add(block, argumentsOf(called));
  }

  /** The call that a part goes on with. A server may number all its calls 0, number none, or give no ids. */
  #callOf(part: JsonObject, name: string | null): Block | null {
    const id = idOf(part);
    const place = placeOf(part);
    const same = id === null ? null : this.#blocks.callOf(id);
    if (same !== null && !isAnother(same, place, name)) return same;
    const found = this.#blocks.callAt(place);
    if (found === null || name === null) return found;
    const isOther =
      (id !== null && found.id !== null) ||
      found.scanner.isWhole ||
      (found.head !== null && found.head.name !== this.#context.wish.toolNames.original(name));
    return isOther ? null : found;
  }

  #newCall(part: JsonObject): Block {
    return this.#blocks.push({ kind: 'call', place: placeOf(part), id: idOf(part), head: null });
  }

  #callHead({ id }: Block, name: string): JsonObject {
    const block = {
      type: 'tool_use',
      id: this.#ids.fresh({ id }, this.#head?.id, this.#calls),
      name: this.#context.wish.toolNames.original(name),
      input: {},
    };
    this.#calls += 1;
    return { ...block, caller: { type: 'direct' } };
  }

  #sink(): BlockSink {
    return {
      begin: (index, content_block) => this.#say({ type: 'content_block_start', index, content_block }),
      add: (index, kind, text) =>
        this.#say({ type: 'content_block_delta', index, delta: DELTAS[kind](text) }),
      end: (index, kind) => {
        if (kind === 'thinking') this.#say({ type: 'content_block_delta', index, delta: SIGNATURE_DELTA });
        this.#say({ type: 'content_block_stop', index });
      },
      nameless: () => {
        throw untranslatableAnswer('a call of a tool in it has no name');
      },
    };
  }

  /** Some servers end without a finish reason: what they said is all there is. */
  #done(): void {
    if (this.#finish === null && this.#head !== null) this.#finish = 'stop';
    this.#stop();
  }

  #stop(): void {
    // A stream that says nothing but [DONE] is broken.
    if (this.#head === null || this.#finish === null) return;
    this.#speakWords(this.#stops.rest());
    this.#blocks.finish();
    const { found } = this.#stops;
    const reason = found === null ? stopReason(this.#finish, this.#calls > 0, this.#isRefused) : 'end_turn';
    const stop_sequence = found ?? this.#stoppedBy;
    const stop_reason = stop_sequence !== null && reason === 'end_turn' ? 'stop_sequence' : reason;
    const delta = { stop_reason, stop_sequence, stop_details: stopDetails(stop_reason) };
    this.#say({ type: 'message_delta', delta, usage: usageToMessages(this.#usage) });
    this.#say({ type: 'message_stop' });
    this.#ended = true;
  }

  #fail(error: JsonObject): void {
    this.#say(chunkErrorToEvent(error));
    this.#ended = true;
  }

  #say(event: JsonObject): void {
    this.#untoldEvents = 0;
    this.#output.push(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  }
}

const HEADS: Readonly<Record<'text' | 'thinking', JsonObject>> = {
  text: { type: 'text', text: '', citations: null },
  thinking: { type: 'thinking', thinking: '', signature: '' },
};

const DELTAS: Readonly<Record<BlockKind, (text: string) => JsonObject>> = {
  text: (text) => ({ type: 'text_delta', text }),
  thinking: (thinking) => ({ type: 'thinking_delta', thinking }),
  call: (partial_json) => ({ type: 'input_json_delta', partial_json }),
};

const SIGNATURE_DELTA: JsonObject = { type: 'signature_delta', signature: FOREIGN_SIGNATURE };

/** Gemini's errors come in a list. */
function objectIn(value: unknown): JsonObject {
  return asObject(Array.isArray(value) ? value[0] : value) ?? {};
}

function placeOf(part: JsonObject): number | null {
  return typeof part.index === 'number' ? part.index : null;
}

/** A server may give all its calls one id. */
function isAnother(same: Block, place: number | null, name: string | null): boolean {
  return (
    name !== null && place !== null && same.place !== null && same.place !== place && same.scanner.isWhole
  );
}

function idOf(part: JsonObject): string | null {
  return asText(part.id) || null;
}
