// Whose process is at the other end of a connection within this machine, as Linux tells it in its tables of sockets.

import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';

type Ends = Pick<Socket, 'remoteAddress' | 'remotePort' | 'localPort'>;

const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];
/** Words of a line: the socket's own end, the other one, its state and its user. */
const OWN_END = 1;
const OTHER_END = 2;
const STATE = 3;
const USER = 7;
/** What is over has no user any more: it is root's by that table. */
const TIME_WAIT = '06';

/**
 * The number of that user; null where it is not known: on other systems, for a connection from elsewhere. It is whoever
 * opened the connection, so it tells nothing of people behind a proxy of this machine.
 */
export function peerUser({ remoteAddress, remotePort, localPort }: Ends): number | null {
  if (remoteAddress === undefined || remotePort === undefined || localPort === undefined) return null;
  const places = placesOf(remoteAddress).map((place) => `${place}:${port(remotePort)}`);
  const here = `:${port(localPort)}`;
  for (const line of places.length === 0 ? [] : linesOfTables()) {
    const words = line.trim().split(/\s+/);
    if (!places.includes(words[OWN_END] ?? '') || words[OTHER_END]?.endsWith(here) !== true) continue;
    if (words[STATE] !== TIME_WAIT) return Number(words[USER]);
  }
  return null;
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

/** An address of this machine as the tables write it: each four bytes in the processor's order. */
function placesOf(address: string): readonly string[] {
  if (address === '::1') return [`${'0'.repeat(24)}01000000`];
  const four = /^(?:::ffff:)?(127(?:\.\d{1,3}){3})$/i.exec(address)?.[1];
  if (four === undefined) return [];
  const bytes = four.split('.').reverse();
  const word = bytes.map((byte) => Number(byte).toString(16).toUpperCase().padStart(2, '0')).join('');
  return [word, `${'0'.repeat(16)}FFFF0000${word}`];
}
