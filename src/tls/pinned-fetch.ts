// `fetch` for TokenWatch's own ports: over TLS it knows the server by its certificate itself, whoever signed it and for
// whatever name. Nothing is sent before that is seen.

import type { TLSSocket } from 'node:tls';
import { Agent, buildConnector, fetch as undiciFetch } from 'undici';

/** `fingerprints` are those of the certificates that are ours, now. */
export function pinnedFetch(fingerprints: () => readonly string[]): typeof fetch {
  let agent: Agent | null = null;
  const pinned = (url: string, init: object): unknown => {
    agent ??= new Agent({ connect: pinnedConnector(fingerprints) });
    return undiciFetch(url, { ...init, dispatcher: agent });
  };
  const either = (url: string, init: RequestInit = {}): unknown =>
    url.startsWith('https:') && fingerprints().length > 0 ? pinned(url, init) : fetch(url, init);
  return either as typeof fetch;
}

function pinnedConnector(fingerprints: () => readonly string[]): buildConnector.connector {
  // A session that is taken up again would show no certificate.
  const connect = buildConnector({ rejectUnauthorized: false, maxCachedSessions: 0 });
  return (options, callback) => {
    connect(options, (...given) => {
      const [error, socket] = given;
      if (error !== null) {
        callback(error, null);
        return;
      }
      const shown = (socket as TLSSocket).getPeerX509Certificate()?.fingerprint256;
      if (shown !== undefined && fingerprints().includes(shown)) callback(null, socket);
      else {
        socket.destroy();
        callback(new Error('another certificate is shown there than TokenWatch’s own'), null);
      }
    });
  };
}
