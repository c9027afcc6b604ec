// Who is calling: application, session and tag, from TokenWatch's own headers or from what known clients send.

import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { TokenWatchError } from '../core/errors.ts';
import type { ProtocolName, RequestFacts } from '../core/protocol.ts';
import { storedName } from '../core/stored-name.ts';
import { canonicalTag } from '../core/tag.ts';

export interface Caller {
  readonly app: string;
  readonly userAgent: string | null;
  readonly session: string | null;
  readonly user: string | null;
  readonly tag: string | null;
}

/** First match wins. Names are stable: a new version of a client keeps its name. */
const APP_BY_USER_AGENT: readonly (readonly [RegExp, string])[] = [
  [/^claude-(?:cli|code)\b/i, 'claude-code'],
  [/^codex[_-]/i, 'codex-cli'],
  [/\bopencode\b/i, 'opencode'],
  [/^AsyncOpenAI\/Python|^OpenAI\/Python|^AzureOpenAI\/Python|^AsyncAzureOpenAI\/Python/i, 'openai-python'],
  [/^(?:Azure)?OpenAI\/JS/i, 'openai-node'],
  [/^OpenAI\/Go/i, 'openai-go'],
  [/^OpenAI\/Java/i, 'openai-java'],
  [/^(?:Async)?Anthropic\/Python/i, 'anthropic-python'],
  [/^Anthropic\/JS/i, 'anthropic-typescript'],
  [/^Anthropic\/Go/i, 'anthropic-go'],
  [/^Anthropic\/Java/i, 'anthropic-java'],
  [/\bai-sdk\/|^ai\/\d/i, 'vercel-ai-sdk'],
  [/\blitellm\b/i, 'litellm'],
  [/\blangchain/i, 'langchain'],
  [/^Go-http-client\//i, 'go-http-client'],
  [/^Mozilla\//, 'browser'],
];

const APP_NAME_CHARACTERS_MAX = 64;
const LABEL_CHARACTERS_MAX = 256;

/** Session headers that known clients send: Codex CLI, Claude Code, opencode and gateways' custom ones. */
const SESSION_HEADERS = [
  'x-tokenwatch-session',
  'x-claude-code-session-id',
  'session_id',
  'session-id',
  'x-session-id',
  'x-session-affinity',
  'conversation_id',
] as const;

/** `probed` is the API whose base address is asked for a sign of life; null for a request of any other kind. */
export function readCaller(
  headers: IncomingHttpHeaders,
  { sessionId, userId }: Pick<RequestFacts, 'sessionId' | 'userId'>,
  probed: ProtocolName | null = null,
): Caller {
  const userAgent = headers['user-agent'] ?? null;
  return {
    app: label(headers['x-tokenwatch-app']) ?? proberOf(probed, userAgent) ?? appFromUserAgent(userAgent),
    userAgent,
    session: sessionFromHeaders(headers) ?? label(sessionId ?? undefined),
    user: label(headers['x-tokenwatch-user']) ?? label(userId ?? undefined),
    tag: canonicalTag(label(headers['x-tokenwatch-tag'])),
  };
}

/** Claude Code looks for its API with the bare client of the runtime that it is built with. */
function proberOf(probed: ProtocolName | null, userAgent: string | null): string | null {
  return probed === 'anthropic' && /^bun\b/i.test(userAgent ?? '') ? 'claude-code' : null;
}

/** `OpenAI/Python 2.1.0` → `openai-python`; an unknown agent → its first product, lower-case; none → `unknown`. */
export function appFromUserAgent(userAgent: string | null): string {
  if (userAgent === null || userAgent === '') return 'unknown';
  for (const [pattern, name] of APP_BY_USER_AGENT) if (pattern.test(userAgent)) return name;
  const product = /^[^/\s(]+/.exec(userAgent)?.[0].toLowerCase();
  return product === undefined ? 'unknown' : product.slice(0, APP_NAME_CHARACTERS_MAX);
}

function sessionFromHeaders(headers: IncomingHttpHeaders): string | null {
  for (const name of SESSION_HEADERS) {
    const session = label(headers[name]);
    if (session !== null) return session;
  }
  return null;
}

/** The labels that applications give in headers of ours. */
const OWN_LABELS = [
  'x-tokenwatch-app',
  'x-tokenwatch-session',
  'x-tokenwatch-user',
  'x-tokenwatch-tag',
] as const;

/**
 * A label that is too long is refused, never cut in silence: a budget would look for the whole one. And so are several
 * where there can be one: Node joins them to a text that nobody wrote. Tags may be several.
 */
export function labelError(
  headers: IncomingHttpHeaders,
  raw: readonly string[] = [],
): TokenWatchError | null {
  for (const name of OWN_LABELS) {
    const text = labelText(headers[name]) ?? '';
    const { length } = text;
    if (name !== 'x-tokenwatch-tag' && text.includes(',') && countOf(name, raw) > 1)
      return new TokenWatchError(
        'bad_request',
        `The header ${name} comes several times: "${text}". Send one.`,
      );
    if (length > LABEL_CHARACTERS_MAX)
      return new TokenWatchError(
        'bad_request',
        `The header ${name} has ${length} characters. Shorten it to ${LABEL_CHARACTERS_MAX} at the most.`,
      );
  }
  return null;
}

function countOf(name: string, raw: readonly string[]): number {
  return raw.filter((text, index) => index % 2 === 0 && text.toLowerCase() === name).length;
}

/** What clients tell of themselves may be of any length: kept apart by a hash. */
function label(value: string | string[] | undefined): string | null {
  const text = labelText(value);
  return text === null ? null : storedName(text, LABEL_CHARACTERS_MAX);
}

function labelText(value: string | string[] | undefined): string | null {
  if (value === undefined) return null;
  const text = Array.isArray(value) ? value[0] : value;
  return (text === undefined ? '' : fromUtf8(text).trim()) || null;
}

/** Node reads the bytes of a header as Latin-1; what clients write is UTF-8. Bytes that are none stay as they are. */
function fromUtf8(text: string): string {
  if (!/[\x80-\xff]/.test(text) || /[^\0-\xff]/.test(text)) return text;
  const bytes = Buffer.from(text, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : text;
}
