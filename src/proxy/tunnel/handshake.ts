// The handshake of a WebSocket as it leaves for the upstream that is to answer it.

import { DEFAULT_UPSTREAM, modelAt, type Upstream } from '../../core/upstream.ts';
import { headersAt, targetAt } from '../../upstream/credentials.ts';
import { joinUpstreamPath } from '../../upstream/join-url.ts';
import type { KeyReader } from '../../upstream/keys.ts';
import type { Exchange } from '../exchange.ts';
import { upstreamHeaders } from '../headers.ts';
import { HOPS_HEADER, nextHops } from '../hops.ts';

export interface Handshake {
  readonly path: string;
  /** Flat name, value list. */
  readonly headers: readonly string[];
}

/** Throws `upstream_key_missing`. */
export function handshakeOf(exchange: Exchange, keys: KeyReader, hop: string): Handshake {
  const { request, candidate, base, target } = exchange;
  const passed = upstreamHeaders(request.rawHeaders, request.headers.connection, {
    lengthIsKnown: false,
    identityOnly: false,
    traceparent: exchange.traceparent,
  });
  passed.push(HOPS_HEADER, nextHops(request.headers[HOPS_HEADER], hop));
  const own = ['Host', base.host];
  const upgrade = ['Connection', 'Upgrade', 'Upgrade', request.headers.upgrade ?? 'websocket'];
  if (candidate === null)
    return { path: joinUpstreamPath(base, target), headers: [...own, ...passed, ...upgrade] };
  const key = keys.keyOf(candidate.upstream);
  return {
    path: joinUpstreamPath(base, withModel(targetAt(candidate, target), candidate.upstream)),
    headers: [...own, ...headersAt(candidate, passed, key), ...upgrade],
  };
}

/** The model stands in the query of a WebSocket's address. */
function withModel(target: string, upstream: Upstream): string {
  if (upstream.name === DEFAULT_UPSTREAM) return target;
  return target.replace(/([?&]model=)([^&]*)/, (all, before: string, model: string) => {
    const name = decoded(model);
    const mapped = modelAt(upstream, name) ?? name;
    return mapped === name ? all : before + encodeURIComponent(mapped);
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // No valid escape, so no name of a model either.
    return text;
  }
}
