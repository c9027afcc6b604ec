// How much a stream has generated so far, on the safe side: every text in its events counts that is not known to be
// something else. For whoever must know it before the provider tells the figures; those are another's business.

import { asObject, type JsonObject, parseJson } from './json-value.ts';
import { SseDecoder } from './sse-decoder.ts';

export interface RunningProgress {
  /** Bytes of text, tool calls and whatever else is not known: no tokenizer makes more tokens of them. */
  readonly textBytes: number;
  /** Bytes of thinking that is shown, in whole or as a summary. */
  readonly thinkingBytes: number;
  /** What the provider itself says that it has read, cached or not; null where it has not said so yet. */
  readonly inputTokens: number | null;
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
/** Fields that say what a thing is, not what was generated. */
const NOT_GENERATED = new Set([
  'call_id',
  'created',
  'event_id',
  'event_type',
  'finish_reason',
  'id',
  'interaction_id',
  'item_id',
  'logprobs',
  'model',
  'native_finish_reason',
  'obfuscation',
  'object',
  'provider',
  'response_id',
  'role',
  'service_tier',
  'signature',
  'stop_reason',
  'system_fingerprint',
  'timings',
  'type',
  'usage',
  'x_groq',
]);
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

export class RunningText {
  #textBytes = 0;
  #thinkingBytes = 0;
  #inputTokens: number | null = null;
  #kept: string[] = [];
  #keptBytes = 0;
  #lostBytes = 0;
  readonly #decoder = new SseDecoder((data) => this.#read(data));

  push(bytes: Uint8Array): void {
    this.#decoder.push(bytes);
  }

  /** Bytes of what is no event stream. */
  pushRaw(bytes: Uint8Array): void {
    this.#textBytes += bytes.length;
    this.#lostBytes += bytes.length;
  }

  get progress(): RunningProgress {
    return {
      textBytes: this.#textBytes,
      thinkingBytes: this.#thinkingBytes,
      inputTokens: this.#inputTokens,
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

  #read(data: string): void {
    const document = asObject(parseJson(data.trim()));
    if (document === null) {
      // The last word of a chat, and comments, are no text; anything else may be.
      if (data.trim() !== '[DONE]') this.#add(data, false);
      return;
    }
    const type = typeof document.type === 'string' ? document.type : '';
    if (type === 'message_start') this.#readInput(document);
    if (SILENT.has(type) || SILENT_RESPONSE.test(type)) return;
    this.#walk(document, type.startsWith('response.reasoning'), 0);
  }

  #readInput(document: JsonObject): void {
    const usage = asObject(asObject(document.message)?.usage);
    const parts = ['input_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens'];
    const figures = parts.map((name) => usage?.[name] ?? 0);
    if (!figures.every((figure) => typeof figure === 'number' && figure >= 0)) return;
    const tokens = Math.ceil((figures as number[]).reduce((sum, figure) => sum + figure, 0));
    // Some servers say zero here and tell the truth at the end.
    if (tokens > 0 && Number.isSafeInteger(tokens)) this.#inputTokens = tokens;
  }

  #walk(value: unknown, isThinking: boolean, depth: number): void {
    if (typeof value === 'string') this.#add(value, isThinking);
    else if (depth > DEPTH_MAX) this.#add(JSON.stringify(value), isThinking);
    else if (Array.isArray(value)) for (const item of value) this.#walk(item, isThinking, depth + 1);
    else if (typeof value === 'object' && value !== null)
      for (const [name, item] of Object.entries(value))
        if (!NOT_GENERATED.has(name)) this.#walk(item, isThinking || THINKING.has(name), depth + 1);
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
