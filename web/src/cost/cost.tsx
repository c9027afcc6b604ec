// Cost Intelligence: what the span's money went to, who moved, how budgets burn down, what caches saved.

import { useRef, useState } from 'preact/hooks';
import type { Answer, BreakdownRow, StatsAnswer } from '../../../src/dashboard/contract.ts';
import { type Address, type Go, reportQuery } from '../address.ts';
import { useAnswer } from '../data/use-answer.ts';
import { useLive } from '../data/use-live.ts';
import { count as whole } from '../format.ts';
import { FilterChips } from '../overview/filter-chips.tsx';
import { Segmented } from '../parts/controls.tsx';
import { PlaceLink } from '../parts/place-link.tsx';
import { Alert, Card, Nothing, OfDearest, Pending } from '../parts/states.tsx';
import { BurnDown } from './burn-down.tsx';
import { CostTable } from './cost-table.tsx';
import { CsvButton } from './csv-button.tsx';
import { Forecast } from './forecast.tsx';
import { Movers } from './movers.tsx';
import { Savings } from './savings.tsx';
import { SessionTable } from './session-table.tsx';
import { WhatIf } from './what-if.tsx';

const DIMENSIONS = [
  { value: 'tag', label: 'Tag' },
  { value: 'app', label: 'Application' },
  { value: 'model', label: 'Model' },
  { value: 'session', label: 'Session' },
  { value: 'upstream', label: 'Upstream' },
] as const;
type Dimension = (typeof DIMENSIONS)[number]['value'];

const SKELETON_HEIGHT = [380, 780] as const;
const ROWS_MAX = 50;
const FILE_ROWS_MAX = 1000;
const REFRESH_MS = 60_000;

export function Cost(props: {
  readonly address: Address;
  readonly go: Go;
  /** There never was a request. */
  readonly isEmpty: boolean;
}) {
  const { address, go } = props;
  const { tick } = useLive();
  /** Of the last file. */
  const [fault, setFault] = useState<string | null>(null);
  const { value: by } = DIMENSIONS.find(({ value }) => value === address.rest.by) ?? DIMENSIONS[0];
  const facet = address.rest.facet ?? '';
  const asked = by === 'tag' && facet !== '' ? `tag:${facet}` : by;
  const query = reportQuery(address.span, address.filters);
  const path = `/api/stats?${query}&by=${encodeURIComponent(asked)}&limit=`;
  const answer = useAnswer<StatsAnswer>(by === 'session' ? null : path + ROWS_MAX, {
    tick,
    everyMs: REFRESH_MS,
  });
  const rows = answer.value?.rows ?? null;
  const sessionsPath = `/api/cost/by-session?${query}&limit=`;
  const sessions = useAnswer<Answer<'costBySession'>>(by === 'session' ? sessionsPath + ROWS_MAX : null, {
    tick,
    everyMs: REFRESH_MS,
  });
  // Until the answer is here, the rows of the question before it are shown, and lead where they did.
  const [shown, shownFacet = ''] = (answer.value?.by ?? asked).split(/:(.*)/s) as [Dimension, string?];
  const drill = (from: Dimension, key: string): void =>
    go({ filters: { [from]: key }, rest: { by: nextDimension(from), facet: null } });
  const listed = by === 'session' ? sessions : answer;
  const count = listed.value?.rows.length ?? 0;
  return (
    <>
      <FilterChips address={address} go={go} />
      <Card
        title="Where the money went"
        testId="cost-by"
        tools={
          <>
            <Segmented
              label="By"
              choices={DIMENSIONS}
              value={by}
              onChoose={(value) => go({ rest: { by: value, facet: null } }, 'replace')}
            />
            <CsvButton
              by={by}
              path={(by === 'session' ? sessionsPath : path) + FILE_ROWS_MAX}
              isDisabled={count === 0}
              onFault={setFault}
            />
          </>
        }
      >
        {by === 'tag' && (
          <Facets
            query={query}
            wholeTags={shown === 'tag' && shownFacet === '' ? rows : null}
            facet={facet}
            go={go}
          />
        )}
        <Alert text={fault} />
        <Pending of={listed} what="The figures cannot be loaded" height={SKELETON_HEIGHT} />
        {listed.value?.rows.length === 0 && <NothingSpent by={by} isEmpty={props.isEmpty} go={go} />}
        <OfDearest count={sessions.value?.ofDearest ?? null} />
        {sessions.value !== null && sessions.value.rows.length > 0 && (
          <SessionTable
            rows={sessions.value.rows}
            onDrill={(key) => drill('session', key)}
            isOld={sessions.isOld}
          />
        )}
        {rows !== null && rows.length > 0 && answer.value !== null && (
          <CostTable
            rows={rows}
            totalNanoUsd={answer.value.summary.costNanoUsd}
            title={labelOf(shown)}
            onDrill={(key) => drill(shown, shownFacet === '' ? key : `${shownFacet}=${key}`)}
            isOld={answer.isOld}
          />
        )}
        {count === ROWS_MAX && (
          <p class="hint">
            The {ROWS_MAX} that cost most. The CSV file has up to {whole(FILE_ROWS_MAX)} of them.
          </p>
        )}
      </Card>
      <div class="columns">
        <Movers span={address.span} filters={address.filters} by={by} />
        <Savings span={address.span} filters={address.filters} />
      </div>
      <WhatIf span={address.span} filters={address.filters} />
      <Forecast filters={address.filters} />
      <BurnDown />
    </>
  );
}

function NothingSpent(props: { readonly by: Dimension; readonly isEmpty: boolean; readonly go: Go }) {
  const { by, isEmpty, go } = props;
  if (!isEmpty)
    return (
      <Nothing title={by === 'session' ? 'No session in this span' : 'Nothing was spent in this span'}>
        <p>Choose a longer one, or take a filter away.</p>
      </Nothing>
    );
  return (
    <Nothing title="Nothing was spent yet">
      <p>
        Point an application at the proxy:{' '}
        <PlaceLink href="/" isHere={false} onGo={() => go({ tab: 'overview' })}>
          how to
        </PlaceLink>
        .
      </p>
    </Nothing>
  );
}

const labelOf = (by: Dimension): string => DIMENSIONS.find(({ value }) => value === by)?.label ?? by;

/** From who to what to which run. */
function nextDimension(by: Dimension): Dimension {
  if (by === 'tag') return 'app';
  return by === 'app' ? 'model' : by === 'model' ? 'session' : 'model';
}

/** Names of facets (`team` of `team=growth`) that the tags of the span have. */
function Facets(props: {
  readonly query: string;
  /** Null while the table shows one facet's rows: they do not say which others there are. */
  readonly wholeTags: readonly BreakdownRow[] | null;
  readonly facet: string;
  readonly go: Go;
}) {
  const whole = useAnswer<StatsAnswer>(
    props.facet === '' ? null : `/api/stats?${props.query}&by=tag&limit=${ROWS_MAX}`,
  );
  const tags = useRef<readonly BreakdownRow[]>([]);
  tags.current = props.wholeTags ?? whole.value?.rows ?? tags.current;
  const names = new Set(
    tags.current.flatMap(({ key }) =>
      (key ?? '')
        .split(',')
        .flatMap((part) => (part.includes('=') ? [part.slice(0, part.indexOf('='))] : [])),
    ),
  );
  if (props.facet !== '') names.add(props.facet);
  if (names.size === 0) return null;
  return (
    <Segmented
      label="Facet"
      choices={[{ value: '', label: 'whole tag' }, ...[...names].map((value) => ({ value, label: value }))]}
      value={props.facet}
      onChoose={(facet) => props.go({ rest: { facet: facet === '' ? null : facet } }, 'replace')}
    />
  );
}
