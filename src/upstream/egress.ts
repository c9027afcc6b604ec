// The way out to upstreams and webhooks: straight, or through the proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY name,
// which a company's network may ask for. This machine itself is never reached through one.

import type { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';
import {
  Agent,
  buildConnector,
  type Dispatcher,
  EnvHttpProxyAgent,
  errors,
  Pool,
  fetch as undiciFetch,
} from 'undici';
import { TokenWatchError } from '../core/errors.ts';
import { headerPairs } from '../core/flat-headers.ts';
import { isRefusedAddress, REFUSED_WORDS } from '../core/refused-address.ts';
import type { BaseUrl } from '../core/upstream.ts';
import { withoutCredentials } from '../core/without-credentials.ts';
import { http } from '../runtime/node-http.ts';
import { guardedConnector, refusingConnector } from './guarded-connector.ts';
import { HEAD_BYTES_MAX } from './head-bytes.ts';
import { noProxyTest } from './no-proxy.ts';

type Origin = Pick<BaseUrl, 'protocol' | 'hostname' | 'port'>;
type Environment = Readonly<Record<string, string | undefined>>;

/** Addresses of proxies; empty for none. */
export interface EgressProxies {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
}

const FORMS = new Set(['http:', 'https:', 'socks5:', 'socks:']);
/** Where the proxy looks up names, as it does in any case. */
const SOCKS5_BY_NAME = /^socks5h:\/\//i;
const LOOPBACK = /^(?:localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/i;

/** ALL_PROXY stands for whichever of the two is not named. Null where no proxy is. Throws `invalid_setting`. */
export function egressProxies(environment: Environment): EgressProxies | null {
  const all = proxyAddress(environment, 'ALL_PROXY');
  const httpProxy = proxyAddress(environment, 'HTTP_PROXY') || all;
  const httpsProxy = proxyAddress(environment, 'HTTPS_PROXY') || all;
  if (httpProxy === '' && httpsProxy === '') return null;
  return { httpProxy, httpsProxy, noProxy: settingOf(environment, 'NO_PROXY') };
}

/** For people: without credentials. */
export function describeEgress({ httpProxy, httpsProxy, noProxy }: EgressProxies): string {
  const https = httpsProxy || httpProxy;
  const ways = [`https by ${shown(https)}`];
  if (httpProxy !== '') ways.push(`http by ${shown(httpProxy)}`);
  return `${ways.join(', ')}; straight to this machine${noProxy === '' ? '' : ` and to ${noProxy}`}`;
}

export interface EgressOptions {
  readonly connectTimeoutMs: number;
  readonly silenceTimeoutMs: number;
  /** Asked for each address that a connection has reached. */
  readonly isRefused?: (address: string) => boolean;
}

/** Requests through the proxies, but for hosts that NO_PROXY names. */
export class ProxiedWay {
  readonly #proxies: EgressProxies;
  readonly #agent: EnvHttpProxyAgent;
  readonly #httpAgent: HttpAgent;
  readonly #httpsAgent: HttpsAgent;
  readonly #isStraight: (origin: Origin) => boolean;

  constructor(proxies: EgressProxies, { connectTimeoutMs, silenceTimeoutMs, isRefused }: EgressOptions) {
    this.#proxies = proxies;
    this.#isStraight = noProxyTest(proxies.noProxy);
    const times = { headersTimeout: silenceTimeoutMs, bodyTimeout: silenceTimeoutMs };
    // What is made for an origin, or for the proxy itself, knows nothing of our bounds but what it is given here.
    const pool = (origin: string | URL, options: object): Pool => {
      const { connect } = options as { readonly connect: Parameters<typeof guardedConnector>[0] };
      const bounds = {
        ...times,
        connections: null,
        pipelining: 1,
        allowH2: false,
        maxHeaderSize: HEAD_BYTES_MAX,
      };
      return new Pool(origin, { ...options, ...bounds, connect: guardedConnector(connect, isRefused) });
    };
    this.#agent = new EnvHttpProxyAgent({
      ...proxies,
      // What it names does not come here.
      noProxy: '',
      ...times,
      allowH2: false,
      clientFactory: (proxy: URL, options: object) =>
        new TunnelEntrance(proxy, clientOptions(options, { headersTimeout: connectTimeoutMs, isRefused })),
      factory: pool,
      connectTimeout: connectTimeoutMs,
    } as ConstructorParameters<typeof EnvHttpProxyAgent>[0]);
    const proxyEnv = {
      HTTP_PROXY: proxies.httpProxy,
      HTTPS_PROXY: proxies.httpsProxy || proxies.httpProxy,
    };
    this.#httpAgent = new http.Agent({ proxyEnv });
    this.#httpsAgent = new HttpsAgent({ proxyEnv });
  }

  /** Whether requests to that origin go this way. */
  leadsTo(origin: Origin): boolean {
    if (LOOPBACK.test(origin.hostname) || this.#isStraight(origin)) return false;
    return origin.protocol === 'https:' || this.#proxies.httpProxy !== '';
  }

  /** Headers are a flat name, value list: repeated ones stay repeated, one behind the other. */
  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.#agent.dispatch({ ...options, headers: grouped(options.headers as readonly string[]) }, handler);
  }

  /** For a WebSocket's handshake. */
  socketAgent({ protocol }: Pick<BaseUrl, 'protocol'>): HttpAgent {
    const { httpProxy, httpsProxy } = this.#proxies;
    if (isSocks(protocol === 'https:' ? httpsProxy || httpProxy : httpProxy)) return new NoWayForSockets();
    return protocol === 'https:' ? this.#httpsAgent : this.#httpAgent;
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

/** Which dispatcher leads to an address: through the proxies where there are some. Nothing is sent to a link's own. */
export class EgressWay {
  readonly #straight: Agent;
  readonly #through: EnvHttpProxyAgent | null;
  readonly #isStraight: (origin: Origin) => boolean;

  constructor(proxies: EgressProxies | null, { isRefused, ...times }: EgressWayOptions = {}) {
    this.#straight = new Agent({ ...times, connect: guardedConnector(buildConnector({}), isRefused) });
    this.#isStraight = noProxyTest(proxies?.noProxy ?? '');
    const clientFactory = (address: string | URL, options: object) =>
      clientOf(address, options, { ...times, isRefused });
    this.#through =
      proxies &&
      new EnvHttpProxyAgent({
        ...proxies,
        noProxy: '',
        clientFactory,
        factory: clientFactory,
      } as ConstructorParameters<typeof EnvHttpProxyAgent>[0]);
  }

  /** Throws for an address that is refused by how it is written. */
  to(origin: Origin): Dispatcher {
    if (this.#through === null || LOOPBACK.test(origin.hostname) || this.#isStraight(origin))
      return this.#straight;
    // The proxy looks names up: what can be told here is what the address itself says.
    if (isRefusedAddress(origin.hostname)) throw new Error(`${origin.hostname} ${REFUSED_WORDS}`);
    return this.#through;
  }

  async close(): Promise<void> {
    await Promise.all([this.#straight.close(), this.#through?.close()]);
  }
}

export interface EgressWayOptions {
  readonly isRefused?: ((address: string) => boolean) | undefined;
  /** 0 waits for ever. */
  readonly headersTimeout?: number;
  readonly bodyTimeout?: number;
}

/** `fetch` to where others say. */
export function egressFetch(
  proxies: EgressProxies | null,
  isRefused?: (address: string) => boolean,
): typeof fetch {
  const way = new EgressWay(proxies, { isRefused });
  const either = async (url: string, init: RequestInit = {}): Promise<unknown> =>
    undiciFetch(url, { ...(init as object), dispatcher: way.to(new URL(url)) });
  return either as typeof fetch;
}

/** Of an egress proxy, or of an origin behind one. */
function clientOf(origin: string | URL, options: object, bounds: EgressWayOptions): Pool {
  return new Pool(origin, clientOptions(options, bounds));
}

function clientOptions(options: object, { isRefused, ...bounds }: EgressWayOptions): Pool.Options {
  const { connect } = options as { readonly connect: buildConnector.connector };
  return { ...options, ...bounds, connect: refusingConnector(connect, isRefused) };
}

/** A proxy that does not answer a CONNECT is a connection that does not come about: nobody has got the request yet. */
class TunnelEntrance extends Pool {
  override connect(options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData>;
  override connect(options: Dispatcher.ConnectOptions, callback: never): never;
  override async connect(options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> {
    try {
      return await super.connect(options);
    } catch (error) {
      if (!(error instanceof errors.HeadersTimeoutError)) throw error;
      throw new errors.ConnectTimeoutError('The egress proxy does not answer.', { cause: error });
    }
  }
}

/** The lower-case name goes before, as in curl. */
function settingOf(environment: Environment, name: string): string {
  return (environment[name.toLowerCase()] || environment[name] || '').trim();
}

function proxyAddress(environment: Environment, name: string): string {
  const text = settingOf(environment, name);
  if (text === '') return '';
  const named = text.replace(SOCKS5_BY_NAME, 'socks5://');
  const url = URL.parse(named.includes('://') ? named : `http://${named}`);
  if (url !== null && FORMS.has(url.protocol) && url.hostname !== '') return url.href.replace(/\/$/, '');
  throw new TokenWatchError(
    'invalid_setting',
    `${name}="${withoutCredentials(text)}" is no address of a proxy, such as http://proxy.example:3128 or socks5://proxy.example:1080.`,
  );
}

const isSocks = (address: string): boolean => /^socks/.test(address);

/** Going straight would go past the one way that there is. */
class NoWayForSockets extends http.Agent {
  override createConnection(_options: object, done?: (error: Error | null, stream: Duplex) => void): null {
    const error = new Error('WebSockets cannot go through a SOCKS proxy; name an HTTP proxy in HTTPS_PROXY');
    // Told without a stream, whatever the types say.
    done?.(error, undefined as unknown as Duplex);
    return null;
  }
}

function shown(address: string): string {
  const { protocol, host } = new URL(address);
  return `${protocol}//${host}`;
}

function grouped(flat: readonly string[]): Record<string, string | string[]> {
  const names = new Map<string, string>();
  const headers: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of headerPairs(flat)) {
    const spelling = names.get(name.toLowerCase());
    if (spelling === undefined) {
      names.set(name.toLowerCase(), name);
      headers[name] = value;
    } else headers[spelling] = [headers[spelling] as string | string[], value].flat();
  }
  return headers;
}
