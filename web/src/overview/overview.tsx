// Overview: what the proxy did in the span, what it is doing now, and every request.

import type {
  CacheAnswer,
  StatsAnswer,
  StatusAnswer,
  TimeseriesAnswer,
} from '../../../src/dashboard/contract.ts';
import { type Address, type Go, reportQuery, zoomedOut } from '../address.ts';
import { type Answer, useAnswer } from '../data/use-answer.ts';
import { useLive } from '../data/use-live.ts';
import { Segmented } from '../parts/controls.tsx';
import { Awaited, Card, Fault, SearchedFrom, Skeleton } from '../parts/states.tsx';
import { TopList } from '../parts/top-list.tsx';
import { CachePanel } from './cache-panel.tsx';
import { Charts } from './charts.tsx';
import { FilterChips } from './filter-chips.tsx';
import { FirstSteps } from './first-steps.tsx';
import { Requests } from './requests.tsx';
import { Sessions } from './sessions.tsx';
import { Totals } from './totals.tsx';
import { useMoved } from './use-moved.ts';

const IDLE_REFRESH_MS = 60_000;
const TOTALS_HEIGHT = [118, 392] as const;
const CHARTS_HEIGHT = [796, 1304] as const;
const LIST_HEIGHT = 256;
const CACHE_HEIGHT = [111, 312] as const;

const VIEWS = [
  { value: 'requests', label: 'Requests' },
  { value: 'sessions', label: 'Sessions' },
] as const;

export function Overview(props: {
  readonly address: Address;
  readonly go: Go;
  readonly status: StatusAnswer | null;
}) {
  const { address, go, status } = props;
  const { tick, counted } = useLive();
  const query = reportQuery(address.span, address.filters);
  const fresh = { tick, everyMs: IDLE_REFRESH_MS };
  const models = useAnswer<StatsAnswer>(`/api/stats?${query}&by=model&limit=8`, fresh);
  const apps = useAnswer<StatsAnswer>(`/api/stats?${query}&by=app&limit=8`, fresh);
  const stack = address.rest.stack ?? 'model';
  const series = useAnswer<TimeseriesAnswer>(`/api/timeseries?${query}&stack=${stack}`, fresh);
  /** The cache’s figures are of spans up to now alone. */
  const isCounted = !address.span.includes('-');
  const cache = useAnswer<CacheAnswer>(isCounted ? `/api/cache?range=${address.span}` : null, fresh);
  const isWhole = Object.keys(address.filters).length === 0 && isCounted;
  const moved = useMoved(models, isWhole ? counted : null);
  const whole = zoomedOut(address);
  const view = address.rest.view === 'sessions' ? 'sessions' : 'requests';

  if (status?.isEmpty) return <FirstSteps status={status} />;
  const reports = [models, apps, series, cache];
  const fault = reports.map((report) => report.fault).find((one) => one !== null) ?? null;
  return (
    <>
      <FilterChips address={address} go={go} />
      {fault !== null && (
        <Fault
          what="The figures cannot be loaded"
          fault={fault}
          onRetry={() => {
            for (const report of reports) report.reload();
          }}
        />
      )}
      <SearchedFrom fromMs={models.value?.searchedFromMs ?? 0} />
      {moved === null ? (
        <Awaited of={models} height={TOTALS_HEIGHT} isExact />
      ) : (
        <Totals stats={moved} points={series.value?.points ?? []} />
      )}
      {series.value === null ? (
        <Awaited of={series} height={CHARTS_HEIGHT} isExact />
      ) : (
        <Charts
          series={series.value}
          stack={stack}
          onStack={(by) => go({ rest: { stack: by } }, 'replace')}
          onZoom={(fromMs, toMs) => go({ span: `${fromMs}-${toMs}` })}
          onZoomOut={whole === null ? null : () => go({ span: whole })}
          isOld={series.isOld}
        />
      )}
      <Dearest models={models} apps={apps} go={go} />
      {isCounted && cache.value === null && cache.fault === null && <Skeleton height={CACHE_HEIGHT} />}
      {cache.value?.enabled && (
        <CachePanel cache={cache.value} isOfAll={Object.keys(address.filters).length > 0} />
      )}
      <Segmented
        label="What to list"
        choices={VIEWS}
        value={view}
        onChoose={(chosen) => go({ rest: { view: chosen === 'sessions' ? chosen : null } }, 'replace')}
      />
      {view === 'requests' ? <Requests address={address} go={go} /> : <Sessions address={address} go={go} />}
    </>
  );
}

/** Models and applications, the dearest first; a click narrows the page to one. */
function Dearest(props: {
  readonly models: Answer<StatsAnswer>;
  readonly apps: Answer<StatsAnswer>;
  readonly go: Go;
}) {
  const lists = [
    { title: 'Models', noun: 'model', answer: props.models, name: 'model' },
    { title: 'Applications', noun: 'application', answer: props.apps, name: 'app' },
  ] as const;
  const heads = (
    <span class="list-heads" aria-hidden="true">
      <span>Requests</span>
      <span>Cost</span>
    </span>
  );
  return (
    <div class="columns">
      {lists.map(({ title, noun, answer, name }) => (
        <Card key={name} title={title} tools={heads}>
          {answer.value === null ? (
            <Awaited of={answer} height={LIST_HEIGHT} />
          ) : (
            <TopList
              rows={answer.value.rows}
              noun={noun}
              onChoose={(key) => props.go({ filters: { [name]: key } })}
              isOld={answer.isOld}
            />
          )}
        </Card>
      ))}
    </div>
  );
}
