// Addresses of machines that may be somebody's: not this machine, not every machine, not the ranges of documentation.

import { BlockList, isIP } from 'node:net';
import type { Span } from '../span.ts';

const CANDIDATE =
  /(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)|(?=[\da-f]*:[\da-f]*:)[\da-f:]{2,39}(?:\d{0,3}(?:\.\d{1,3}){3})?(?![\w:]|\.\d))/gi;
/** `version 1.2.3.4`, `v1.2.3.4`, `"version": "1.2.3.4"` are no addresses, nor are sections. */
const VERSION_BEFORE =
  /(?:(?:version|release|build|v|ver|chrome|firefox|safari|edg)["']?\s*[:=/]?\s*["']?|(?:rfc \d+,?|section|chapter|§)\s*)$/i;

const PUBLIC_KNOWLEDGE = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['192.0.2.0', 24],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['255.255.255.255', 32],
] as const)
  PUBLIC_KNOWLEDGE.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of [
  ['::', 127],
  ['2001:db8::', 32],
] as const)
  PUBLIC_KNOWLEDGE.addSubnet(network, prefix, 'ipv6');

export function findIpAddresses(text: string): Span[] {
  return [...text.matchAll(CANDIDATE)].flatMap((match) => {
    const address = match[0];
    const version = isIP(address);
    if (version === 0 || PUBLIC_KNOWLEDGE.check(address, version === 4 ? 'ipv4' : 'ipv6')) return [];
    // A time such as 12:30::45 or a scope a::b of code has hardly any digits of an address.
    if (version === 6 && address.split(':').filter((part) => part !== '').length < 3) return [];
    if (VERSION_BEFORE.test(text.slice(Math.max(0, match.index - 20), match.index))) return [];
    return [{ start: match.index, end: match.index + address.length, kind: 'IP' as const }];
  });
}
