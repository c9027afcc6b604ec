// How much a stream has generated so far, on the safe side: every text in its events counts that is not known to be
// something else. For whoever must know it before the provider tells the figures; those are another's business.

import type { Framing } from '../../core/protocol.ts';
import { argumentsText } from '../call-arguments.ts';
import { asObject, type JsonObject, parseJson } from '../json/json-value.ts';
import { answerFacts } from '../meters/answer-facts.ts';
import { type EventSink, FramedEvents } from '../streams/framed-events.ts';
import { NOT_GENERATED } from './unnamed-text.ts';

export interface RunningProgress {
  /** Bytes of text, tool calls and whatever else is not known: no tokenizer makes more tokens of them. */
  readonly textBytes: number;
  /** Bytes of thinking that is shown, in whole or as a summary. */
  readonly thinkingBytes: number;
  /** What the provider itself says that it has read, cached or not; null where it has not said so yet. */
  readonly inputTokens: number | null;
  /** Who answers, by the last word on that; null where nothing says so. */
  readonly model: string | null;
}

/** Events that repeat what came before, or say how things stand. */
const SILENT = new Set([
  'ping',
  'message_start',
  'message_delta',
  'message_stop',
  'content_block_stop',
  'error',
]);
const SILENT_RESPONSE =
  /^response\.(?:created|queued|completed|incomplete|failed|(?:.+\.)?(?:in_progress|done|added|searching|interpreting|generating))$/;
/** Of a response's items, those that the model writes; the provider's own tools are another's business. */
const OWN_ITEM =
  /^(?:message|reasoning|(?:function|custom_tool|computer|local_shell|shell|apply_patch)_call)$/;
const WRITTEN = [
  'name',
  'call_id',
  'arguments',
  'input',
  'action',
  'actions',
  'operation',
  'content',
  'summary',
];
const ITEM_ADDED = 'response.output_item.added';
const ITEM_DONE = 'response.output_item.done';
/** What a tool is called with, where it comes as an object: all of it was generated, whatever its members are called. */
const ARGUMENTS = [
  'action',
  'actions',
  'args',
  'arguments',
  'input',
  'operation',
  'parameters',
  'partialArgs',
  'partial_args',
];
const IS_ARGUMENTS: ReadonlySet<string> = new Set(ARGUMENTS);
/** Calls name their function beside what it is called with, or one level below. */
const CALL = ['function', 'functionCall', 'function_call', ...ARGUMENTS];
/** What servers give each call: no text, and about as long as what a model writes around a call. */
const CALL_IDS: ReadonlySet<string> = new Set(['id', 'call_id']);
const THINKING = new Set([
  'reasoning',
  'reasoning_content',
  'reasoning_details',
  'reasoning_text',
  'thinking',
]);
/** Text that waits to be counted; beyond it, its bytes stand. */
const KEPT_BYTES_MAX = 256 * 1024;
const DEPTH_MAX = 32;
/** How an event begins that says its type first. */
const TYPE_FIRST = /^\s*\{\s*"type"\s*:\s*"([\w.]+)"/;
const HEAD_BYTES = 256;
const HEAD_PIECES = 4;

export class RunningText implements EventSink {
  #textBytes = 0;
  #thinkingBytes = 0;
  #inputTokens: number | null = null;
  #model: string | null = null;
  #kept: string[] = [];
  #keptBytes = 0;
  #lostBytes = 0;
  /** Of items that were told again when they were whole. */
  #itemBytes = 0;
  readonly #events = new FramedEvents(this);

  /** How its events are told apart; null for what has none, or is called by another name. */
  set framing(framing: Framing | null) {
    this.#events.framing = framing;
  }

  push(bytes: Uint8Array): void {
    this.#events.push(bytes);
  }

  get progress(): RunningProgress {
    return {
      textBytes: this.#textBytes,
      thinkingBytes: this.#thinkingBytes,
      inputTokens: this.#inputTokens,
      model: this.#model,
    };
  }

  /** The text since it was last taken, thinking with it, and its bytes; and the bytes of what did not fit. */
  takeText(): { readonly text: string; readonly bytes: number; readonly lostBytes: number } {
    const taken = { text: this.#kept.join(''), bytes: this.#keptBytes, lostBytes: this.#lostBytes };
    this.#kept = [];
    this.#keptBytes = 0;
    this.#lostBytes = 0;
    return taken;
  }

  /** Bytes of what is no stream of events. */
  raw(bytes: number): void {
    this.#textBytes += bytes;
    this.#lostBytes += bytes;
  }

  data(data: string): void {
    const document = asObject(parseJson(data.trim()));
    if (document !== null) this.document(document);
    // The last word of a chat, and comments, are no text; anything else may be.
    else if (data.trim() !== '[DONE]') this.#add(data, false);
  }

  document(document: JsonObject): void {
    const facts = answerFacts(document);
    this.#model = facts.model ?? this.#model;
    this.#inputTokens = facts.inputTokens ?? this.#inputTokens;
    const type = typeof document.type === 'string' ? document.type : '';
    if (type === ITEM_ADDED || type === ITEM_DONE) this.#item(asObject(document.item), type === ITEM_DONE);
    if (isSilent(type) && !holdsWords(document)) return;
    this.#walk(document, type.startsWith('response.reasoning'), 0);
  }

  /** Not parsed while others wait: unless it begins by saying that it says nothing new, all its bytes count. */
  large(pieces: readonly Uint8Array[]): void {
    const head = Buffer.concat(pieces.slice(0, HEAD_PIECES)).toString('utf8', 0, HEAD_BYTES);
    const type = TYPE_FIRST.exec(head)?.[1] ?? '';
    if (isSilent(type)) return;
    const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
    if (type.startsWith('response.reasoning')) {
      this.#thinkingBytes += bytes;
      this.#lostBytes += bytes;
    } else this.raw(bytes);
  }

  /** Of a response: who is called when it begins, and at its end what no event has told before. */
  #item(item: JsonObject | null, isDone: boolean): void {
    if (item === null || !OWN_ITEM.test(String(item.type))) return;
    if (isDone) {
      this.#itemBytes += generatedBytes(item);
      const missing = this.#itemBytes - this.#textBytes - this.#thinkingBytes;
      if (missing > 0) this.raw(missing);
    } else if (typeof item.name === 'string') {
      this.#add(item.name, false);
      this.#walk(item.call_id, false, 0);
    }
  }

  #walk(value: unknown, isThinking: boolean, depth: number): void {
    if (typeof value === 'string') this.#add(value, isThinking);
    else if (depth > DEPTH_MAX) this.#add(JSON.stringify(value), isThinking);
    else if (Array.isArray(value)) for (const item of value) this.#walk(item, isThinking, depth + 1);
    else if (typeof value === 'object' && value !== null) this.#walkMembers(value, isThinking, depth);
  }

  #walkMembers(object: object, isThinking: boolean, depth: number): void {
    const isCall = CALL.some((name) => name in object);
    for (const [name, item] of Object.entries(object)) {
      const isWhole = IS_ARGUMENTS.has(name) && typeof item !== 'string';
      if (isWhole) this.#add(argumentsText(item), isThinking);
      else if (!NOT_GENERATED.has(name) || (isCall && CALL_IDS.has(name)))
        this.#walk(item, isThinking || THINKING.has(name), depth + 1);
    }
  }

  #add(text: string, isThinking: boolean): void {
    if (text === '') return;
    const bytes = Buffer.byteLength(text);
    if (isThinking) this.#thinkingBytes += bytes;
    else this.#textBytes += bytes;
    if (this.#keptBytes + bytes > KEPT_BYTES_MAX) {
      this.#lostBytes += bytes;
      return;
    }
    this.#kept.push(text);
    this.#keptBytes += bytes;
  }
}

/** Bytes of what the model wrote of an item that is whole. */
function generatedBytes(item: JsonObject): number {
  const text = new RunningText();
  text.document(Object.fromEntries(WRITTEN.map((name) => [name, item[name]])));
  return text.progress.textBytes + text.progress.thinkingBytes;
}

/** A chat's words, and Gemini's, stand where no event of another API has any. */
const holdsWords = ({ choices, candidates }: JsonObject): boolean =>
  Array.isArray(choices) || Array.isArray(candidates);

const isSilent = (type: string): boolean => SILENT.has(type) || SILENT_RESPONSE.test(type);
