// Reads an answer by the API whose form it has, wherever it was reached: gateways answer one API in the form of another,
// and clouds serve each maker's models in its own.

import type { MeterReading } from '../../core/protocol.ts';
import { asObject, type JsonObject } from '../json/json-value.ts';
import { collectText } from '../requests/prompt-text.ts';
import { BoundedText, type DocumentReader } from './metering.ts';

export type Shape = 'messages' | 'chat' | 'responses' | 'gemini' | 'converse' | 'counts';

/** Null for a document that says nothing of whose it is: a sign of life, an error. */
function shapeOf(document: JsonObject): Shape | null {
  const { type, object } = document;
  if (Array.isArray(document.choices)) return 'chat';
  if (typeof type === 'string') {
    if (/^(?:message|content_block)(?:_|$)|^completion$/.test(type)) return 'messages';
    if (type.startsWith('response.')) return 'responses';
  }
  if (typeof object === 'string') {
    if (object.startsWith('chat.completion') || object === 'text_completion') return 'chat';
    if (object === 'response' || object === 'response.compaction') return 'responses';
  }
  if (Array.isArray(document.output) && typeof document.status === 'string') return 'responses';
  if (isGemini(document) || isGemini(asObject(document.response) ?? {})) return 'gemini';
  if (isConverse(document)) return 'converse';
  return COUNTED.some((name) => document[name] !== undefined) ? 'counts' : null;
}

const COUNTED = ['generation', 'prompt_token_count', 'inputTextTokenCount', 'outputText'];
const isGemini = ({ candidates, usageMetadata, promptFeedback }: JsonObject): boolean =>
  Array.isArray(candidates) || asObject(usageMetadata) !== null || asObject(promptFeedback) !== null;
const isConverse = ({
  messageStart,
  contentBlockDelta,
  messageStop,
  stopReason,
  output,
}: JsonObject): boolean =>
  asObject(asObject(output)?.message) !== null ||
  [messageStart, contentBlockDelta, messageStop, stopReason].some((part) => part !== undefined);

/** The last word of a chat, and a page for people, as whoever stands in the way sends. */
const NO_ANSWER = /^\s*(?:\[DONE\]\s*$|<!doctype\s|<html[\s>])/i;

/** In which gateways wrap the answer of another API. */
const WRAPPERS = ['data', 'result', 'response', 'body'] as const;
type Wrapper = (typeof WRAPPERS)[number];

function wrapperOf(document: JsonObject): Wrapper | null {
  const holds = (inner: JsonObject): boolean => shapeOf(inner) !== null || asObject(inner.usage) !== null;
  return WRAPPERS.find((name) => holds(asObject(document[name]) ?? {})) ?? null;
}

type Others = Readonly<Record<Shape, (() => DocumentReader) | null>>;

export class ShapedReader implements DocumentReader {
  readonly #own: DocumentReader;
  readonly #others: Others;
  #reader: DocumentReader | null = null;
  #wrapper: Wrapper | null = null;
  /** What stands in documents that nobody knows: it was generated, for all that can be told. */
  readonly #unknown = new BoundedText();

  /** `own` is the reader of the operation's own form. `others` opens those of the others; null where that is `own`. */
  constructor(own: DocumentReader, others: Others) {
    this.#own = own;
    this.#others = others;
  }

  read(value: unknown): void {
    if (this.#reader !== null) {
      this.#reader.read(this.#unwrapped(value));
      return;
    }
    const document = asObject(value) ?? {};
    const ownShape = shapeOf(document);
    if (ownShape === null) this.#wrapper = wrapperOf(document);
    const answer = this.#unwrapped(value);
    const shape = ownShape ?? shapeOf(asObject(answer) ?? {});
    if (shape === null && this.#wrapper === null) {
      this.#own.read(value);
      this.#unknown.add(collectText(value));
      return;
    }
    this.#reader = (shape === null ? null : this.#others[shape]?.()) ?? this.#own;
    this.#reader.read(answer);
  }

  #unwrapped(value: unknown): unknown {
    return this.#wrapper === null ? value : (asObject(asObject(value)?.[this.#wrapper]) ?? value);
  }

  readText(text: string): void {
    if (this.#reader === null && !NO_ANSWER.test(text)) this.#unknown.add(text);
    this.#current.readText?.(text);
  }

  addsOnly(document: unknown): string | null {
    return this.#wrapper === null ? (this.#reader?.addsOnly?.(document) ?? null) : null;
  }

  addAgain(text: string): void {
    this.#reader?.addAgain?.(text);
  }

  get needsOutlineOnly(): boolean {
    return this.#current.needsOutlineOnly ?? false;
  }

  lacksLastWord(): boolean {
    return this.#current.lacksLastWord?.() ?? false;
  }

  reading(): MeterReading {
    return this.#current.reading();
  }

  generatedText(): string {
    const text = this.#current.generatedText();
    if (text !== '' || this.#reader !== null) return text;
    const { errorCode, runs } = this.#own.reading();
    return errorCode === null && runs.length === 0 ? this.#unknown.toString() : '';
  }

  get #current(): DocumentReader {
    return this.#reader ?? this.#own;
  }
}
