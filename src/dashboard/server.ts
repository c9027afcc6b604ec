// The dashboard's port: the page, its JSON API, and the live WebSocket.

import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Door, loginRequired } from '../access/login/door.ts';
import { isSameSecret } from '../access/login/folder-token.ts';
import { mayDo } from '../access/login/role.ts';
import { TokenWatchError } from '../core/errors.ts';
import type { OwnPage } from '../core/own-page.ts';
import { plainJson } from '../core/shown-text.ts';
import { SiteGuard } from '../core/site-guard.ts';
import type { TlsPair } from '../core/tls-pair.ts';
import { endWith } from '../runtime/last-word.ts';
import { loadAhead } from '../runtime/load-ahead.ts';
import { http } from '../runtime/node-http.ts';
import { tellPlainHttp } from '../runtime/plain-http.ts';
import { cutStalledReaders, type StalledTimes } from '../runtime/stalled-readers.ts';
import { type ApiAnswerOptions, answerApi } from './answer-api.ts';
import { ApiFront } from './api-front.ts';
import type { ErrorAnswer, LiveCounted, ReplayRun } from './contract.ts';
import type { Happened } from './live/happenings.ts';
import { type LiveRights, LiveSockets } from './live/live.ts';
import { oneByOne } from './live/one-by-one.ts';
import { answerOidc, isOidcPath } from './pages/oidc-pages.ts';
import { type PageFile, readPageFiles, stylesOf } from './pages/page-files.ts';
import { isLookedAt, SECURITY_HEADERS, sendEntry, sendRefusal } from './pages/plain-pages.ts';
import { API_ROOT } from './paths.ts';
import { PERMISSIONS } from './permissions.ts';
import { methodNotAllowed } from './refusal.ts';

/** What may change while it listens. */
export interface DashboardWishes {
  /** Further names by which it may be called. */
  readonly allowedHosts: readonly string[];
  /** The largest body that is read. */
  readonly bodyBytesMax: number;
  /** Lets a scraper read /metrics without a login, as a bearer token; null for none. */
  readonly metricsToken: string | null;
}

export interface DashboardOptions extends ApiAnswerOptions, DashboardWishes {
  readonly host: string;
  readonly port: number;
  /** Null: it speaks plain HTTP. */
  readonly tls: TlsPair | null;
  /** What the server says of itself to those who run it. */
  readonly pages: { page(path: string, accept: string | undefined): Promise<OwnPage | null> | null };
  /** Whether anybody is to be told what happens. Resolves once whatever happens from then on is pushed. */
  readonly onListening: (isListening: boolean) => Promise<void>;
  readonly version: string;
  /** Where the built page lies. */
  readonly pageFolder: string;
  readonly warn: (message: string) => void;
  /** How long a request's head may take. */
  readonly headTimeoutMs?: number;
  /** After how long a client that takes nothing is cut. */
  readonly stalled?: StalledTimes;
}

export interface Dashboard {
  readonly url: string;
  close(): Promise<void>;
}

export interface DashboardServer extends Dashboard {
  /** What the live sockets have counted; null while nobody listens. */
  readonly counted: LiveCounted | null;
  /** Tells the pages that listen what happened, in order. */
  push(happened: Happened): void;
  /** For requests from now on. */
  retune(wishes: DashboardWishes): void;
  /** Shows another certificate to connections from now on. */
  showCertificate(pair: TlsPair): void;
  /** Tells those that may see replays how far one is. */
  showReplay(run: ReplayRun): void;
}

const NOT_BUILT =
  'The dashboard\'s page was not built: run "npm run prepare" in the clone. Its API works without it.';
const LIVE_PATH = '/ws/live';
const OPEN_PATH = '/open/';
const METRICS_PATH = '/metrics';

const HANDSHAKE_MS_MAX = 30_000;
const HEAD_MS_MAX = 60_000;
const REQUEST_MS_MAX = 5 * 60_000;
/** Node's own is half a minute: so much longer could a head take. */
const LOOK_MS = 1_000;
const YEAR_S = 31_536_000;
/** A page that comes back within this time after the last one left catches up, instead of starting anew. */
const LINGER_MS = 60_000;

export async function startDashboard(options: DashboardOptions): Promise<DashboardServer> {
  const { host, port, tls, onListening } = options;
  let wishes: DashboardOptions = options;
  let sites = sitesOf(options);
  const files = readPageFiles(options.pageFolder);
  const api = new ApiFront(options.version, stylesOf(files));
  if (!files.has('/')) options.warn(NOT_BUILT);
  let listening: Promise<void> | null = null;
  let isFollowing = false;
  let lingering: NodeJS.Timeout | null = null;
  const live = new LiveSockets((clients) => {
    if (lingering !== null) clearTimeout(lingering);
    lingering = null;
    if (clients > 0)
      listening ??= onListening(true).then(() => {
        isFollowing = true;
      });
    else {
      lingering = setTimeout(() => {
        listening = null;
        isFollowing = false;
        void onListening(false);
        live.forget();
      }, LINGER_MS).unref();
    }
    return listening ?? Promise.resolve();
  });
  // Other offers to upgrade (curl's h2c) are answered as if they had not been made.
  const shouldUpgradeCallback = ({ headers }: IncomingMessage): boolean =>
    headers.upgrade?.toLowerCase() === 'websocket';
  const take = oneByOne((request, response) => {
    answer(wishes, sites, api, files, request, response).catch((error: unknown) =>
      sendError(response, error),
    );
    // Whoever asks is told what went wrong.
    api.open().catch(() => undefined);
  });
  const headMs = options.headTimeoutMs ?? HEAD_MS_MAX;
  const bounds = {
    shouldUpgradeCallback,
    headersTimeout: headMs,
    requestTimeout: REQUEST_MS_MAX,
    connectionsCheckingInterval: Math.min(headMs, LOOK_MS),
  };
  const server: Server =
    tls === null
      ? http.createServer(bounds, take)
      : createTlsServer({ ...bounds, ...tls, handshakeTimeout: HANDSHAKE_MS_MAX }, take);
  if (tls !== null) tellPlainHttp(server, "the dashboard's port", options.warn);
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Node listens for its errors no longer.
    socket.on('error', () => socket.destroy());
    try {
      assertSameSite(sites, request);
      if (urlOf(request).pathname !== LIVE_PATH)
        throw new TokenWatchError(
          'unknown_route',
          `There is no WebSocket at ${request.url}, only at ${LIVE_PATH}.`,
        );
      if (options.door.visitorOf(request) === null) throw loginRequired();
      live.accept(request, socket, head, () => liveRights(options.door, request));
    } catch (error) {
      refuseUpgrade(socket, error);
    }
  });
  cutStalledReaders(server, options.stalled);
  await listen(server, host, port);
  const stopLoading = loadAhead(() => api.load());
  return {
    url: `${tls === null ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`,
    get counted() {
      return isFollowing ? live.counted : null;
    },
    push: (happened) => live.push(happened),
    retune: (fresh) => {
      wishes = { ...wishes, ...fresh };
      sites = sitesOf(wishes);
    },
    showCertificate: (pair) => (server as TlsServer).setSecureContext(pair),
    showReplay: (run) => live.showReplay(run),
    async close() {
      stopLoading();
      live.close();
      if (lingering !== null) clearTimeout(lingering);
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Of one that was let in: as they are now. */
function liveRights(door: Door, request: IncomingMessage): LiveRights | null {
  try {
    const visitor = door.visitorOf(request, false);
    return visitor && { seesReplays: mayDo(visitor.role, PERMISSIONS.replays.role) };
  } catch {
    // Who may come in cannot be read: nobody may.
    return null;
  }
}

function sitesOf({ host, allowedHosts }: DashboardOptions): SiteGuard {
  return new SiteGuard({ subject: 'The dashboard', ownHost: host, hosts: allowedHosts, origins: null });
}

async function answer(
  options: DashboardOptions,
  sites: SiteGuard,
  api: ApiFront,
  files: ReadonlyMap<string, PageFile>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  assertSameSite(sites, request);
  const method = request.method ?? 'GET';
  const { pathname: path, searchParams: parameters } = urlOf(request);
  const about = method === 'GET' || method === 'HEAD' ? await api.page(path) : null;
  if (about !== null) {
    sendPage(response, about);
    return;
  }
  if (path.startsWith(`${API_ROOT}/`)) {
    const { value, headers } = await answerApi(options, api, { method, path, parameters }, request);
    sendJson(response, 200, value, headers);
    return;
  }
  if (method !== 'GET' && method !== 'HEAD') throw methodNotAllowed(method, path, ['GET']);
  const styles = stylesOf(files);
  if (path.startsWith(OPEN_PATH)) {
    openLink(options.door, path.slice(OPEN_PATH.length), styles, request, response);
    return;
  }
  if (isOidcPath(path)) {
    await answerOidc(options.door, request, response, { path, query: urlOf(request).search, styles });
    return;
  }
  if (path === METRICS_PATH) assertMayScrape(options, request);
  const page = await options.pages.page(path, request.headers.accept);
  if (page !== null) {
    sendPage(response, page);
    return;
  }
  const file = files.get(path);
  if (file !== undefined) sendFile(request, response, file);
  else if (path === '/') throw new TokenWatchError('unknown_route', NOT_BUILT);
  else {
    const unknown = new TokenWatchError('unknown_route', `There is nothing at ${path}.`);
    if (!isLookedAt(request)) throw unknown;
    sendRefusal(response, unknown, { title: 'Nothing here', styles, path });
  }
}

/** Throws `forbidden`. */
function assertSameSite(sites: SiteGuard, { headers, rawHeaders }: IncomingMessage): void {
  const hosts = rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === 'host').length;
  if (hosts > 1)
    throw new TokenWatchError('bad_request', `The request has ${hosts} Host headers; it must have one.`);
  const refusal = sites.refusal(headers);
  if (refusal !== null) throw refusal;
}

/** The cookie is not sent along with a redirect from elsewhere: the page that it opens asks anew. */
function openLink(
  door: Door,
  code: string,
  styles: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
): void {
  // A look at the head alone must not use up what can be used once, nor a browser that asks ahead of its user.
  if (request.method !== 'GET') throw methodNotAllowed(request.method ?? '', OPEN_PATH, ['GET']);
  if (isAheadOfTime(request))
    throw new TokenWatchError('forbidden', 'This link works once: it is not opened ahead of time.');
  const cookies = door.open(request, code);
  if (cookies !== null) {
    sendEntry(response, cookies);
    return;
  }
  const over = new TokenWatchError(
    'forbidden',
    'This link was used already, or is over. "tokenwatch open" prints a new one.',
  );
  if (!isLookedAt(request)) throw over;
  sendRefusal(response, over, { title: 'No login', styles, path: `${OPEN_PATH}${code}` });
}

function isAheadOfTime({ headers }: IncomingMessage): boolean {
  return [headers['sec-purpose'], headers.purpose, headers['x-moz']].some((purpose) =>
    /prefetch|preview|prerender/i.test(String(purpose)),
  );
}

function assertMayScrape({ door, metricsToken }: DashboardOptions, request: IncomingMessage): void {
  const given = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (metricsToken !== null && given !== undefined && isSameSecret(given, metricsToken)) return;
  if (door.visitorOf(request) === null) throw loginRequired();
}

function sendFile(request: IncomingMessage, response: ServerResponse, file: PageFile): void {
  const takesGzip = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:,|\s*$))/i.test(
    String(request.headers['accept-encoding']),
  );
  const packed = takesGzip ? file.packed : null;
  const [body, etag] =
    packed === null ? [file.bytes, file.etag] : [packed, file.etag.replace(/"$/, '-gzip"')];
  const headers = {
    ...SECURITY_HEADERS,
    etag,
    vary: 'accept-encoding',
    'cache-control': file.isFingerprinted ? `public, max-age=${YEAR_S}, immutable` : 'no-cache',
  };
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(200, {
    ...headers,
    ...(packed !== null && { 'content-encoding': 'gzip' }),
    'content-type': file.type,
    'content-length': body.length,
  });
  response.end(body);
}

function sendPage(response: ServerResponse, { status, contentType, body }: OwnPage): void {
  response.writeHead(status, {
    ...SECURITY_HEADERS,
    'content-type': contentType,
    'cache-control': 'no-store',
  });
  response.end(body);
}

function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string | readonly string[]>> = {},
): void {
  response.writeHead(status, {
    ...SECURITY_HEADERS,
    ...(headers as Record<string, string | string[]>),
    // What is left of the request must not be taken for the next one.
    ...(!response.req.complete && { connection: 'close' }),
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.end(`${plainJson(JSON.stringify(value))}\n`);
}

function sendError(response: ServerResponse, error: unknown): void {
  const { status, body, headers } = errorAnswer(error);
  if (!response.headersSent) sendJson(response, status, body, headers);
}

function refuseUpgrade(socket: Duplex, error: unknown): void {
  const { status, body } = errorAnswer(error);
  const text = `${plainJson(JSON.stringify(body))}\n`;
  endWith(
    socket,
    `HTTP/1.1 ${status} Refused\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
}

function errorAnswer(error: unknown): {
  readonly status: number;
  readonly body: ErrorAnswer;
  readonly headers: Readonly<Record<string, string>>;
} {
  const known = error instanceof TokenWatchError ? error : null;
  const message = error instanceof Error ? error.message : String(error);
  return {
    status: known?.status ?? 500,
    body: { error: { code: known?.code ?? 'internal_error', message } },
    headers: known?.headers ?? {},
  };
}

/** Whatever the target looks like (`//`, `/..`, an absolute address), its path and query. */
function urlOf(request: IncomingMessage): URL {
  const url = URL.parse(request.url ?? '/', 'http://dashboard');
  if (url !== null) return url;
  throw new TokenWatchError('unknown_route', `There is nothing at ${request.url}.`);
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const message =
      code === 'EADDRINUSE'
        ? `Port ${port} on ${host} is in use. Stop what listens there, or choose another with TOKENWATCH_DASHBOARD_PORT or --dashboard-port.`
        : `Cannot listen on ${host}:${port} for the dashboard (${code}).`;
    throw new TokenWatchError('port_in_use', message, { cause });
  }
}
