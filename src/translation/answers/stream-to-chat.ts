// The events of a Messages answer (Anthropic) as the chunks of a completion (OpenAI), as they come.
//
// States: before message_start → speaking (blocks come and go) → ended (message_stop, an error event, or something
// that cannot be translated). What follows an end is dropped.

import { TokenWatchError } from '../../core/errors.ts';
import { mergeMessageUsage } from '../../protocols/anthropic/usage.ts';
import { eventsIn, parseAnswer } from '../../protocols/json/answer-json.ts';
import { asObject, asText, type JsonObject } from '../../protocols/json/json-value.ts';
import { SseDecoder } from '../../protocols/streams/sse-decoder.ts';
import type { AnswerContext, StreamTranslation } from '../translator.ts';
import { CallIds, idText } from '../turns/call-id.ts';
import { isAside, refusalText, untranslatableBlock } from './answer-to-chat.ts';
import { boundEvent, finishReason, untranslatableAnswer } from './endings.ts';
import { errorIn, eventErrorToChunk } from './error-bodies.ts';
import { StopTexts } from './stop-texts.ts';
import { usageToChat } from './usage.ts';

/** A block that calls a tool. */
interface Call {
  readonly position: number;
  /** The input that the block began with. */
  readonly input: JsonObject | null;
  hasArguments: boolean;
}

/** What it quotes is a note on its words; the others belong to blocks that stay behind. */
const NOTES: ReadonlySet<unknown> = new Set(['signature_delta', 'citations_delta', 'compaction_delta']);

export class StreamToChat implements StreamTranslation {
  readonly #context: AnswerContext;
  readonly #decoder = new SseDecoder((data) => this.#take(data));
  #output: string[] = [];
  #head: JsonObject | null = null;
  #usage: JsonObject | null = null;
  /** What `message_delta` told about the end. */
  #ending: JsonObject = {};
  readonly #calls = new Map<unknown, Call>();
  readonly #ids: CallIds;
  readonly #stops: StopTexts;
  #ended = false;
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
    // Not every server says message_stop; the stop reason tells that the answer is whole.
    if (asText(this.#ending.stop_reason) !== null) this.#take('{"type":"message_stop"}');
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
    for (const one of eventsIn(data)) {
      const event = asObject(parseAnswer(one));
      if (event !== null) this.#guard(() => this.#translate(event));
    }
  }

  #guard(work: () => void): void {
    if (this.#ended) return;
    try {
      work();
    } catch (error) {
      const known = error instanceof TokenWatchError;
      this.failure = known ? error : untranslatableAnswer(String(error));
      const told = { type: 'api_error', message: this.failure.message };
      this.#say(eventErrorToChunk({ error: told }));
      this.#ended = true;
    }
  }

  #translate(event: JsonObject): void {
    switch (event.type) {
      case 'message_start':
        this.#start(asObject(event.message) ?? {});
        break;
      case 'content_block_start':
        this.#openBlock(event.index, asObject(event.content_block) ?? {});
        break;
      case 'content_block_delta':
        this.#delta(event.index, asObject(event.delta) ?? {});
        break;
      case 'content_block_stop':
        this.#closeBlock(event.index);
        break;
      case 'message_delta':
        this.#ending = { ...this.#ending, ...asObject(event.delta) };
        this.#count(event.usage);
        break;
      case 'message_stop':
        this.#stop();
        break;
      case 'error':
        this.#fail(event);
        break;
      // Some servers leave it to the event's name to say that it is an error.
      case undefined:
        if (errorIn(event) !== null) this.#fail(event);
    }
  }

  #fail(event: JsonObject): void {
    this.#say(eventErrorToChunk(event));
    this.#ended = true;
  }

  #start(message: JsonObject): void {
    this.#count(message.usage);
    // Some servers begin twice.
    if (this.#head !== null) return;
    this.#head = {
      id: idText(message.id),
      object: 'chat.completion.chunk',
      created: this.#context.createdAtSeconds,
      model: idText(message.model),
    };
    this.#chunk({ role: 'assistant', content: '', refusal: null });
  }

  #count(value: unknown): void {
    const usage = asObject(value);
    if (usage !== null) this.#usage = mergeMessageUsage(this.#usage, usage);
  }

  #openBlock(index: unknown, block: JsonObject): void {
    if (this.#stops.found !== null) return;
    if (block.type === 'tool_use') {
      this.#sayRest();
      const call = { position: this.#calls.size, input: asObject(block.input), hasArguments: false };
      this.#calls.set(index, call);
      const name = this.#context.wish.toolNames.original(asText(block.name) ?? '');
      const named = { name, arguments: '' };
      this.#chunk({
        tool_calls: [
          {
            index: call.position,
            id: this.#ids.fresh(block, this.#head?.id, call.position),
            type: 'function',
            function: named,
          },
        ],
      });
    } else if (block.type === 'text') this.#words('content', block.text);
    else if (block.type === 'thinking') this.#words('reasoning_content', block.thinking);
    else if (!isAside(block)) throw untranslatableBlock(block);
  }

  #delta(index: unknown, delta: JsonObject): void {
    if (delta.type === 'text_delta') this.#words('content', delta.text);
    else if (delta.type === 'thinking_delta') this.#words('reasoning_content', delta.thinking);
    else if (delta.type === 'input_json_delta') this.#arguments(index, asText(delta.partial_json) ?? '');
    else if (!NOTES.has(delta.type))
      throw untranslatableAnswer(`its stream has a delta of type "${delta.type}"`);
  }

  #words(name: 'content' | 'reasoning_content', text: unknown): void {
    if (typeof text !== 'string' || this.#stops.found !== null) return;
    const told = name === 'content' ? this.#stops.take(text) : text;
    if (told !== '') this.#chunk({ [name]: told });
  }

  /** What might have been the beginning of a text that stops. */
  #sayRest(): void {
    const rest = this.#stops.rest();
    if (rest !== '') this.#chunk({ content: rest });
  }

  #arguments(index: unknown, text: string): void {
    const call = this.#calls.get(index);
    if (call === undefined || text === '') return;
    call.hasArguments = true;
    this.#chunk({ tool_calls: [{ index: call.position, function: { arguments: text } }] });
  }

  /** A call without input says nothing in its stream; clients parse what they get as JSON. */
  #closeBlock(index: unknown): void {
    const call = this.#calls.get(index);
    if (call !== undefined && !call.hasArguments) this.#arguments(index, JSON.stringify(call.input ?? {}));
  }

  #stop(): void {
    // Not every server closes its blocks.
    for (const index of this.#calls.keys()) this.#closeBlock(index);
    this.#sayRest();
    const reason = this.#stops.found === null ? this.#ending.stop_reason : 'stop_sequence';
    const finish = finishReason(reason, this.#calls.size > 0);
    const refusal = refusalText(this.#ending);
    this.#chunk(refusal === null ? {} : { refusal }, finish);
    if (this.#context.wish.streamUsage && this.#usage !== null)
      this.#say({ ...this.#head, choices: [], usage: usageToChat(this.#usage) });
    this.#output.push('data: [DONE]\n\n');
    this.#ended = true;
  }

  #chunk(delta: JsonObject, finish_reason: string | null = null): void {
    if (this.#head === null) throw untranslatableAnswer('its stream has no beginning');
    const choice = { index: 0, delta, logprobs: null, finish_reason };
    const usage = this.#context.wish.streamUsage ? { usage: null } : {};
    this.#say({ ...this.#head, choices: [choice], ...usage });
  }

  #say(chunk: JsonObject): void {
    this.#output.push(`data: ${JSON.stringify(chunk)}\n\n`);
  }
}
