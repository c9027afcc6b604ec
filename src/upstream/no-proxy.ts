// What NO_PROXY says, in all the forms that curl, Go, Python and others read: a host with all below it, with a dot or
// `*.` before it or without, an address, a range of them, any of these with a port, or `*` for everything.

import { BlockList, isIP } from 'node:net';
import type { BaseUrl } from '../core/upstream.ts';

interface Entry {
  /** Null for every host. */
  readonly host: string | null;
  /** Of addresses; null for a name. */
  readonly addresses: BlockList | null;
  readonly port: number | null;
}

type Origin = Pick<BaseUrl, 'protocol' | 'hostname' | 'port'>;

/** Whether an origin is to be asked straight. */
export function noProxyTest(list: string): (origin: Origin) => boolean {
  const entries = list
    .split(/[\s,;]+/)
    .filter((text) => text !== '')
    .map(entryOf);
  return ({ protocol, hostname, port }) => {
    const host = plain(hostname);
    const number = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
    return entries.some((entry) => (entry.port === null || entry.port === number) && names(entry, host));
  };
}

function names({ host, addresses }: Entry, asked: string): boolean {
  if (host === null) return true;
  const family = isIP(asked);
  if (addresses !== null) return family !== 0 && addresses.check(asked, family === 6 ? 'ipv6' : 'ipv4');
  return family === 0 && (asked === host || asked.endsWith(`.${host}`));
}

function entryOf(text: string): Entry {
  // Some write whole addresses.
  const bare = text.replace(/^[a-z]+:\/\//i, '').replace(/^(\[[^\]]*\]|[^/:]+)(:\d+)?\/$/, '$1$2');
  const { host, port } = portOf(bare);
  const [start = '', bits] = host.split('/');
  const name = plain(start);
  if (name === '*') return { host: null, addresses: null, port };
  const family = isIP(name);
  if (family === 0) return { host: name.replace(/^\*?\./, ''), addresses: null, port };
  const widest = family === 6 ? 128 : 32;
  const addresses = new BlockList();
  const kind = family === 6 ? 'ipv6' : 'ipv4';
  // Of a range that is none, its address is taken.
  if (bits !== undefined && /^\d+$/.test(bits) && Number(bits) <= widest)
    addresses.addSubnet(name, Number(bits), kind);
  else addresses.addAddress(name, kind);
  return { host: name, addresses, port };
}

/** The colons of an IPv6 address are no port's, unless brackets part them. */
function portOf(text: string): { readonly host: string; readonly port: number | null } {
  const [, host, port] = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(text) ?? [];
  return host === undefined ? { host: text, port: null } : { host, port: Number(port) };
}

/** `[::1]` → `::1`, `LOCALHOST.` → `localhost`. */
function plain(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/(.)\.$/, '$1');
}
