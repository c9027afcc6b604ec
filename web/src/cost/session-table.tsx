// What each session cost, from when to when, and what caches saved it: ours, and the provider's.

import type { Answer } from '../../../src/dashboard/contract.ts';
import { count, moment, time, usd, usdSum } from '../format.ts';
import { Name } from '../parts/name.tsx';
import { PlainTable, type TableColumn } from '../parts/plain-table.tsx';

export type SessionCost = Answer<'costBySession'>['rows'][number];

export function SessionTable(props: {
  readonly rows: readonly SessionCost[];
  readonly onDrill: (session: string) => void;
  readonly isOld: boolean;
}) {
  return (
    <>
      <PlainTable
        label="Costs of sessions"
        testId="session-costs"
        rows={props.rows}
        keyOf={({ session }) => session}
        columns={columnsOf(props.onDrill)}
        isOld={props.isOld}
        isLive
      />
      <p class="hint">
        The provider’s part is the discount on what was read from its prompt cache, less the surcharge on what
        was written to it: below zero where writing cost more than reading saved.
      </p>
    </>
  );
}

function columnsOf(onDrill: (session: string) => void): readonly TableColumn<SessionCost>[] {
  return [
    {
      title: 'Session',
      isName: true,
      cell: ({ session }) => (
        <button type="button" class="link" onClick={() => onDrill(session)}>
          <Name text={session} isShort />
        </button>
      ),
    },
    {
      title: 'Application',
      look: 'wide named',
      cell: ({ app, otherApps }) => (
        <>
          <Name text={app} isShort />
          {otherApps > 0 && ` and ${otherApps} more`}
        </>
      ),
    },
    when('Began', ({ startedAtMs }) => startedAtMs),
    when('Ended', ({ endedAtMs }) => endedAtMs),
    { title: 'Turns', isNumber: true, cell: ({ turns }) => count(turns) },
    {
      title: 'Cost',
      isNumber: true,
      cell: ({ costNanoUsd, unpricedTurns }) => usdSum(costNanoUsd, unpricedTurns),
    },
    {
      title: 'Our cache saved',
      isNumber: true,
      cell: ({ cachedTurns, savedNanoUsd }) => (cachedTurns === 0 ? '–' : usd(savedNanoUsd)),
    },
    { title: 'The provider’s saved', isNumber: true, cell: providerWords },
  ];
}

const when = (title: string, pick: (row: SessionCost) => number): TableColumn<SessionCost> => ({
  title,
  isNumber: true,
  cell: (row) => time(pick(row)),
  hint: (row) => moment(pick(row)),
});

function providerWords({ promptCacheSavedNanoUsd: saved, promptCacheUnknownTurns }: SessionCost): string {
  if (saved === null || promptCacheUnknownTurns === 0) return saved === 0 ? '–' : usd(saved);
  return `${usd(saved)} and ${count(promptCacheUnknownTurns)} unknown`;
}
