// Certificates of the two ports, where they speak TLS: followed as their files change, and read anew when asked.

import { TokenWatchError } from '../core/errors.ts';
import { CertificateWatch } from '../tls/certificate-watch.ts';
import { type Port, type TlsSettings, tlsFilesOf } from '../tls/tls-files.ts';
import type { Ground } from './ground.ts';

export interface Tls {
  /** Null where the port speaks plain HTTP. */
  readonly proxy: CertificateWatch | null;
  readonly dashboard: CertificateWatch | null;
  /** Of the certificates that are shown now. */
  fingerprints(): readonly string[];
}

const OF_PROXY = ['TOKENWATCH_TLS_CERT', 'TOKENWATCH_TLS_KEY', 'TOKENWATCH_TLS_MIN_VERSION'] as const;
const OF_DASHBOARD = ['TOKENWATCH_DASHBOARD_TLS_CERT', 'TOKENWATCH_DASHBOARD_TLS_KEY'] as const;

/** Throws `invalid_setting` for files that cannot be used. */
export function startTls(ground: Ground): Tls {
  const proxy = watchOf(ground, 'proxy');
  const dashboard = watchOf(ground, 'dashboard');
  ground.reloads.add(OF_PROXY, (fresh) => follow(proxy, 'proxy', fresh));
  ground.reloads.add(OF_DASHBOARD, (fresh) => follow(dashboard, 'dashboard', fresh));
  const watches = [proxy, dashboard].filter((watch) => watch !== null);
  return {
    proxy,
    dashboard,
    fingerprints: () => [...new Set(watches.map(({ fingerprint }) => fingerprint))],
  };
}

function watchOf({ settings, clock, warn, opened }: Ground, port: Port): CertificateWatch | null {
  const files = tlsFilesOf(settings, port);
  if (files === null) return null;
  const watch = new CertificateWatch({ files, now: () => clock.now(), warn });
  watch.start();
  opened.defer(() => watch.close());
  return watch;
}

function follow(watch: CertificateWatch | null, port: Port, fresh: TlsSettings): void {
  const files = tlsFilesOf(fresh, port);
  if ((watch === null) !== (files === null))
    throw new TokenWatchError(
      'invalid_setting',
      `Whether the ${port}'s port speaks TLS is decided when the server starts: stop and start it.`,
    );
  if (files !== null) watch?.reload(files);
}
