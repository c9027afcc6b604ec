// The newest requests, those in flight among them.

import { useEffect, useState } from 'preact/hooks';
import type { RequestRecord } from '../../src/dashboard/contract.ts';
import { count, duration, time, usd } from './format.ts';

export function RecentTable({ records }: { records: readonly RequestRecord[] }) {
  return (
    <section class="card">
      <h2>Recent requests</h2>
      <div class="scrolls">
        <table data-testid="recent">
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Application</th>
              <th scope="col">Model</th>
              <th scope="col" class="number wide">
                Input
              </th>
              <th scope="col" class="number wide">
                Output
              </th>
              <th scope="col" class="number">
                Cost
              </th>
              <th scope="col" class="number wide">
                Took
              </th>
              <th scope="col">Result</th>
            </tr>
          </thead>
          <tbody>
            {records.map((record) => (
              <Row key={record.id} record={record} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Row({ record }: { record: RequestRecord }) {
  const { usage } = record;
  const runs = record.outcome === 'in_flight';
  const input =
    usage.inputTokens + usage.cacheReadTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
  const about = record.usageSource === 'estimate' ? '≈ ' : '';
  return (
    <tr class={runs ? 'running' : ''} data-id={record.id}>
      <td class="time">{time(record.startedAtMs)}</td>
      <td class="app">
        {record.app}
        {record.tag !== null && <span class="tag">{record.tag}</span>}
      </td>
      <td class="model" title={`${record.method} ${record.path}`}>
        {record.modelUsed ?? record.modelRequested ?? record.endpoint}
      </td>
      <td class="number wide">{runs ? '' : about + count(input)}</td>
      <td class="number wide">{runs ? '' : about + count(usage.outputTokens)}</td>
      <td class="number cost">{runs ? '' : usd(record.costNanoUsd)}</td>
      <td class="number wide">
        {runs ? <Elapsed sinceMs={record.startedAtMs} /> : duration(record.latencyMs)}
      </td>
      <td class="outcome">
        <Result record={record} />
      </td>
    </tr>
  );
}

const TICK_MS = 1000;

/** Whole seconds, so that a waiting row can be seen to wait. */
function Elapsed({ sinceMs }: { sinceMs: number }) {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return <span class="elapsed">{Math.max(0, Math.floor((nowMs - sinceMs) / 1000))} s</span>;
}

const WORDS: Readonly<Record<RequestRecord['outcome'], string>> = {
  in_flight: 'in flight',
  completed: 'ok',
  cached: 'from cache',
  upstream_error: 'error',
  upstream_broken: 'broke off',
  truncated: 'cut short',
  unreachable: 'unreachable',
  timed_out: 'timed out',
  client_gone: 'client left',
  refused: 'refused',
  cut: 'cut',
  interrupted: 'interrupted',
};

function Result({ record }: { record: RequestRecord }) {
  const { outcome, status, errorCode } = record;
  const kind =
    outcome === 'completed' || outcome === 'cached' ? 'good' : outcome === 'in_flight' ? 'running' : 'bad';
  const shown = outcome === 'in_flight' || status === null ? '' : ` ${status}`;
  return (
    <span class={`result ${kind}`} title={errorCode ?? undefined}>
      {WORDS[outcome]}
      {shown}
    </span>
  );
}
