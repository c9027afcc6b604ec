// Addresses that no upstream and no webhook's receiver has: a link's own, where clouds keep the machine's credentials.
// Private addresses and this machine are others: a local model is a good upstream.

import { BlockList, isIP, SocketAddress } from 'node:net';

const REFUSED = new BlockList();
// 169.254.169.254 and its like (AWS, Azure, Google, ECS, Oracle).
REFUSED.addSubnet('169.254.0.0', 16);
REFUSED.addSubnet('fe80::', 10, 'ipv6');
// What was meant to be one, and is routed as one by some.
REFUSED.addSubnet('fec0::', 10, 'ipv6');
REFUSED.addSubnet('fd00:ec2::', 32, 'ipv6');
REFUSED.addAddress('fd20:ce::254', 'ipv6');
REFUSED.addAddress('fd00:42::42', 'ipv6');
REFUSED.addAddress('100.100.100.200');
REFUSED.addAddress('192.0.0.192');
// Azure's server of certificates and settings for its machines.
REFUSED.addAddress('168.63.129.16');

/** Prefixes of 96 bits and fewer behind which an IPv4 address stands at the end: mapped, compatible, translated. */
const EMBEDDING = new BlockList();
EMBEDDING.addSubnet('::', 96, 'ipv6');
EMBEDDING.addSubnet('::ffff:0:0:0', 96, 'ipv6');
EMBEDDING.addSubnet('64:ff9b::', 96, 'ipv6');

/** Under which clouds have the same servers; a proxy that looks names up itself would find them. */
const REFUSED_NAME =
  /^(?:(?:.+\.)?metadata(?:\.google)?\.internal|metadata(?:\.goog)?|metadata\.azure\.(?:com|internal)|(?:.+\.)?instance-data(?:\.ec2\.internal)?|(?:\d+-){3}\d+\.metadata\.internal)$/;

/** `address` as a socket or a URL has it, in brackets or not; or a name. */
export function isRefusedAddress(address: string): boolean {
  const plain = address.replace(/^\[|\]$/g, '').replace(/%.*/, '');
  const family = isIP(plain);
  if (family === 0) return REFUSED_NAME.test(plain.toLowerCase().replace(/\.$/, ''));
  if (family === 4) return REFUSED.check(plain);
  if (REFUSED.check(plain, 'ipv6')) return true;
  return embeddedIn(plain).some((each) => REFUSED.check(each));
}

/** The host of the address in a text (`endpoint:https://…`, `host:4317`), if nothing may be sent there. */
export function refusedHostIn(text: string): string | null {
  const start = text.search(/https?:\/\//i);
  const url = URL.parse(start === -1 ? `http://${text}` : text.slice(start));
  return url !== null && isRefusedAddress(url.hostname) ? url.hostname : null;
}

/** The IPv4 addresses that an IPv6 one leads to, or may: at its end, and, for 6to4 and Teredo, where they put it. */
function embeddedIn(address: string): readonly string[] {
  const parts = partsOf(address);
  const [first = 0, second = 0, third = 0] = parts;
  const [seventh = 0, eighth = 0] = parts.slice(6);
  if (EMBEDDING.check(address, 'ipv6')) return [dotted(seventh, eighth)];
  if (first === 0x64 && second === 0xff9b && third === 1) return translatedIn(parts);
  // ISATAP: behind any prefix, `0:5efe` goes before it.
  if ((parts[4] === 0 || parts[4] === 0x200) && parts[5] === 0x5efe) return [dotted(seventh, eighth)];
  if (first === 0x2002) return [dotted(second, third)];
  return first === 0x2001 && second === 0 ? [dotted(0xffff ^ seventh, 0xffff ^ eighth)] : [];
}

/** Of a network's own translation (RFC 6052, RFC 8215): behind 48, 56, 64 or 96 bits, and around those from the 64th on. */
function translatedIn(parts: readonly number[]): readonly string[] {
  const bytes = parts.flatMap((part) => [part >> 8, part & 255]);
  const around = bytes.toSpliced(8, 1);
  return [...[6, 7, 8].map((at) => around.slice(at, at + 4)), bytes.slice(12)].map((four) => four.join('.'));
}

/** All eight, however it is written. */
function partsOf(address: string): readonly number[] {
  const { address: shortest } = new SocketAddress({ address, family: 'ipv6' });
  // A dotted end is two of them.
  const plain = shortest.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, ...bytes: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [before = '', behind] = plain.split('::');
  const numbers = (text: string): readonly number[] =>
    text === '' ? [] : text.split(':').map((part) => Number.parseInt(part, 16));
  if (behind === undefined) return numbers(before);
  const [start, end] = [numbers(before), numbers(behind)];
  return [...start, ...new Array<number>(8 - start.length - end.length).fill(0), ...end];
}

const dotted = (high: number, low: number): string => [high >> 8, high & 255, low >> 8, low & 255].join('.');

export const REFUSED_WORDS =
  'is an address of the network link itself, where clouds keep the machine’s own credentials: no API and no receiver is there';
