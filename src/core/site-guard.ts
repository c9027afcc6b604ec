// Keeps other web sites out of a port: a page elsewhere may make a browser send requests here, under its own origin or,
// by DNS rebinding, under a name that it owns. Clients that are no browsers send no origin, and call this server by its
// address or by a name of its own.

import { isIP } from 'node:net';
import { TokenWatchError } from './errors.ts';
import { globTest } from './glob.ts';

export interface SiteRules {
  /** What the port is, for people: `The dashboard`. */
  readonly subject: string;
  /** The address or name that was set to listen on, by which it may be called. */
  readonly ownHost: string;
  /** Further names by which it may be called; `*` stands for any text. */
  readonly hosts: readonly string[];
  /** Origins of pages that may ask; `*` stands for any text. Null: none but its own ever may. */
  readonly origins: readonly string[] | null;
}

export interface SiteHeaders {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly 'user-agent'?: string | undefined;
  readonly 'sec-fetch-site'?: string | string[] | undefined;
  readonly 'sec-fetch-mode'?: string | string[] | undefined;
}

export class SiteGuard {
  readonly #rules: SiteRules;
  readonly #hosts: readonly ((name: string) => boolean)[];
  readonly #origins: readonly ((origin: string) => boolean)[];
  /** As it was last called: nearly all requests call it the same. */
  #knownHost: string | null = null;

  constructor(rules: SiteRules) {
    this.#rules = rules;
    this.#hosts = rules.hosts.map((pattern) => globTest(pattern.toLowerCase()));
    this.#origins = (rules.origins ?? []).map((pattern) => globTest(pattern.toLowerCase()));
  }

  /**
   * Why the request is refused; null where it is not. A link from elsewhere carries no origin, and is let in; what a page
   * elsewhere has built into itself (a picture, a script) carries none either, and is not.
   */
  refusal(headers: SiteHeaders): TokenWatchError | null {
    const { host, origin } = headers;
    if (host !== undefined && host !== this.#knownHost) {
      if (!this.#isOurs(hostNameOf(host))) return this.#foreignHost(host);
      this.#knownHost = host;
    }
    if (origin === undefined) return isBuiltIn(headers) ? forbidden(ANOTHERS) : null;
    if (this.#mayAsk(origin, host)) return null;
    const way = this.#rules.origins === null ? '' : ' Add it to TOKENWATCH_ALLOWED_ORIGINS to let it in.';
    return forbidden(`Requests from the page "${origin}" are not accepted here.${way}`);
  }

  /**
   * The same for a port that has no pages: nothing that a browser asks for another site's sake is a link to it. Clients
   * that are no browsers may call it by any name, as their proxies and containers do: nobody can make them.
   */
  refusalWithoutLinks(headers: SiteHeaders): TokenWatchError | null {
    if (!isOfBrowser(headers)) return null;
    const refusal = this.refusal(headers);
    if (refusal !== null || headers.origin !== undefined) return refusal;
    return isOfThisSite(headers)
      ? null
      : forbidden(`${ANOTHERS} Pages whose origin is in TOKENWATCH_ALLOWED_ORIGINS may ask with fetch().`);
  }

  /** An address cannot be rebound, and localhost always means this machine. */
  #isOurs(name: string): boolean {
    if (name === 'localhost' || isIP(name) !== 0 || name === this.#rules.ownHost.toLowerCase()) return true;
    return this.#hosts.some((matches) => matches(name));
  }

  #mayAsk(origin: string, host: string | undefined): boolean {
    const page = URL.parse(origin);
    if (page !== null && page.host === host?.toLowerCase() && page.host !== '') return true;
    return this.#origins.some((matches) => matches(origin.toLowerCase()));
  }

  #foreignHost(host: string): TokenWatchError {
    return forbidden(
      `${this.#rules.subject} is not served under the host name "${host}". Call it by its address or localhost, or add the name to TOKENWATCH_ALLOWED_HOSTS.`,
    );
  }
}

/** Browsers send an origin with all but reading requests, and call themselves Mozilla with those, too. */
const isOfBrowser = (headers: SiteHeaders): boolean =>
  headers.origin !== undefined ||
  headers['sec-fetch-site'] !== undefined ||
  headers['user-agent']?.startsWith('Mozilla/') === true;

function isOfThisSite({ 'sec-fetch-site': site }: SiteHeaders): boolean {
  return site === undefined || site === 'none' || site === 'same-origin';
}

const isBuiltIn = (headers: SiteHeaders): boolean =>
  !isOfThisSite(headers) &&
  headers['sec-fetch-mode'] !== undefined &&
  headers['sec-fetch-mode'] !== 'navigate';

const ANOTHERS = 'A browser sends this request for the page of another site, which is not accepted here.';

const forbidden = (message: string): TokenWatchError => new TokenWatchError('forbidden', message);

/** `[::1]:8878` → `::1`; `LOCALHOST:8878` → `localhost`; empty for what is no host. */
function hostNameOf(host: string): string {
  const match = /^(?:\[([^\]]+)\]|([^:@/\s]+))(?::\d+)?$/.exec(host);
  return (match?.[1] ?? match?.[2] ?? '').toLowerCase();
}
