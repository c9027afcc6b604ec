// One request as decisions see it: what a client asks and what was made of it, without its sockets. The proxy decides
// about an exchange, which is a call that can be answered; an explanation decides about a call alone.

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { RingKey } from '../access/keys/key-ring.ts';
import type { TokenWatchError } from '../core/errors.ts';
import { Linked } from '../core/linked-set.ts';
import { type Endpoint, type Protocol, type RequestFacts, WEBSOCKET_METHOD } from '../core/protocol.ts';
import { mergedTag } from '../core/tag.ts';
import type { BaseUrl } from '../core/upstream.ts';
import type { InputReading } from '../ledger/bounds/input-reading.ts';
import type { Plan } from '../policy/plan.ts';
import type { JsonObject } from '../protocols/json/json-value.ts';
import type { AnswerWish, Translator } from '../translation/translator.ts';
import type { Candidate } from '../upstream/candidates.ts';
import { joinUpstreamPath } from '../upstream/join-url.ts';
import type { BodyDigest } from './body-digest.ts';
import { type Caller, readCaller } from './caller.ts';

/** A protocol's mount on the proxy and where it leads. */
export interface Mount {
  readonly path: string;
  readonly protocol: Protocol;
  readonly base: BaseUrl;
}

/** What leaves instead of what the client sent. */
export interface Translation {
  readonly translator: Translator;
  readonly protocol: Protocol;
  readonly endpoint: Endpoint;
  readonly path: string;
  readonly facts: RequestFacts;
  readonly document: JsonObject;
  /** What it makes the model read, where `document` has its long texts cut; null where that is whole. */
  readonly reading: InputReading | null;
  readonly body: Buffer;
  /** How the client wants its answer. */
  readonly wish: AnswerWish;
  /** Fields of the client's of which nothing is left. */
  readonly leftOut: readonly string[];
}

/** A body, and what could be read of it. */
export interface ReadBody {
  /** As it came. */
  readonly bytes: Buffer;
  /** The JSON document in it as UTF-8: the bytes themselves where they are that. Null where none could be read. */
  readonly text: Buffer | null;
  /** The document, parsed; undefined where there is none. */
  readonly document: unknown;
  /** Of a very large one, whose document has its long texts cut; null for every other. */
  readonly digest: BodyDigest | null;
  /** Other models that it names as its own before the last one, which counts. */
  readonly earlierModels: readonly string[];
  /** Why there is none; null where there is. */
  readonly unread: string | null;
}

/** A request as it would leave. */
export interface Prepared {
  /** The parsed body as it came; undefined where it is none. */
  readonly document: unknown;
  /** The body with the planned model, translated where that speaks another API; and the planned one parsed. */
  readonly body: Buffer | null;
  readonly plannedDocument: unknown;
  /** What is read of the planned body, as UTF-8; null where nothing is. */
  readonly text: Buffer | null;
  /** True where `body` is that text, and the client's was in another coding or encoding. */
  readonly isRecoded: boolean;
  /** What the response says of the plan: names and values in turn. */
  readonly headers: readonly string[];
  /** Why it must not leave: it was to be translated, and cannot be. Null as a rule. */
  readonly refusal: TokenWatchError | null;
}

export const NO_FACTS: RequestFacts = {
  model: null,
  stream: false,
  maxOutputTokens: null,
  sessionId: null,
  userId: null,
  serviceTier: null,
  speed: null,
  lacksStreamUsage: false,
  hasStreamOptions: false,
};

export interface CallOptions {
  readonly id: string;
  readonly mount: Mount;
  readonly method: string;
  /** Path and query under the mount. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  /** As they came: flat name, value list. */
  readonly rawHeaders: readonly string[];
  readonly startedAtMs: number;
}

export class Call extends Linked {
  readonly id: string;
  readonly mount: Mount;
  readonly method: string;
  readonly target: string;
  /** The target without its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly startedAtMs: number;
  endpoint: Endpoint;
  facts: RequestFacts = NO_FACTS;
  /** The body as the client sent it, and what is read of it; null where it is streamed through. */
  body: ReadBody | null = null;
  /** What the rules made of it; null where none apply. */
  plan: Plan | null = null;
  /** Who may answer it, in order; null where there is no choice but the mount's own upstream. */
  candidates: readonly Candidate[] | null = null;
  /** The one that is asked, at first the first. */
  candidate: Candidate | null = null;
  /** What leaves instead, where the planned model speaks another API; null: what the client sent, as planned. */
  translation: Translation | null = null;
  /** Why rules that could have changed it did not look at it; null where they did, or none could. */
  unplanned: string | null = null;
  /** The access key that it came with; null without one. */
  grant: RingKey | null = null;
  /** Whether the client's own credentials go on beside it. */
  keepsCredentials = false;
  #caller: Caller | null = null;

  constructor(options: CallOptions) {
    super();
    this.id = options.id;
    this.mount = options.mount;
    this.method = options.method;
    this.target = options.target;
    const query = options.target.indexOf('?');
    this.path = query === -1 ? options.target : options.target.slice(0, query);
    this.headers = options.headers;
    this.rawHeaders = options.rawHeaders;
    this.startedAtMs = options.startedAtMs;
    const method = this.isWebSocket ? WEBSOCKET_METHOD : methodMeant(options.method, options.headers);
    this.endpoint = options.mount.protocol.endpoint(method, this.path);
    if (this.endpoint.model !== null) this.facts = { ...NO_FACTS, model: this.endpoint.model };
  }

  get isWebSocket(): boolean {
    return asksForWebSocket(this);
  }

  /** Asks whether anybody is there, and nothing else. */
  get isProbe(): boolean {
    return this.method === 'HEAD' && /^\/*$/.test(this.path);
  }

  /** Asks for no answer's body: a client that feels its way, to whom a "no" is no failure. */
  get onlyLooks(): boolean {
    return this.method === 'HEAD' || this.method === 'OPTIONS';
  }

  /** Takes the body and its facts in. Returns it parsed; undefined for none, or what cannot be read. */
  read(body: ReadBody | null): unknown {
    this.body = body;
    if (body === null) return undefined;
    const { protocol } = this.mount;
    this.facts = protocol.readRequest(this.endpoint, body.document ?? null);
    this.endpoint = protocol.refined(this.endpoint, this.facts, body.document);
    return body.document;
  }

  /** Takes in what a form says that is streamed through. */
  readForm({ model, stream }: Pick<RequestFacts, 'model' | 'stream'>): void {
    this.facts = { ...NO_FACTS, model: this.endpoint.model ?? model, stream };
  }

  /** Who sends it. To be asked once the body's facts are known. */
  get caller(): Caller {
    this.#caller ??= asGranted(
      readCaller(this.headers, this.facts, this.isProbe ? this.mount.protocol.name : null),
      this.grant,
    );
    return this.#caller;
  }

  /** The name of its access key; null without one. */
  get accessKey(): string | null {
    return this.grant?.key.name ?? null;
  }

  get tag(): string | null {
    return this.plan === null ? this.caller.tag : this.plan.tag;
  }

  /** The model that is asked of the upstream. */
  get model(): string | null {
    return this.plan?.model ?? this.facts.model;
  }

  /** The model by the name that the upstream which is asked has for it. */
  get modelThere(): string | null {
    return this.candidate === null ? this.model : this.candidate.model;
  }

  /** False where the model that is asked there is another than the first candidate would have been asked for. */
  get isAsPlanned(): boolean {
    return this.candidate?.model === this.candidates?.[0]?.model;
  }

  /** Of the upstream that is asked. */
  get base(): BaseUrl {
    return this.candidate?.upstream.base ?? this.mount.base;
  }

  /**
   * What its answers belong to, for the cache: where it is meant to go, and which model is meant by that. Upstreams
   * among which it may choose give the same answer; one that a rule names, or that knows another model, another.
   */
  get logicalUrl(): string {
    const base = this.plan?.upstream?.base ?? this.mount.base;
    const url = base.origin + joinUpstreamPath(base, this.target);
    const model = this.candidates?.[0]?.model ?? this.model;
    return model === this.model ? url : `${url}#${model}`;
  }
}

type Asking = Partial<Pick<IncomingMessage, 'method'>> & Pick<IncomingMessage, 'headers'>;

/**
 * A handshake is a GET without a body (RFC 6455, section 4.1). Another request that asks to upgrade is served as if it
 * had not: its body would be taken for a session's messages here, and for a body by who stands behind.
 */
export function asksForWebSocket({ method, headers }: Asking): boolean {
  if (headers.upgrade?.toLowerCase() !== 'websocket' || method !== 'GET') return false;
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
}

/** Google's servers, and others, take another method from these than the one that a request comes with. */
const READING = new Set(['GET', 'HEAD', 'OPTIONS', 'DELETE']);
const METHOD_HEADERS = ['x-http-method-override', 'x-http-method', 'x-method-override'];

/** What only reads by its method is taken for what a header makes of it; what works stays what it is. */
function methodMeant(method: string, headers: IncomingHttpHeaders): string {
  if (!READING.has(method)) return method;
  const name = METHOD_HEADERS.find((header) => headers[header] !== undefined);
  return name === undefined ? method : String(headers[name]).trim();
}

/** What a key says goes before what its client says; of the tag, facet by facet. */
function asGranted(caller: Caller, grant: RingKey | null): Caller {
  if (grant === null) return caller;
  const { app, user, tag } = grant.key;
  return {
    ...caller,
    app: app ?? caller.app,
    user: user ?? caller.user,
    tag: tag === null ? caller.tag : mergedTag(tag, caller.tag),
  };
}
