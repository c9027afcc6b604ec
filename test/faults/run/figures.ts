// The figures of a fault run, and what broke.

import type { Ending, Evidence } from './evidence.ts';
import { PROMISES } from './promises.ts';

export interface Figures {
  readonly torments: ReadonlyMap<string, number>;
  /** Open at once. */
  readonly streams: number;
  readonly residentBytesMax: number;
}

const EXAMPLES_MAX = 5;

/** True where every promise was kept. */
export function printFigures(evidence: Evidence, { torments, streams, residentBytesMax }: Figures): boolean {
  const { asked, seen, records } = evidence;
  const count = (ending: Ending): number => asked.filter((request) => request.ending === ending).length;
  const endings: readonly Ending[] = ['whole', 'broken', 'none', 'left', 'hung'];
  const arrivals = [...seen.values()].reduce((sum, list) => sum + list.length, 0);
  const refused = asked.filter(({ ownError }) => ownError?.startsWith('budget_')).length;
  const cached = records.filter(({ outcome }) => outcome === 'cached').length;
  const unkind = asked.filter(({ isWell }) => !isWell).length;
  const skipped = [...torments].filter(([, done]) => done === 0).map(([name]) => name);
  const rows: [string, string][] = [
    ['requests', `${asked.length} (${endings.map((ending) => `${count(ending)} ${ending}`).join(', ')})`],
    ['', `${refused} refused by a budget, ${cached} from the cache, ${unkind} to an unkind upstream`],
    ['at the upstream', String(arrivals)],
    ['records', String(records.length)],
    ['faults', [...torments].map(([name, done]) => `${done} ${name}`).join(', ')],
    ['open streams', `${streams} at once`],
    [
      'memory',
      residentBytesMax === 0 ? 'not known here' : `${Math.round(residentBytesMax / 1e6)} MB at most`,
    ],
  ];
  if (skipped.length > 0) rows.push(['not possible here', skipped.join(', ')]);
  for (const [name, text] of rows) console.log(`${name.padEnd(18)}${text}`);
  let isWell = true;
  for (const { name, promise, broken } of PROMISES) {
    const faults = broken(evidence);
    console.log(`${name.padEnd(18)}${String(faults.length).padEnd(8)}${promise}`);
    for (const fault of faults.slice(0, EXAMPLES_MAX)) console.log(`  ${fault}`);
    isWell &&= faults.length === 0;
  }
  return isWell;
}
