// Addresses that no upstream and no webhook's receiver has: a link's own, where clouds keep the machine's credentials.
// Private addresses and this machine are others: a local model is a good upstream.

import { BlockList, isIP } from 'node:net';

const REFUSED = new BlockList();
// 169.254.169.254 and its like (AWS, Azure, Google, ECS, Oracle).
REFUSED.addSubnet('169.254.0.0', 16);
REFUSED.addSubnet('fe80::', 10, 'ipv6');
REFUSED.addAddress('fd00:ec2::254', 'ipv6');
REFUSED.addAddress('fd20:ce::254', 'ipv6');
REFUSED.addAddress('100.100.100.200');
REFUSED.addAddress('192.0.0.192');
// The same behind translations of IPv4 into IPv6.
REFUSED.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6');
REFUSED.addSubnet('2002:a9fe::', 32, 'ipv6');

/** `address` as a socket or a URL has it, in brackets or not; a name is none. */
export function isRefusedAddress(address: string): boolean {
  const plain = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  const family = isIP(plain);
  if (family === 0) return false;
  // `::169.254.169.254`, which is no mapped address, is one to some.
  const embedded = /^::(?:ffff:)?(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1];
  if (embedded !== undefined && REFUSED.check(embedded)) return true;
  return REFUSED.check(plain, family === 6 ? 'ipv6' : 'ipv4');
}

export const REFUSED_WORDS =
  'is an address of the network link itself, where clouds keep the machine’s own credentials: no API and no receiver is there';
