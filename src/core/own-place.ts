// Whether an address is that of this TokenWatch itself: requests would come back to it without end.

import type { BaseUrl } from './upstream.ts';

export interface OwnPlace {
  /** Where it listens, as the setting says it. */
  readonly host: string;
  readonly ports: readonly number[];
  /** Addresses and names of this machine. */
  readonly names: ReadonlySet<string>;
}

const ANY = new Set(['0.0.0.0', '::']);
const LOOPBACK = /^(?:localhost|.*\.localhost|127\.\d+\.\d+\.\d+|::1|0\.0\.0\.0|::)$/;

/** Whether only this machine can reach what listens there. */
export function isLoopback(host: string): boolean {
  const name = plainName(host);
  return !ANY.has(name) && LOOPBACK.test(name);
}

export function leadsToItself(
  { hostname, port, protocol }: Pick<BaseUrl, 'hostname' | 'port' | 'protocol'>,
  own: OwnPlace,
): boolean {
  const number = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
  if (!own.ports.includes(number)) return false;
  const name = plainName(hostname);
  const host = plainName(own.host);
  if (ANY.has(host)) return LOOPBACK.test(name) || own.names.has(name);
  // One that listens on a loopback address is called by any of its names.
  if (LOOPBACK.test(host)) return LOOPBACK.test(name);
  return name === host || (own.names.has(host) && own.names.has(name));
}

/** `[::1]` → `::1`, `LOCALHOST.` → `localhost`, `[::ffff:7f00:1]` → `127.0.0.1`. */
function plainName(hostname: string): string {
  const bare = hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(bare);
  if (mapped === null) return bare.replace(/^::ffff:(?=\d+\.)/, '');
  const [high, low] = [Number.parseInt(mapped[1] ?? '', 16), Number.parseInt(mapped[2] ?? '', 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
