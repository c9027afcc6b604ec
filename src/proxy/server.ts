// The proxy's port: finds the mount of each request and hands it to the pipeline.

import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { TokenWatchError } from '../core/errors.ts';
import type { OwnPages } from '../core/own-page.ts';
import type { TlsPair } from '../core/tls-pair.ts';
import { endWith } from '../runtime/last-word.ts';
import { http } from '../runtime/node-http.ts';
import { tellPlainHttp } from '../runtime/plain-http.ts';
import { cutStalledReaders, type StalledTimes } from '../runtime/stalled-readers.ts';
import { bareAnswer, bareBody } from './bare-answer.ts';
import { asksForWebSocket, type Mount } from './call.ts';
import { errorHeaders } from './error-response.ts';
import { GuardedRequest, GuardedResponse } from './guard.ts';
import { serveHalfClosed } from './half-closed.ts';
import { hostError } from './headers.ts';
import type { Pipeline } from './pipeline.ts';
import { answerUnreadable } from './unreadable-request.ts';

/** Large enough for what agents send in headers; Node's own limit is 16 KiB. */
const HEADER_BYTES_MAX = 128 * 1024;

/** A client that takes longer for its request's head, or for all of it, is refused with 408: so long may 64 MB take. */
const HEAD_MS_MAX = 30_000;
const REQUEST_MS_MAX = 30 * 60_000;
/**
 * A connection without a request is kept longer than balancers and clients keep theirs (60 s; Node's own 5 s are
 * shorter): where the server closes first, a request that is on its way meets a closed door, and nobody may repeat it.
 */
const KEEP_ALIVE_MS = 75_000;
/** Those that are late are ended all at once: of thousands that came together, the few of one look. */
const LOOK_MS = 200;
/** What was cut has this long for its last word. */
const LAST_WORD_MS = 1500;
const NEVER = new AbortController().signal;

export interface ProxyServer {
  readonly url: string;
  /** Shows another certificate to connections from now on. */
  showCertificate(pair: TlsPair): void;
  /** Takes no new connections, lets requests in flight end for up to `graceMs` or until `hurry`, then cuts them. */
  close(graceMs: number, hurry?: AbortSignal): Promise<void>;
}

export interface ProxyServerOptions {
  readonly host: string;
  readonly port: number;
  readonly mounts: readonly Mount[];
  readonly pipeline: Pipeline;
  /** Null: it speaks plain HTTP. */
  readonly tls?: TlsPair | null;
  readonly warn?: (message: string) => void;
  /** What this port says of itself, beside the mounts. */
  readonly pages: OwnPages;
  /** How long a request's head may take. */
  readonly headTimeoutMs?: number;
  /** After how long a client that takes nothing is cut. */
  readonly stalled?: StalledTimes;
}

export async function startProxyServer(options: ProxyServerOptions): Promise<ProxyServer> {
  const headMs = options.headTimeoutMs ?? HEAD_MS_MAX;
  let isClosing = false;
  const handle = (request: GuardedRequest, response: GuardedResponse): void => {
    const place = placeOf(request, options.mounts);
    // Who comes by a connection that stood is served, once.
    if (isClosing) response.shouldKeepAlive = false;
    // A page that cannot be made costs its own answer.
    if (place === null) answerElsewhere(request, response, options).catch(() => response.destroy());
    else options.pipeline.handle(place.mount, place.target, request, response);
  };
  const wishes = {
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: headMs,
    requestTimeout: REQUEST_MS_MAX,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: Math.min(headMs, LOOK_MS),
    noDelay: true,
    IncomingMessage: GuardedRequest,
    ServerResponse: GuardedResponse,
    // Java's client offers h2c with its first request; that is an offer to be ignored, not a WebSocket.
    shouldUpgradeCallback: asksForWebSocket,
  };
  const { tls = null } = options;
  const server: Server<typeof GuardedRequest, typeof GuardedResponse> =
    tls === null
      ? http.createServer(wishes, handle)
      : createTlsServer({ ...wishes, ...tls, handshakeTimeout: headMs }, handle);
  const { warn = () => undefined } = options;
  if (tls !== null) tellPlainHttp(server, "the proxy's port", warn);
  answerUnreadable(server, { headBytesMax: HEADER_BYTES_MAX, headMs, requestMs: REQUEST_MS_MAX }, warn);
  // The pipeline says 100 itself, once it knows that the body is not too large.
  server.on('checkContinue', handle);
  server.on('connect', (request: IncomingMessage, socket: Duplex) =>
    refuseTunnel(request, socket, options.mounts),
  );
  server.on('upgrade', (request: GuardedRequest, socket: Duplex, head: Buffer) => {
    // Node listens for its errors no longer, and nobody else does while it is refused, or waits for its budget.
    socket.on('error', () => socket.destroy());
    const place = placeOf(request, options.mounts);
    if (place === null)
      endWith(socket, 'HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    else options.pipeline.upgrade(place.mount, place.target, request, socket, head);
  });
  serveHalfClosed(server);
  cutStalledReaders(server, options.stalled);
  await listen(server, options.host, options.port);
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === null ? 'http' : 'https'}://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    showCertificate: (pair) => (server as TlsServer).setSecureContext(pair),
    async close(graceMs, hurry = NEVER) {
      const closed = once(server, 'close');
      isClosing = true;
      server.close();
      server.closeIdleConnections();
      await options.pipeline.drain(graceMs, hurry, () => server.closeIdleConnections());
      server.closeIdleConnections();
      const cut = setTimeout(() => server.closeAllConnections(), LAST_WORD_MS);
      await closed;
      clearTimeout(cut);
    },
  };
}

function placeOf(
  request: IncomingMessage,
  mounts: readonly Mount[],
): { readonly mount: Mount; readonly target: string } | null {
  const url = originForm(request.url ?? '/');
  const mount = mounts.find((candidate) => isUnder(url, candidate.path));
  if (mount === undefined) return null;
  const target = url.slice(mount.path.length);
  return { mount, target: target.startsWith('/') ? target : `/${target}` };
}

/** A target may be written as to a forward proxy, with scheme and host before its path. RFC 9112, section 3.2.2. */
function originForm(target: string): string {
  if (target.startsWith('/')) return target;
  const path = /^https?:\/\/[^/?#]*(.*)$/is.exec(target)?.[1];
  if (path === undefined) return target;
  return path.startsWith('/') ? path : `/${path}`;
}

function isUnder(url: string, mount: string): boolean {
  if (!url.startsWith(mount)) return false;
  const next = url[mount.length];
  return next === undefined || next === '/' || next === '?';
}

async function answerElsewhere(
  request: GuardedRequest,
  response: GuardedResponse,
  { mounts, pages }: ProxyServerOptions,
): Promise<void> {
  const error = hostError(request.rawHeaders);
  if (error !== null) {
    sendElsewhere(response, error);
    return;
  }
  const url = originForm(request.url ?? '/');
  const path = url.split('?')[0] ?? '/';
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const page = isRead ? await pages.page(path, request.headers.accept) : null;
  if (page !== null) {
    response.writeHead(page.status, { 'content-type': page.contentType, 'cache-control': 'no-store' });
    response.end(page.body);
    return;
  }
  const places = mounts.map((mount) => mount.path).join(' or ');
  // Without its query, which may hold a key.
  const message = `Nothing is at ${path}. Point your application at ${places} on this port.`;
  sendElsewhere(response, new TokenWatchError('unknown_route', message));
}

function sendElsewhere(response: GuardedResponse, error: TokenWatchError): void {
  response.writeHead(error.status, { 'content-type': 'application/json', ...errorHeaders(error) });
  response.end(bareBody(error));
}

/** What is before an `@` is a credential. */
const withoutUser = (authority: string): string => authority.slice(authority.lastIndexOf('@') + 1);

/** For a client that takes this port for a forward proxy: in silence it would not learn why nothing works. */
function refuseTunnel(request: IncomingMessage, socket: Duplex, mounts: readonly Mount[]): void {
  const places = mounts.map((mount) => mount.path).join(' or ');
  const error = new TokenWatchError(
    'method_not_allowed',
    `TokenWatch is no forward proxy, and opens no tunnel to ${withoutUser(request.url ?? '')}. Take its address out of HTTPS_PROXY, and make it the base URL of your application: this port with ${places}.`,
  );
  endWith(socket, bareAnswer(error));
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const message =
      code === 'EADDRINUSE'
        ? `Port ${port} on ${host} is in use. Stop what listens there, or choose another with TOKENWATCH_PROXY_PORT or --port.`
        : `Cannot listen on ${host}:${port} (${code}).`;
    throw new TokenWatchError('port_in_use', message, { cause });
  }
}
