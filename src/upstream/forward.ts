// Sends one request to an upstream over pooled connections, and says in our own terms what went wrong.

import type { Agent as SocketAgent } from 'node:http';
import type { Readable } from 'node:stream';
import { Agent, buildConnector, type Dispatcher, errors } from 'undici';
import { TokenWatchError } from '../core/errors.ts';
import type { BaseUrl } from '../core/upstream.ts';
import { type EgressProxies, ProxiedWay } from './egress.ts';
import { guardedConnector } from './guarded-connector.ts';
import { HEAD_BYTES_MAX } from './head-bytes.ts';

export interface ForwardOptions {
  readonly connectTimeoutMs: number;
  /** Bounds the wait for the response's head, and each silence in its body. */
  readonly silenceTimeoutMs: number;
  /** Null where requests leave straight. */
  readonly proxies: EgressProxies | null;
  /** Asked for each address that a connection has reached; those of the link itself, where it is left out. */
  readonly isRefused?: (address: string) => boolean;
}

export interface UpstreamRequest {
  readonly origin: string;
  readonly path: string;
  readonly method: string;
  readonly headers: string[];
  readonly body: Buffer | Readable | null;
}

/** HTTP/1.1 only: one request in flight per connection, as many connections as there are requests. */
export class Forwarder {
  readonly #agent: Agent;
  readonly #proxied: ProxiedWay | null;

  constructor(options: ForwardOptions) {
    this.#agent = new Agent({
      connect: guardedConnector(
        buildConnector({ timeout: options.connectTimeoutMs, allowH2: false }),
        options.isRefused,
      ),
      headersTimeout: options.silenceTimeoutMs,
      bodyTimeout: options.silenceTimeoutMs,
      connections: null,
      pipelining: 1,
      allowH2: false,
      maxHeaderSize: HEAD_BYTES_MAX,
    });
    this.#proxied = options.proxies === null ? null : new ProxiedWay(options.proxies, options);
  }

  /** Never throws: every failure arrives at the handler's `onResponseError`. */
  dispatch(request: UpstreamRequest, handler: Dispatcher.DispatchHandler): void {
    try {
      const options = {
        origin: request.origin,
        path: request.path,
        method: request.method as Dispatcher.HttpMethod,
        headers: request.headers,
        body: request.body,
      };
      if (this.#proxied?.leadsTo(new URL(request.origin))) this.#proxied.dispatch(options, handler);
      else this.#agent.dispatch(options, handler);
    } catch (error) {
      handler.onResponseError?.(NO_CONTROLLER, error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** For a WebSocket's handshake; false for a connection of its own. */
  socketAgent(base: BaseUrl): SocketAgent | false {
    return this.#proxied?.leadsTo(base) ? this.#proxied.socketAgent(base) : false;
  }

  /** Drops every connection; requests in flight fail. */
  async close(): Promise<void> {
    await Promise.all([this.#agent.destroy(), this.#proxied?.close()]);
  }
}

/** Stands in where a request failed before undici made its controller. */
const NO_CONTROLLER: Dispatcher.DispatchController = {
  aborted: true,
  paused: false,
  reason: null,
  abort() {},
  pause() {},
  resume() {},
};

/** `origin` is the upstream's, for the message. `headSeen`: the response had begun. */
export function upstreamError(cause: Error, origin: string, headSeen: boolean): TokenWatchError {
  if (cause instanceof TokenWatchError) return cause;
  if (cause instanceof errors.ConnectTimeoutError) {
    return new TokenWatchError(
      'upstream_connect_timeout',
      `No connection to ${origin} in time. Check the address, or raise TOKENWATCH_CONNECT_TIMEOUT.`,
      { cause },
    );
  }
  if (cause instanceof errors.HeadersTimeoutError || cause instanceof errors.BodyTimeoutError) {
    return new TokenWatchError(
      'upstream_timeout',
      `${origin} was silent for too long. Raise TOKENWATCH_OVERALL_TIMEOUT if it needs longer.`,
      { cause },
    );
  }
  const refusal = proxyRefusal(cause);
  if (refusal !== null)
    return new TokenWatchError('upstream_connect_failed', `Cannot connect to ${origin}: ${refusal}.`, {
      cause,
    });
  if (cause instanceof errors.InvalidArgumentError || cause instanceof errors.NotSupportedError) {
    return new TokenWatchError('bad_request', `The request cannot be forwarded: ${cause.message}.`, {
      cause,
    });
  }
  if (cause instanceof errors.HeadersOverflowError) {
    return new TokenWatchError(
      'upstream_broken',
      `${origin} answered with headers of more than ${HEAD_BYTES_MAX / 1024} KiB, the most that are read.`,
      { cause },
    );
  }
  if (headSeen || isBrokenConnection(cause)) {
    return new TokenWatchError(
      'upstream_broken',
      `${origin} broke off the connection (${reasonOf(cause)}).`,
      {
        cause,
      },
    );
  }
  return new TokenWatchError('upstream_connect_failed', `Cannot connect to ${origin} (${reasonOf(cause)}).`, {
    cause,
  });
}

/** What an egress proxy refused; null for any other failure. */
function proxyRefusal({ message }: Error): string | null {
  if (/Proxy Authentication Required/.test(message))
    return 'the egress proxy asks for credentials (407): put them into HTTPS_PROXY, as http://user:password@host:port';
  const status = /^Proxy response \((\d+)\)/.exec(message)?.[1];
  return status === undefined
    ? null
    : `the egress proxy refuses the connection (${status}); see HTTPS_PROXY and NO_PROXY`;
}

const BROKEN = [errors.SocketError, errors.HTTPParserError, errors.ResponseContentLengthMismatchError];

/** True for a connection that stood and then failed; false for one that never came about. */
export function isBrokenConnection(cause: Error): boolean {
  if (BROKEN.some((kind) => cause instanceof kind)) return true;
  const code = (cause as NodeJS.ErrnoException).code;
  const syscall = (cause as NodeJS.ErrnoException).syscall;
  return code === 'ERR_ASSERTION' || ((code === 'ECONNRESET' || code === 'EPIPE') && syscall !== 'connect');
}

function reasonOf(cause: Error): string {
  const code = (cause as NodeJS.ErrnoException).code;
  if (cause instanceof AggregateError) {
    const codes = cause.errors.map((error: NodeJS.ErrnoException) => error.code ?? error.message);
    return [...new Set(codes)].join(', ');
  }
  if (code === 'ERR_ASSERTION') return 'its answer is no HTTP/1.1';
  return code !== undefined && !cause.message.includes(code) ? `${code}: ${cause.message}` : cause.message;
}
