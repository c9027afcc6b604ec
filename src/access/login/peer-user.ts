// Whose process is at the other end of a connection within this machine, as Linux tells it in its tables of sockets.

import { readFileSync } from 'node:fs';
import { isIPv6, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';

type Ends = Pick<Socket, 'remoteAddress' | 'remotePort' | 'localPort'>;

const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];
/** Words of a line: the socket's own end, the other one, its state and its user. */
const OWN_END = 1;
const OTHER_END = 2;
const STATE = 3;
const USER = 7;
const ESTABLISHED = '01';

/** Of a connection that its process has let go of: the tables call it root's, or do not know it any more. */
export const UNKNOWN_USER = -1;

/**
 * The number of that user; null where nobody can tell: on other systems, for a connection from elsewhere. It is whoever
 * opened the connection, so it tells nothing of people behind a proxy of this machine.
 */
export function peerUser({ remoteAddress, remotePort, localPort }: Ends): number | null {
  // It is closed already: there is no end that could be looked for.
  if (remoteAddress === undefined || remotePort === undefined || localPort === undefined) return UNKNOWN_USER;
  // From any address of its own, a process may call any other one.
  if (!isOwn(plain(remoteAddress))) return null;
  const lines = linesOfTables();
  if (lines.length === 0) return null;
  const places = placesOf(plain(remoteAddress)).map((place) => `${place}:${port(remotePort)}`);
  const here = `:${port(localPort)}`;
  for (const line of lines) {
    const words = line.trim().split(/\s+/);
    if (!places.includes(words[OWN_END] ?? '') || words[OTHER_END]?.endsWith(here) !== true) continue;
    if (words[STATE] === ESTABLISHED) return Number(words[USER]);
  }
  return UNKNOWN_USER;
}

/** Whether that is another user than the server's, as far as is known. Root reads whatever it likes. */
export function isAnotherUser(user: number | null): boolean {
  return user !== null && user !== 0 && user !== process.getuid?.();
}

function linesOfTables(): readonly string[] {
  return TABLES.flatMap((path) => {
    try {
      return readFileSync(path, 'latin1').split('\n').slice(1);
    } catch {
      return [];
    }
  });
}

const port = (number: number): string => number.toString(16).toUpperCase().padStart(4, '0');

const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');

function isOwn(address: string): boolean {
  if (address.startsWith('127.') || address === '::1') return true;
  return Object.values(networkInterfaces()).some((some) => some?.some((each) => each.address === address));
}

/** An address as the tables write it: each four bytes in the processor's order. */
function placesOf(address: string): readonly string[] {
  if (isIPv6(address)) return [wordsOf(bytesOf(address))];
  const word = wordsOf(address.split('.').map(Number));
  return [word, `${'0'.repeat(16)}FFFF0000${word}`];
}

/** Its sixteen bytes. */
function bytesOf(address: string): readonly number[] {
  const [first = [], last = []] = address.split('::').map((side) => side.split(':').filter(Boolean));
  const gap = Array.from({ length: 8 - first.length - last.length }, () => '0');
  return [...first, ...gap, ...last]
    .map((group) => Number.parseInt(group, 16))
    .flatMap((group) => [group >> 8, group & 255]);
}

function wordsOf(bytes: readonly number[]): string {
  return bytes
    .map((_, index) => bytes[(index & ~3) + 3 - (index & 3)] ?? 0)
    .map((byte) => byte.toString(16).toUpperCase().padStart(2, '0'))
    .join('');
}
