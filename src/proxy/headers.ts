// Which headers pass. Names keep their spelling and order, repeated ones stay repeated.
// Hop-by-hop fields as in RFC 9110, section 7.6.1.

import type { IncomingMessage } from 'node:http';
import { setsOwnCookie, withoutOwnCookies } from '../access/login/session-cookie.ts';
import { TokenWatchError } from '../core/errors.ts';
import { NameSet } from '../core/name-set.ts';
import { mayClimb } from '../protocols/endpoints/climbing-path.ts';
import type { Call } from './call.ts';
import { HOPS_HEADER } from './hops.ts';

const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authorization',
  'te',
  'transfer-encoding',
  'upgrade',
  // Written anew for the next one.
  HOPS_HEADER,
];

const HOST = 'host';
const CODING = 'transfer-encoding';
/** Servers that give headers to programs as variables know no hyphen: it says how long the body is, and another does. */
const FRAMING_TO_OTHERS = new NameSet('transfer_encoding', 'content_length');
const OWN_PREFIX = 'x-tokenwatch-';
/** What another TokenWatch behind this one says of itself; one more for each that stands between. */
const THEIR_PREFIX = 'x-tokenwatch-upstream-';

/** The host names the upstream; an expectation was answered here already, and trailers of a request do not go on. */
const NOT_FOR_UPSTREAM = new NameSet(...HOP_BY_HOP, 'host', 'expect', 'trailer');

/** Lower-case names that a `Connection` header declares hop-by-hop. */
function connectionTokens(connection: string | undefined): ReadonlySet<string> | null {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return null;
  const tokens = connection
    .split(',')
    .map((token) => token.trim().toLowerCase())
    .filter((token) => token !== '' && token !== 'close' && token !== 'keep-alive');
  return tokens.length === 0 ? null : new Set(tokens);
}

export interface UpstreamHeaderOptions {
  /** The whole body is at hand, so its length is known afresh. */
  readonly lengthIsKnown: boolean;
  /** The answer's stream must be readable: ask for no content encoding. */
  readonly identityOnly: boolean;
  /** The body leaves as plain UTF-8, in whatever coding and encoding it came. */
  readonly isRecoded?: boolean;
  /** Goes in place of the client's own; null leaves that as it is. */
  readonly traceparent: string | null;
}

/** What describes the bytes of a body. */
const OF_THE_BYTES = new Set(['content-encoding', 'content-md5', 'content-digest', 'digest', 'repr-digest']);
const CHARSET = /;\s*charset\s*=\s*(?:"[^"]*"|[^;\s]*)/i;

/** The client's raw headers as they go upstream: flat name, value list. */
export function upstreamHeaders(
  raw: readonly string[],
  connection: string | undefined,
  options: UpstreamHeaderOptions,
): string[] {
  const listed = connectionTokens(connection);
  const headers: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] as string;
    const lower = name.toLowerCase();
    if (NOT_FOR_UPSTREAM.has(lower) || lower.startsWith(OWN_PREFIX)) continue;
    if (lower === 'content-length' && options.lengthIsKnown) continue;
    if (lower === 'accept-encoding' && options.identityOnly) continue;
    if (listed?.has(lower) || (lower === 'traceparent' && options.traceparent !== null)) continue;
    const value =
      lower === 'cookie' ? withoutOwnCookies(raw[index + 1] as string) : (raw[index + 1] as string);
    if (value === null) continue;
    if (options.isRecoded === true) {
      if (OF_THE_BYTES.has(lower)) continue;
      headers.push(name, lower === 'content-type' ? value.replace(CHARSET, '; charset=utf-8') : value);
    } else headers.push(name, value);
  }
  if (options.identityOnly) headers.push('accept-encoding', 'identity');
  if (options.traceparent !== null) headers.push('traceparent', options.traceparent);
  return headers;
}

/** What the pipeline itself needs to know of a response's headers. */
export interface ResponseHeaders {
  /** For the client: flat name, value list. */
  readonly forClient: string[];
  readonly contentType: string | null;
  readonly contentEncoding: string | null;
  readonly hasLength: boolean;
  readonly hasTrailer: boolean;
  readonly upstreamRequestId: string | null;
}

/**
 * Tell a browser about the upstream's origin, for all that comes later: here they would hold for TokenWatch's own, and its
 * dashboard's (forget its logins, never ask without TLS, report where it leads).
 */
const OF_ITS_ORIGIN = [
  'alt-svc',
  'clear-site-data',
  'expect-ct',
  'nel',
  'public-key-pins',
  'report-to',
  'reporting-endpoints',
  'strict-transport-security',
];

const NOT_FOR_CLIENTS = new NameSet(...HOP_BY_HOP, ...OF_ITS_ORIGIN);

const REQUEST_ID_NAMES = new NameSet(
  'request-id',
  'x-request-id',
  'x-amzn-requestid',
  'apim-request-id',
  'x-generation-id',
);

/** The upstream's raw headers as they go to the client. */
export function clientHeaders(raw: readonly Buffer[]): ResponseHeaders {
  const forClient: string[] = [];
  // Of all of its lines.
  let listed: ReadonlySet<string> | null = null;
  let contentType: string | null = null;
  let contentEncoding: string | null = null;
  let upstreamRequestId: string | null = null;
  let hasLength = false;
  let hasTrailer = false;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] as Buffer).toString('latin1');
    const value = (raw[index + 1] as Buffer).toString('latin1');
    const lower = name.toLowerCase();
    if (lower === 'connection') {
      const tokens = connectionTokens(value);
      if (tokens !== null) listed = listed === null ? tokens : new Set([...listed, ...tokens]);
    }
    if (NOT_FOR_CLIENTS.has(lower)) continue;
    if (lower === 'set-cookie' && setsOwnCookie(value)) continue;
    if (lower.startsWith(OWN_PREFIX)) {
      forClient.push(THEIR_PREFIX + lower.slice(OWN_PREFIX.length), value);
      continue;
    }
    if (lower === 'content-length') hasLength = true;
    else if (lower === 'content-type') contentType = mediaType(value);
    else if (lower === 'content-encoding') {
      const coding = value.trim().toLowerCase();
      contentEncoding = contentEncoding === null ? coding : `${contentEncoding}, ${coding}`;
    } else if (lower === 'trailer') hasTrailer = true;
    else if (upstreamRequestId === null && REQUEST_ID_NAMES.has(lower)) upstreamRequestId = value;
    forClient.push(name, value);
  }
  const drops = hasTrailer && hasLength;
  if (listed !== null || drops) removeNamed(forClient, listed, drops);
  return {
    forClient,
    contentType,
    contentEncoding,
    hasLength,
    hasTrailer: hasTrailer && !drops,
    upstreamRequestId,
  };
}

/** For a body that will be changed on its way. */
export function withoutLength(headers: ResponseHeaders): ResponseHeaders {
  if (!headers.hasLength) return headers;
  const forClient = [...headers.forClient];
  removeNamed(forClient, LENGTH, false);
  return { ...headers, forClient, hasLength: false };
}

/** For a body that will not be chunked. */
export function withoutTrailer(headers: ResponseHeaders): ResponseHeaders {
  const forClient = [...headers.forClient];
  removeNamed(forClient, null, true);
  return { ...headers, forClient, hasTrailer: false };
}

const LENGTH: ReadonlySet<string> = new Set(['content-length']);

function removeNamed(headers: string[], names: ReadonlySet<string> | null, removeTrailer: boolean): void {
  for (let index = headers.length - 2; index >= 0; index -= 2) {
    const lower = (headers[index] as string).toLowerCase();
    // Trailers travel only in a chunked body, which one with a length is not.
    if (names?.has(lower) || (removeTrailer && lower === 'trailer')) headers.splice(index, 2);
  }
}

/** `text/event-stream; charset=utf-8` → `text/event-stream`. */
export function mediaType(value: string): string {
  const end = value.indexOf(';');
  return (end === -1 ? value : value.slice(0, end)).trim().toLowerCase();
}

/**
 * What would be read differently by whoever stands before and behind, or would tell a client what it was not told: null
 * for any other request.
 */
export function formError({
  method,
  path,
  rawHeaders: raw,
}: Pick<Call, 'method' | 'path' | 'rawHeaders'>): TokenWatchError | null {
  if (method === 'TRACE')
    return new TokenWatchError(
      'method_not_allowed',
      'TRACE would send back the headers of the request, and with them the keys that were put in on its way.',
    );
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] as string;
    if (name.includes('_') && FRAMING_TO_OTHERS.has(name.toLowerCase()))
      return new TokenWatchError(
        'bad_request',
        `The request has a header "${name}", which some servers take for the one with a hyphen. Leave it out.`,
      );
    if (name.length !== CODING.length || name.toLowerCase() !== CODING) continue;
    const coding = (raw[index + 1] as string).trim();
    if (coding.toLowerCase() !== 'chunked')
      return new TokenWatchError(
        'bad_request',
        `The request's Transfer-Encoding is "${coding}", and only "chunked" is read here. Send the body so, or with a Content-Length; compress it with Content-Encoding.`,
      );
  }
  return hostError(raw) ?? pathError(path);
}

/** Chunks are of HTTP/1.1: who stands before and knows that sees no body, and a request in them. RFC 9112, section 6.1. */
export function framingError({
  httpVersion,
  headers,
}: Pick<IncomingMessage, 'httpVersion' | 'headers'>): TokenWatchError | null {
  if (httpVersion === '1.1' || headers['transfer-encoding'] === undefined) return null;
  return new TokenWatchError(
    'bad_request',
    `The request is of HTTP/${httpVersion} and its body comes in chunks, which are of HTTP/1.1. Send it with that, or with a Content-Length.`,
  );
}

/** What is left of `..` would lead out of the upstream's own path, behind the mount, with the upstream's own key. */
function pathError(path: string): TokenWatchError | null {
  // No target has one; who cuts it off asks for another path than who does not.
  if (path.includes('#'))
    return new TokenWatchError(
      'bad_request',
      'The path of the request has a "#" in it. Leave out what stands behind it, or write it as %23.',
    );
  if (!mayClimb(path)) return null;
  return new TokenWatchError(
    'bad_request',
    'The path of the request has a ".." in it, which would lead out of the place of the upstream. Resolve it before it is sent.',
  );
}

/** Two of them may be read differently by whoever stands before and behind. RFC 9112, section 3.2. */
export function hostError(raw: readonly string[]): TokenWatchError | null {
  let hosts = 0;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] as string;
    if (name.length === HOST.length && name.toLowerCase() === HOST) hosts += 1;
  }
  if (hosts < 2) return null;
  return new TokenWatchError('bad_request', `The request has ${hosts} Host headers; it must have one.`);
}
