// The figures of a fault run, and what broke.

import type { Ending } from './evidence.ts';
import { PROMISES } from './promises.ts';
import type { Tally } from './tally.ts';

export interface RunFacts {
  /** Requests, before the streams. */
  readonly perSecond: number;
  /** Open at once, and how many were wanted. */
  readonly streams: number;
  readonly streamsWanted: number;
  /** Of the process that was left in peace: early, and at its end. */
  readonly soakBytes: readonly [early: number, late: number];
}

const WIDTH = 18;

export function printFigures(tally: Tally, facts: RunFacts): void {
  for (const [name, text] of rowsOf(tally, facts)) console.log(`${name.padEnd(WIDTH)}${text}`);
  for (const { name, promise } of PROMISES) {
    const { count, examples } = tally.broken.get(name) ?? { count: 0, examples: [] };
    console.log(`${name.padEnd(WIDTH)}${String(count).padEnd(8)}${promise}`);
    for (const fault of examples) console.log(`  ${fault}`);
  }
}

function rowsOf(
  tally: Tally,
  { perSecond, streams, streamsWanted, soakBytes }: RunFacts,
): readonly (readonly [string, string])[] {
  const endings: readonly Ending[] = ['whole', 'broken', 'none', 'left', 'hung'];
  const skipped = [...tally.torments].filter(([, done]) => done === 0).map(([name]) => name);
  const told = endings.map((ending) => `${tally.endings[ending]} ${ending}`).join(', ');
  const { refused, cached, unkind, explained } = tally;
  const [early, late] = soakBytes.map(megabytes);
  const isKnown = tally.residentBytesMax > 0;
  return [
    ['requests', `${tally.requests} (${told}), ${Math.round(perSecond)} a second`],
    ['', `${refused} refused by a budget, ${cached} from the cache, ${unkind} to an unkind upstream,`],
    ['', `${explained} explained before`],
    ['at the upstream', String(tally.arrivals)],
    ['records', String(tally.records)],
    ['faults', [...tally.torments].map(([name, done]) => `${done} ${name}`).join(', ')],
    ['open streams', `${streams} at once${streams < streamsWanted ? `, of ${streamsWanted}` : ''}`],
    ['memory', isKnown ? `${megabytes(tally.residentBytesMax)} at most` : 'not known here'],
    ['soak', isKnown ? `${early} in its first fifth, ${late} at its end` : 'not known here'],
    ...(skipped.length > 0 ? [['not possible here', skipped.join(', ')] as const] : []),
  ];
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
