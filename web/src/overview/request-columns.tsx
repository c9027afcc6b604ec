// The columns of the request table. Which of them are shown is the reader's choice, kept in this browser.

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { RequestRecord } from '../../../src/dashboard/contract.ts';
import { bytes, count, duration, moment, time } from '../format.ts';
import { Pill } from '../parts/controls.tsx';
import { Name } from '../parts/name.tsx';
import { costWords, inputOf, modelOf, outcomeTone, outcomeWords } from './record-words.ts';
import type { Sort } from './use-requests.ts';

export interface Column {
  readonly name: string;
  readonly label: string;
  readonly width: string;
  readonly isNumber?: boolean;
  readonly sort?: Sort;
  readonly cell: (record: RequestRecord, nowMs: number) => ComponentChildren;
}

const runs = ({ outcome }: RequestRecord): boolean => outcome === 'in_flight';
const named = (text: string | null) => text !== null && <Name text={text} isOneLine />;
const about = ({ usageSource }: RequestRecord): string => (usageSource === 'estimate' ? '≈ ' : '');

export const COLUMNS: readonly Column[] = [
  {
    name: 'time',
    label: 'Time',
    width: '8.5rem',
    sort: 'time',
    cell: (record) => <span title={moment(record.startedAtMs)}>{time(record.startedAtMs)}</span>,
  },
  {
    name: 'app',
    label: 'Application',
    width: 'minmax(8rem, 1fr)',
    cell: (record) => named(record.app),
  },
  {
    name: 'tag',
    label: 'Tag',
    width: 'minmax(6rem, 0.85fr)',
    cell: (record) => record.tag !== null && <Pill tone="accent">{named(record.tag)}</Pill>,
  },
  {
    name: 'model',
    label: 'Model',
    // A name with its date is read to its end.
    width: 'minmax(10rem, 1.65fr)',
    cell: (record) => <span title={`${record.method} ${record.path}`}>{modelOf(record)}</span>,
  },
  {
    name: 'session',
    label: 'Session',
    width: 'minmax(6rem, 0.8fr)',
    cell: (record) => named(record.session),
  },
  { name: 'user', label: 'User', width: 'minmax(6rem, 0.8fr)', cell: (record) => named(record.user) },
  {
    name: 'key',
    label: 'Access key',
    width: 'minmax(6rem, 0.8fr)',
    cell: (record) => named(record.accessKey),
  },
  {
    name: 'upstream',
    label: 'Upstream',
    width: 'minmax(6rem, 0.8fr)',
    cell: (record) => record.upstreamName ?? record.upstream.replace(/^https?:\/\//, ''),
  },
  {
    name: 'input',
    label: 'Input',
    width: '6rem',
    isNumber: true,
    cell: (record) => (runs(record) ? '' : about(record) + count(inputOf(record))),
  },
  {
    name: 'output',
    label: 'Output',
    width: '6rem',
    isNumber: true,
    sort: 'tokens',
    cell: (record) => (runs(record) ? '' : about(record) + count(record.usage.outputTokens)),
  },
  {
    name: 'cost',
    label: 'Cost',
    width: '6rem',
    isNumber: true,
    sort: 'cost',
    cell: (record) => (runs(record) ? '' : costWords(record)),
  },
  {
    name: 'took',
    label: 'Took',
    width: '5.5rem',
    isNumber: true,
    sort: 'latency',
    cell: (record, nowMs) =>
      runs(record)
        ? `${Math.max(0, Math.floor((nowMs - record.startedAtMs) / 1000))} s`
        : duration(record.latencyMs),
  },
  {
    name: 'size',
    label: 'Answer size',
    width: '6.5rem',
    isNumber: true,
    cell: (record) => (runs(record) ? '' : bytes(record.responseBytes)),
  },
  {
    name: 'cache',
    label: 'Cache',
    width: '6rem',
    cell: (record) => record.cacheUse,
  },
  {
    name: 'result',
    label: 'Result',
    width: '8.5rem',
    cell: (record) => (
      <Pill tone={outcomeTone(record)} {...(record.errorCode !== null && { title: record.errorCode })}>
        {runs(record) && <i class="breathing" aria-hidden="true" />}
        {outcomeWords(record)}
      </Pill>
    ),
  },
];

const STANDARD = ['time', 'app', 'tag', 'model', 'input', 'output', 'cost', 'took', 'result'];
const STORED_AS = 'tokenwatch-columns';

/** Those shown, in the table's order, and how to show or hide one. */
export function useColumns(): readonly [readonly Column[], (name: string) => void] {
  const [names, setNames] = useState<readonly string[]>(() => stored() ?? STANDARD);
  const toggle = (name: string): void => {
    const next = names.includes(name) ? names.filter((each) => each !== name) : [...names, name];
    if (next.length === 0) return;
    setNames(next);
    try {
      localStorage.setItem(STORED_AS, next.join());
    } catch {
      // A browser that keeps nothing shows the choice until the page is left.
    }
  };
  return [COLUMNS.filter(({ name }) => names.includes(name)), toggle];
}

function stored(): readonly string[] | null {
  try {
    const names = localStorage.getItem(STORED_AS)?.split(',') ?? [];
    const known = names.filter((name) => COLUMNS.some((column) => column.name === name));
    return known.length === 0 ? null : known;
  } catch {
    // Storage is closed to this page: the standard columns serve.
    return null;
  }
}
