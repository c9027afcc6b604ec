// Certificates of the two ports, where they speak TLS: followed as their files change, and read anew when asked.

import { TokenWatchError } from '../core/errors.ts';
import { RepeatedFault } from '../core/repeated-fault.ts';
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
  const told = tellingOnce(ground.warn);
  const fault = new RepeatedFault(ground.warn, {
    first: (reason) => `The certificate stays as it was: ${reason}.`,
    over: 'The certificate is as its files say.',
  });
  const proxy = watchOf(ground, 'proxy', told, fault);
  const dashboard = watchOf(ground, 'dashboard', told, fault);
  ground.reloads.add(OF_PROXY, (fresh) => follow(proxy, 'proxy', fresh));
  ground.reloads.add(OF_DASHBOARD, (fresh) => follow(dashboard, 'dashboard', fresh));
  const watches = [proxy, dashboard].filter((watch) => watch !== null);
  return {
    proxy,
    dashboard,
    fingerprints: () => [...new Set(watches.map(({ fingerprint }) => fingerprint))],
  };
}

/** Both ports may have one certificate: what is to be known of it is told of once. */
function tellingOnce(warn: (message: string) => void): (message: string) => void {
  let last = '';
  return (message) => {
    if (message !== last) warn(message);
    last = message;
  };
}

function watchOf(
  { settings, clock, opened }: Ground,
  port: Port,
  warn: (message: string) => void,
  fault: RepeatedFault,
): CertificateWatch | null {
  const files = tlsFilesOf(settings, port);
  if (files === null) return null;
  const watch = new CertificateWatch({ files, now: () => clock.now(), warn, fault });
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
