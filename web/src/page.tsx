// The page: what the proxy did in a time range, and what it is doing now.

import { useState } from 'preact/hooks';
import type { RangeName } from '../../src/dashboard/contract.ts';
import { Breakdown } from './breakdown.tsx';
import { CachePanel } from './cache-panel.tsx';
import { Chart } from './chart.tsx';
import { Empty } from './empty.tsx';
import { RecentTable } from './recent-table.tsx';
import { Totals } from './totals.tsx';
import { type Connection, useDashboard } from './use-dashboard.ts';

const RANGES: readonly (readonly [RangeName, string])[] = [
  ['1h', '1 hour'],
  ['24h', '24 hours'],
  ['7d', '7 days'],
  ['30d', '30 days'],
  ['all', 'All'],
];

/** The range is kept in the address, so that a reload or a bookmark shows the same. */
function rangeOfAddress(): RangeName {
  return RANGES.find(([name]) => location.hash === `#${name}`)?.[0] ?? '1h';
}

const CONNECTION_WORDS: Readonly<Record<Connection, string>> = {
  connecting: 'Connecting',
  live: 'Live',
  lost: 'Connection lost, trying again',
};

export function Page() {
  const [range, setRange] = useState<RangeName>(rangeOfAddress);
  const choose = (name: RangeName): void => {
    history.replaceState(null, '', `#${name}`);
    setRange(name);
  };
  const { stats, apps, series, cache, recent, status, connection, fault } = useDashboard(range);
  const isEmpty = recent !== null && recent.length === 0;
  return (
    <>
      <header>
        <h1>
          <img src="/icon.svg" alt="" width="24" height="24" /> TokenWatch
        </h1>
        <p class={`connection ${connection}`} role="status">
          {CONNECTION_WORDS[connection]}
        </p>
        <fieldset class="ranges">
          <legend class="unseen">Time range</legend>
          {RANGES.map(([name, words]) => (
            <label key={name} class={name === range ? 'chosen' : ''}>
              <input
                type="radio"
                name="range"
                value={name}
                checked={name === range}
                onChange={() => choose(name)}
              />
              {words}
            </label>
          ))}
        </fieldset>
      </header>
      <main>
        {fault !== null && (
          <p class="fault" role="alert">
            {fault}
          </p>
        )}
        {isEmpty && status !== null && <Empty status={status} />}
        {!isEmpty && stats !== null && <Totals summary={stats.summary} />}
        {!isEmpty && series !== null && <Chart series={series} />}
        {!isEmpty && stats !== null && apps !== null && (
          <div class="columns">
            <Breakdown title="Models" rows={stats.rows} />
            <Breakdown title="Applications" rows={apps.rows} />
          </div>
        )}
        {!isEmpty && cache?.enabled && <CachePanel cache={cache} />}
        {!isEmpty && recent !== null && <RecentTable records={recent} />}
      </main>
      <footer>
        {status !== null && (
          <>
            TokenWatch {status.version} · proxy at {status.proxyUrl} · records in {status.dataDir}
          </>
        )}
      </footer>
    </>
  );
}
