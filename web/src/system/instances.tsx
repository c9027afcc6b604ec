// The proxies that share the database: which of them live, and what each may spend of the hard budgets.

import type { InstancesAnswer } from '../../../src/dashboard/contract.ts';
import { useAnswer } from '../data/use-answer.ts';
import { ago, moment, usd } from '../format.ts';
import { Pill } from '../parts/controls.tsx';
import { PlainTable, type TableColumn } from '../parts/plain-table.tsx';
import { Card, Pending } from '../parts/states.tsx';
import type { SectionProps } from './sections.ts';

type Instance = InstancesAnswer['instances'][number];

const SKELETON_HEIGHT = 200;
const EVERY_MS = 2000;
const STATES = {
  running: { tone: 'good', word: 'running' },
  silent: { tone: 'bad', word: 'not heard of' },
  stopped: { tone: 'quiet', word: 'stopped' },
} as const;

export function Instances(_props: SectionProps) {
  const answer = useAnswer<InstancesAnswer>('/api/instances', { everyMs: EVERY_MS });
  const { value } = answer;
  if (value === null)
    return <Pending of={answer} what="The proxies cannot be loaded" height={SKELETON_HEIGHT} />;
  const silent = value.instances.filter(({ state }) => state === 'silent').length;
  return (
    <Card title="Proxies" testId="instances">
      <p class="quiet-line">
        {value.isShared
          ? 'All that share this database. Traffic, rules, budgets and the cache are those of all.'
          : 'SQLite serves this proxy alone. With PostgreSQL or Oracle Database, several share what they know.'}
      </p>
      {value.fault !== null && (
        <p class="fault" role="alert">
          The database does not tell of the others: {value.fault}
        </p>
      )}
      {silent > 0 && (
        <p class="fault" role="alert">
          {silent === 1 ? 'One proxy is' : `${silent} proxies are`} not heard of: what is leased there counts
          as spent until its records are in. Start it again on its data folder, or end it.
        </p>
      )}
      <PlainTable
        label="Proxies"
        rows={value.instances}
        keyOf={({ id }) => id}
        columns={columnsOf(value.self)}
      />
    </Card>
  );
}

function columnsOf(self: string | null): readonly TableColumn<Instance>[] {
  return [
    {
      title: 'Proxy',
      isName: true,
      cell: ({ id, host }) => (
        <>
          {host} {id === self && <Pill tone="quiet">this one</Pill>}
          <p class="quiet-line">{id}</p>
        </>
      ),
    },
    { title: 'State', cell: ({ state }) => <Pill tone={STATES[state].tone}>{STATES[state].word}</Pill> },
    { title: 'Version', cell: ({ version }) => version },
    {
      title: 'Started',
      cell: ({ startedAtMs }) => ago(startedAtMs),
      hint: ({ startedAtMs }) => moment(startedAtMs),
    },
    { title: 'Last seen', cell: ({ seenAtMs }) => ago(seenAtMs), hint: ({ seenAtMs }) => moment(seenAtMs) },
    { title: 'Leased, not spent', isNumber: true, look: 'wide', cell: leasedWords },
  ];
}

function leasedWords({ outstandingNanoUsd, leases }: Instance) {
  return (
    <>
      {usd(outstandingNanoUsd)}
      {leases.map(({ budget, periodStartMs, grantedNanoUsd, spentNanoUsd, reservedNanoUsd }) => (
        <p class="quiet-line" key={`${budget} ${periodStartMs}`}>
          {budget}: {usd(spentNanoUsd)} of {usd(grantedNanoUsd)}
          {reservedNanoUsd > 0 && `, ${usd(reservedNanoUsd)} set aside`}
        </p>
      ))}
    </>
  );
}
