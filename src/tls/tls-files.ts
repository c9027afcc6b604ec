// Which files the settings name for each port.

import type { TlsPair } from '../core/tls-pair.ts';
import type { Settings } from '../settings.ts';

export type Port = 'proxy' | 'dashboard';

export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly minVersion: TlsPair['minVersion'];
  /** The settings that name them, for errors. */
  readonly names: { readonly cert: string; readonly key: string };
}

export type TlsSettings = Pick<
  Settings,
  | 'TOKENWATCH_TLS_CERT'
  | 'TOKENWATCH_TLS_KEY'
  | 'TOKENWATCH_TLS_MIN_VERSION'
  | 'TOKENWATCH_DASHBOARD_TLS_CERT'
  | 'TOKENWATCH_DASHBOARD_TLS_KEY'
>;

/** Null for a port that speaks plain HTTP. The dashboard has the proxy's pair, unless it is set one of its own, or none. */
export function tlsFilesOf(settings: TlsSettings, port: Port): TlsFiles | null {
  const { TOKENWATCH_DASHBOARD_TLS_CERT: own, TOKENWATCH_DASHBOARD_TLS_KEY: ownKey } = settings;
  const minVersion = settings.TOKENWATCH_TLS_MIN_VERSION === '1.3' ? 'TLSv1.3' : 'TLSv1.2';
  if (port === 'dashboard' && own.toLowerCase() === 'off') return null;
  if (port === 'dashboard' && (own !== '' || ownKey !== '')) {
    const names = { cert: 'TOKENWATCH_DASHBOARD_TLS_CERT', key: 'TOKENWATCH_DASHBOARD_TLS_KEY' };
    return { cert: own, key: ownKey, minVersion, names };
  }
  const { TOKENWATCH_TLS_CERT: cert, TOKENWATCH_TLS_KEY: key } = settings;
  if (cert === '' && key === '') return null;
  return { cert, key, minVersion, names: { cert: 'TOKENWATCH_TLS_CERT', key: 'TOKENWATCH_TLS_KEY' } };
}
