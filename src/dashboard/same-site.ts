// Keeps other web sites out of the dashboard: a page elsewhere may make a browser send requests here, under its
// own origin or, by DNS rebinding, under a name that it owns.

import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { TokenWatchError } from '../core/errors.ts';

/** Throws `forbidden`. `ownHost` is the configured host, a name by which this server may be called. */
export function assertSameSite(request: IncomingMessage, ownHost: string): void {
  const { host, origin } = request.headers;
  const name = hostName(host);
  // An address cannot be rebound, and localhost always means this machine.
  const isOurs = name === 'localhost' || name === ownHost.toLowerCase() || isIP(name) !== 0;
  if (!isOurs) {
    throw new TokenWatchError(
      'forbidden',
      `The dashboard is not served under the host name "${host ?? ''}". Use its address or localhost, or set TOKENWATCH_HOST to that name.`,
    );
  }
  // A link from elsewhere carries no origin: only a page's own requests do.
  if (origin === undefined) return;
  if (!URL.canParse(origin) || new URL(origin).host !== host?.toLowerCase()) {
    throw new TokenWatchError('forbidden', `Requests from the page "${origin}" are not accepted here.`);
  }
}

/** `[::1]:8878` → `::1`; `LOCALHOST:8878` → `localhost`. */
function hostName(host: string | undefined): string {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$/.exec(host ?? '');
  return (match?.[1] ?? match?.[2] ?? '').toLowerCase();
}
