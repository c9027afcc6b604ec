// What the pipeline needs to know of a wire protocol. One folder in protocols/ implements each.

import type { TokenWatchError } from './errors.ts';
import type { NanoUsd } from './money.ts';
import type { UsageRun } from './usage.ts';

export type ProtocolName = 'anthropic' | 'openai';

/**
 * What a request can be charged for.
 * - `nothing`: it is on the list of what is known to be free
 * - `text`: the tokens of a text, which can be bounded before the request leaves and estimated after it
 * - `unknown`: anything else. What its answer does not tell is of unknown cost, never free
 */
export type Charge = 'nothing' | 'text' | 'unknown';

/** One of a protocol's operations, recognised from method and path. Unknown ones are forwarded unread. */
export interface Endpoint {
  /** A short stable name for records: `messages`, `chat/completions`, `responses`, `embeddings`, `other` … */
  readonly name: string;
  readonly charge: Charge;
  /** True where the request body is a JSON document that names a model, or settings of one. */
  readonly hasModel: boolean;
  /** The model where the path itself names it (`/model/…/invoke`, `/models/…:generateContent`); null elsewhere. */
  readonly model: string | null;
  /** True where a response can carry usage that is charged. */
  readonly metered: boolean;
  /** True where usage in a stream must be asked for (`stream_options.include_usage`). */
  readonly asksForStreamUsage: boolean;
}

/** False only for what is known to be free: everything else counts as what may cost money. */
export function mayCost({ charge }: Pick<Endpoint, 'charge'>): boolean {
  return charge !== 'nothing';
}

/** Stands for the method of a WebSocket's handshake, which is a GET on the wire. */
export const WEBSOCKET_METHOD = 'WEBSOCKET';

/** What the pipeline reads from a request body. Fields that are absent or of the wrong type are null. */
export interface RequestFacts {
  readonly model: string | null;
  readonly stream: boolean;
  /** The client's own bound on generated tokens. */
  readonly maxOutputTokens: number | null;
  /** The session id that known clients put into bodies (Claude Code's `metadata.user_id`, `prompt_cache_key` …). */
  readonly sessionId: string | null;
  /** The end user that a body names (OpenAI's `safety_identifier` and `user`, Anthropic's `metadata.user_id`). */
  readonly userId: string | null;
  readonly serviceTier: string | null;
  /** Anthropic's `speed` (`fast`), which changes the price. */
  readonly speed: string | null;
  /** True when the stream's usage must be asked for and was not. Only for endpoints that ask for it. */
  readonly lacksStreamUsage: boolean;
  /** Whether its `stream_options` are set, to whatever. */
  readonly hasStreamOptions: boolean;
}

/** What a meter has seen when the response ends, whole or broken. */
export interface MeterReading {
  /** The response's own model, which decides the price. */
  readonly model: string | null;
  /** The provider's id of the object in the body (`msg_…`, `chatcmpl-…`, `resp_…`). */
  readonly responseId: string | null;
  /** The provider's figures, one entry per model run; empty when none arrived. */
  readonly runs: readonly UsageRun[];
  /** False when the figures are known to be partial (a stream cut before its last usage). */
  readonly usageIsFinal: boolean;
  /** The cost that the provider itself reported, where it does. */
  readonly reportedCostNanoUsd: NanoUsd | null;
  /** That cost is what was taken from the account, as resellers state it. */
  readonly reportedIsCharge: boolean;
  /** True where the answer holds more that is charged, at a price that is not known: pictures, minutes, searches. */
  readonly hasUnpricedParts: boolean;
  /** True where the work goes on at the provider, and its figures come with a later answer (background responses). */
  readonly isDeferred: boolean;
  /** True where the answer says that it was given when it was asked for: who fetches it later pays nothing. */
  readonly wasGivenAtOnce: boolean;
  /** True for an event stream that was read to its end and lacks its protocol's last word. */
  readonly isCutShort: boolean;
  readonly finishReason: string | null;
  /** The type or code of an error that the body reported (also inside a 200 stream). */
  readonly errorCode: string | null;
  /** True when the body reached its protocol's end (`message_stop`, `[DONE]`, a whole JSON document). */
  readonly complete: boolean;
  /** Set where the same usage can be fetched again (Responses API objects, batch results): charge it once. */
  readonly billingKey: string | null;
  /** Results that are fetched in parts or again, line by line; `runs` has all of them. Null for every other answer. */
  readonly lines: readonly UsageLine[] | null;
}

/** What one line of results used. */
export interface UsageLine {
  /** Tells it from the others, without blanks. */
  readonly mark: string;
  readonly runs: readonly UsageRun[];
}

/**
 * Watches one decoded response body as it passes. Never throws, never holds bytes back; a fault inside
 * costs at most this request's figures.
 */
export interface Meter {
  /** The bytes must not change afterwards: they may be read later. */
  push(bytes: Uint8Array): void;
  /** Called once, when the body ended or broke. */
  end(): MeterReading;
  /** The generated text seen so far (bounded), for estimating tokens where the provider sent no usage. */
  generatedText(): string;
  /** Not all of it will be pushed, and nothing more: what waits is thrown away. */
  giveUp(): void;
}

/** A document that takes too long to be parsed while others wait. */
export interface LargeDocument {
  readonly pieces: readonly Uint8Array[];
  /** True where its usage and a few plain members are all that is asked of it. */
  readonly needsOutlineOnly: boolean;
  /** To be called once, whoever parsed it. Null where nobody could. */
  readonly take: (parsed: ParsedDocument | null) => void;
}

/** What was found in a large document; long texts may be cut. */
export interface ParsedDocument {
  /** One as a rule; several where each line is one; none where it is no JSON. */
  readonly documents: readonly unknown[];
  /** False for a list that broke off: its elements are what was whole of it. */
  readonly isWhole: boolean;
  /** Only its usage and a few plain members were read, though more was asked for. */
  readonly isOutline: boolean;
}

/** A meter that can leave what is large to somebody else. */
export interface BodyMeter extends Meter {
  /**
   * What is to be parsed before anything more is pushed, or the end is asked for; null as a rule. `hasEnded` tells that
   * nothing more comes. Where nobody asks, the meter parses it itself.
   */
  large(hasEnded: boolean): LargeDocument | null;
  /** Of what was pushed, how much it keeps for what is still to come. */
  readonly heldBytes: number;
}

/** Watches the messages that a server sends over a WebSocket, each as it was parsed. Never throws. */
export interface MessageMeter {
  read(message: unknown): void;
  /** Told of the first messages of the client, where the server's alone do not say what is paid for. */
  readAsked?(message: unknown): void;
  /** Of the answer that has ended last, if it can be fetched: its billing key. */
  readonly answerKey: string | null;
  /** How often figures have come so far. */
  readonly figures: number;
  /** May be asked when the session has ended, or while it runs: then what it has used so far. */
  reading(): MeterReading;
}

export interface ResponseHead {
  readonly status: number;
  /** Lower-case media type without parameters, or null. */
  readonly contentType: string | null;
  /** Names and values in turn; left out where none are known. */
  readonly headers?: readonly string[];
}

/** Passes a byte stream on, leaving something out. May hold back only what it cannot judge yet. */
export interface ByteFilter {
  push(bytes: Uint8Array): Uint8Array;
  /** At the end: what was held back. */
  flush(): Uint8Array;
}

/** How to get usage out of a stream whose client did not ask for it, without the client noticing. */
export interface StreamUsage {
  /** The body with the question inserted and every other byte kept; null where it cannot be inserted. */
  ask(body: Buffer, facts: Pick<RequestFacts, 'hasStreamOptions'>): Buffer | null;
  /** Takes the extra answer out of the stream again. */
  filter(): ByteFilter;
}

/**
 * How the events of a stream are told apart.
 * - `events`: server-sent events
 * - `lines`: a JSON document a line
 * - `list`: the elements of one JSON list
 * - `messages`: Amazon's own, of bytes
 */
export type Framing = 'events' | 'lines' | 'list' | 'messages';

/** An answer as it was received: a whole document, or the bytes of its event stream. */
export interface StoredAnswer {
  readonly form: 'document' | 'stream';
  readonly body: Uint8Array;
}

/** How a client wants a stored answer. */
export interface ReplayForm {
  readonly stream: boolean;
  /** Whether its stream is to end with the usage, where streams leave that to the client. */
  readonly streamUsage: boolean;
}

export interface Protocol {
  /** Null where a stream always carries its usage. */
  readonly streamUsage: StreamUsage | null;
  readonly name: ProtocolName;
  /**
   * Recognises the operation. `path` is what follows the mount (`/v1/messages`), without the query. `method` is
   * `WEBSOCKET_METHOD` for a WebSocket.
   */
  endpoint(method: string, path: string): Endpoint;
  /** Reads a parsed body. Must accept any JSON value. */
  readRequest(endpoint: Endpoint, body: unknown): RequestFacts;
  /** The operation, as what its body says makes it: a free one may cost with another maker's model. */
  refined(endpoint: Endpoint, facts: RequestFacts, body: unknown): Endpoint;
  /** All text that the model will read (system, messages, tools), for token estimates. */
  promptText(endpoint: Endpoint, body: unknown): string;
  /** The meter for a response, or null where nothing is to be counted. `requestedPath` has no query. */
  meter(endpoint: Endpoint, head: ResponseHead, requestedPath: string): BodyMeter | null;
  /** The meter for a WebSocket, or null where nothing is to be counted. */
  messageMeter(endpoint: Endpoint): MessageMeter | null;
  /**
   * A stored answer in the form that a client wants: its bytes where the forms agree, otherwise converted.
   * Null where it cannot be had in that form without loss.
   */
  replay(endpoint: Endpoint, answer: StoredAnswer, form: ReplayForm): Uint8Array | null;
  /** The error body that this protocol's SDKs turn into their typed error. */
  errorBody(error: TokenWatchError, requestId: string, endpoint: Endpoint): unknown;
  /** The error as the last event of a stream of that operation that has already begun, in its framing. */
  errorEvent(
    error: TokenWatchError,
    requestId: string,
    endpoint: Endpoint,
    framing?: Framing,
  ): string | Uint8Array;
}
