// The key of a request: equal for requests that must get the same answer, different for all others.
// Whatever is not known to be without meaning is part of it, so that a new field of an API causes misses, never
// a wrong answer.

import { hash } from 'node:crypto';
import { BILLING_HEADER, withoutBillingHeader } from '../core/billing-header.ts';
import { withoutSession } from '../core/claude-code-user.ts';
import { canonicalItems, canonicalMembers, canonicalObject } from './canonical-json.ts';

/** The parts of a key, each a keyed hash: two entries can be compared without keeping the prompt. */
export const KEY_PARTS = [
  'caller',
  'address',
  'headers',
  'model',
  'system',
  'tools',
  'format',
  'turns',
  'parameters',
] as const;
export type KeyPart = (typeof KEY_PARTS)[number];

export interface CacheKey {
  readonly id: string;
  readonly parts: Readonly<Record<KeyPart, string>>;
  /** The turns as they are in the body, in canonical form: field names and values. For this request only. */
  readonly turns: readonly (readonly [name: string, value: string])[];
}

/** Who gets the same answer: who sends the same credential, an application as it names itself, or everybody. */
export type Audience =
  | { readonly share: 'caller' }
  | { readonly share: 'app'; readonly app: string }
  | { readonly share: 'all' };

export interface KeyRequest {
  readonly protocol: string;
  readonly endpoint: string;
  /** Where it goes: origin, path and query. */
  readonly url: string;
  /** As they came: flat name, value list. */
  readonly rawHeaders: readonly string[];
  /** The body as it will leave: with the model that will be paid for. */
  readonly body: string;
  readonly audience: Audience;
}

/** How an answer is delivered, and hints to the provider's own prompt cache: neither changes what it says. */
const WITHOUT_MEANING = new Set(['stream', 'stream_options', 'prompt_cache_key', 'prompt_cache_retention']);

const PART_OF_FIELD: Readonly<Record<string, KeyPart>> = {
  model: 'model',
  system: 'system',
  instructions: 'system',
  tools: 'tools',
  tool_choice: 'tools',
  functions: 'tools',
  function_call: 'tools',
  parallel_tool_calls: 'tools',
  response_format: 'format',
  text: 'format',
  output_config: 'format',
  output_format: 'format',
  messages: 'turns',
  input: 'turns',
  prompt: 'turns',
};

const CREDENTIAL_HEADERS = new Set([
  'authorization',
  'x-api-key',
  'api-key',
  'cookie',
  'proxy-authorization',
]);

/** Transport, tracing, and what clients tell about themselves. */
const HEADERS_WITHOUT_MEANING = new Set([
  'accept',
  'accept-encoding',
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'idempotency-key',
  'keep-alive',
  'sec-fetch-mode',
  'te',
  'traceparent',
  'tracestate',
  'baggage',
  'transfer-encoding',
  'user-agent',
  'x-request-id',
  'x-client-request-id',
  'x-claude-code-session-id',
  'session_id',
  'session-id',
  'x-session-id',
  'x-session-affinity',
  'conversation_id',
]);
const PREFIXES_WITHOUT_MEANING = ['x-stainless-', 'x-tokenwatch-', 'x-b3-'];

export class KeyMaker {
  readonly #secret: string;

  /** `secret` keeps credentials and prompts from being guessed by their hashes. */
  constructor(secret: Uint8Array) {
    this.#secret = Buffer.from(secret).toString('hex');
  }

  /** Null where the body has no canonical form. */
  make(request: KeyRequest): CacheKey | null {
    const members = canonicalMembers(request.body);
    if (members === null) return null;
    const fields: Record<KeyPart, [string, string][]> = Object.fromEntries(
      KEY_PARTS.map((part) => [part, []]),
    ) as unknown as Record<KeyPart, [string, string][]>;
    for (const [name, value] of members) {
      // An own property only: a field may be called "constructor".
      const part = Object.hasOwn(PART_OF_FIELD, name) ? PART_OF_FIELD[name] : undefined;
      if (WITHOUT_MEANING.has(name)) continue;
      fields[part ?? 'parameters'].push([name, meant(name, value)]);
    }
    const { credentials, others } = sortHeaders(request.rawHeaders);
    const text: Record<KeyPart, string> = {
      ...(Object.fromEntries(
        Object.entries(fields).map(([part, values]) => [part, canonicalObject(values)]),
      ) as Record<KeyPart, string>),
      caller: audienceText(request.audience, credentials),
      address: JSON.stringify([request.protocol, request.endpoint, request.url]),
      headers: JSON.stringify(others),
    };
    const parts = Object.fromEntries(
      KEY_PARTS.map((part) => [part, this.hash(`${part}:${text[part]}`)]),
    ) as Record<KeyPart, string>;
    return { id: this.hash(KEY_PARTS.map((part) => parts[part]).join('.')), parts, turns: fields.turns };
  }

  /**
   * Keyed: the text cannot be guessed by its hash. The secret goes first, which is safe with a hash that, unlike
   * SHA-256, cannot be continued from its result, and takes half the time of an HMAC.
   */
  hash(text: string): string {
    return hash('sha512-256', this.#secret + text);
  }
}

/** A field without what names only the client's session, and what is told for billing. */
function meant(name: string, value: string): string {
  if (name === 'system') return instructions(value);
  return name === 'metadata' ? withoutSessionOf(value) : value;
}

/**
 * Claude Code puts its session into `metadata.user_id`: `user_…_account_…_session_<uuid>`, or JSON with `session_id`.
 * It has no more meaning than the session headers; the user and the account in there stay.
 */
function withoutSessionOf(metadata: string): string {
  const fields: unknown = JSON.parse(metadata);
  if (typeof fields !== 'object' || fields === null || !('user_id' in fields)) return metadata;
  const { user_id: userId, ...others } = fields as Record<string, unknown>;
  if (typeof userId !== 'string') return metadata;
  const user = userId.startsWith('{')
    ? userId.replace(/"session_id"\s*:\s*"[^"\\]*"/, '"session_id":""')
    : withoutSession(userId);
  return JSON.stringify({ ...others, user_id: user });
}

/** A system prompt without what Claude Code writes there for Anthropic's billing, which differs with every request. */
function instructions(system: string): string {
  if (!system.includes(BILLING_HEADER)) return system;
  if (system.startsWith('"')) return JSON.stringify(withoutBillingHeader(JSON.parse(system) as string) ?? '');
  const blocks = canonicalItems(system) ?? [];
  const kept = blocks.flatMap((block) => {
    const value = JSON.parse(block) as { readonly text?: unknown } | null;
    if (typeof value?.text !== 'string') return [block];
    const text = withoutBillingHeader(value.text);
    if (text === value.text) return [block];
    return text === null ? [] : [JSON.stringify({ ...value, text })];
  });
  return blocks.length === 0 ? system : `[${kept.join(',')}]`;
}

/** A list, an object or a text: no two audiences have the same. */
function audienceText(audience: Audience, credentials: readonly (readonly [string, string])[]): string {
  if (audience.share === 'caller') return JSON.stringify(credentials);
  return JSON.stringify(audience.share === 'app' ? { app: audience.app } : 'all');
}

function sortHeaders(raw: readonly string[]): {
  credentials: readonly (readonly [string, string])[];
  others: readonly (readonly [string, string])[];
} {
  const credentials: [string, string][] = [];
  const others: [string, string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] as string).toLowerCase();
    const pair: [string, string] = [name, (raw[index + 1] as string).trim()];
    if (CREDENTIAL_HEADERS.has(name)) credentials.push(pair);
    else if (
      !HEADERS_WITHOUT_MEANING.has(name) &&
      !PREFIXES_WITHOUT_MEANING.some((prefix) => name.startsWith(prefix))
    )
      others.push(pair);
  }
  // The order of equal names matters; that of different ones does not. Sorting is stable.
  const byName = (a: [string, string], b: [string, string]): number =>
    a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
  return { credentials: credentials.sort(byName), others: others.sort(byName) };
}
