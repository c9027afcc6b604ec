// What goes to an upstream of a client's headers and address: never a credential that is meant for another.

import { hash } from 'node:crypto';
import { isCredentialHeader } from '../core/credential-headers.ts';
import type { Candidate } from './candidates.ts';

/** OpenAI's browser clients put their key into the subprotocols of a WebSocket. */
const KEY_PROTOCOL = /^openai-(?:insecure-api-key|organization|project)\b/;

/** `headers` is a flat name, value list; `key` the upstream's own, null without one. */
export function headersAt(candidate: Candidate, headers: readonly string[], key: string | null): string[] {
  const { upstream, takesClientKey } = candidate;
  const own = Object.entries(upstream.headers);
  const replaced = new Set(own.map(([name]) => name.toLowerCase()));
  if (key !== null) replaced.add(upstream.keyHeader.toLowerCase());
  const result: string[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index] as string;
    const lower = name.toLowerCase();
    if (replaced.has(lower) || (!takesClientKey && isCredentialHeader(lower))) continue;
    const value = headers[index + 1] as string;
    if (takesClientKey || lower !== 'sec-websocket-protocol') result.push(name, value);
    else pushProtocols(result, name, value);
  }
  result.push(...own.flat());
  if (key !== null) {
    const isBearer = upstream.keyHeader.toLowerCase() === 'authorization';
    result.push(upstream.keyHeader, isBearer ? `Bearer ${key}` : key);
  }
  return result;
}

/** The client's path and query, without parameters that carry a credential where it must not go there. */
export function targetAt({ takesClientKey }: Pick<Candidate, 'takesClientKey'>, target: string): string {
  const query = target.indexOf('?');
  if (takesClientKey || query === -1) return target;
  const kept = target
    .slice(query + 1)
    .split('&')
    // Some servers part them by semicolons, too.
    .filter((parameter) => !parameter.split(';').some(isCredentialParameter));
  return kept.length === 0 ? target.slice(0, query) : `${target.slice(0, query)}?${kept.join('&')}`;
}

/** Tells clients apart by what they send as credentials, without keeping it. */
export function callerOf(rawHeaders: readonly string[]): string {
  const credentials: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const lower = (rawHeaders[index] as string).toLowerCase();
    if (isCredentialHeader(lower)) credentials.push(`${lower}: ${rawHeaders[index + 1]}`);
  }
  return hash('sha256', credentials.sort().join('\n'));
}

function pushProtocols(result: string[], name: string, value: string): void {
  const kept = value.split(',').filter((protocol) => !KEY_PROTOCOL.test(protocol.trim()));
  if (kept.length > 0) result.push(name, kept.join(',').trim());
}

function isCredentialParameter(parameter: string): boolean {
  const [name = ''] = parameter.split('=', 1);
  const plain = URL.parse(`http://x/?${name}`)?.searchParams.keys().next().value ?? name;
  const lower = plain.toLowerCase();
  // Azure's functions are opened by a `code`.
  return lower === 'code' || isCredentialHeader(lower.replaceAll('_', '-'));
}
