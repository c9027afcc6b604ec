// The dearest sessions of the span: whose they are, when they ran, what they cost. A click opens the timeline of one.

import { useState } from 'preact/hooks';
import type { Answer } from '../../../src/dashboard/contract.ts';
import { type Address, type Go, reportQuery } from '../address.ts';
import { useAnswer } from '../data/use-answer.ts';
import { useLive } from '../data/use-live.ts';
import { ago, count, moment, time, usd, usdSum } from '../format.ts';
import { Name } from '../parts/name.tsx';
import { PlainTable, type TableColumn } from '../parts/plain-table.tsx';
import { Card, Nothing, OfDearest, OnlySums, Pending } from '../parts/states.tsx';

type Session = Answer<'costBySession'>['rows'][number];

const HEIGHT = 300;
const SESSIONS_MAX = 50;
const COST = 'Cost';

export function SessionList({ address, go }: { readonly address: Address; readonly go: Go }) {
  const { tick } = useLive();
  const [order, setOrder] = useState(COST);
  const query = reportQuery(address.span, address.filters);
  const answer = useAnswer<Answer<'costBySession'>>(`/api/cost/by-session?${query}&limit=${SESSIONS_MAX}`, {
    tick,
  });
  const rows = answer.value?.rows ?? [];
  const columns = columnsOf((session) => go({ filters: { session } }));
  return (
    <Card title="Sessions" testId="sessions">
      <Pending of={answer} what="The sessions cannot be loaded" height={HEIGHT} />
      {answer.value !== null && rows.length === 0 && (
        <Nothing title="No session in this span">
          <p>
            Claude Code and others name their sessions by themselves; any client can, with the header{' '}
            <code>X-TokenWatch-Session</code>.
          </p>
        </Nothing>
      )}
      <OfDearest count={answer.value?.ofDearest ?? null} />
      {rows.length > 0 && (
        <PlainTable
          label="Sessions"
          rows={rows}
          keyOf={({ session }) => session}
          columns={columns}
          sort={{ by: order, choose: setOrder }}
          isOld={answer.isOld}
          isLive
        />
      )}
      {rows.length === SESSIONS_MAX && (
        <p class="quiet-line" role="note">
          The {SESSIONS_MAX} that cost most. Others are in a shorter span, or behind a filter.
        </p>
      )}
      <OnlySums rowsFromMs={answer.value?.rowsFromMs ?? 0} />
    </Card>
  );
}

function columnsOf(open: (session: string) => void): readonly TableColumn<Session>[] {
  return [
    {
      title: 'Session',
      isName: true,
      cell: ({ session }) => (
        <button type="button" class="link" title={`Only ${session}`} onClick={() => open(session)}>
          <Name text={session} isShort />
        </button>
      ),
    },
    { title: 'Application', look: 'wide named', cell: ({ app, otherApps }) => andMore(app, otherApps) },
    {
      title: 'Model',
      look: 'wide named',
      cell: ({ model, otherModels }) => (model === null ? '–' : andMore(model, otherModels)),
    },
    {
      title: 'Began',
      isNumber: true,
      order: ({ startedAtMs }) => startedAtMs,
      cell: ({ startedAtMs }) => time(startedAtMs),
      hint: ({ startedAtMs }) => moment(startedAtMs),
    },
    {
      title: 'Last active',
      isNumber: true,
      order: ({ endedAtMs }) => endedAtMs,
      cell: ({ endedAtMs }) => time(endedAtMs),
      hint: ({ endedAtMs }) => `${moment(endedAtMs)}, ${ago(endedAtMs)}`,
    },
    {
      title: 'Turns',
      isNumber: true,
      order: ({ turns }) => turns,
      cell: ({ turns }) => count(turns),
      hint: ({ failedTurns }) => (failedTurns === 0 ? 'None failed' : `${count(failedTurns)} failed`),
    },
    {
      title: COST,
      isNumber: true,
      order: ({ costNanoUsd }) => costNanoUsd,
      cell: ({ costNanoUsd, unpricedTurns }) => usdSum(costNanoUsd, unpricedTurns),
      hint: ({ costNanoUsd }) => usd(costNanoUsd),
    },
  ];
}

const andMore = (name: string, more: number) => (
  <>
    <Name text={name} isShort />
    {more > 0 && ` and ${count(more)} more`}
  </>
);
