// The figures of the range: money first.

import type { ComponentChildren } from 'preact';
import type { UsageSummary } from '../../src/dashboard/contract.ts';
import { count, duration, percent, usd } from './format.ts';

function Tile(props: { name: string; value: string; children: ComponentChildren; lead?: boolean }) {
  return (
    <div class={props.lead ? 'tile lead' : 'tile'}>
      <dt>{props.name}</dt>
      <dd class="value">{props.value}</dd>
      <dd class="detail">{props.children}</dd>
    </div>
  );
}

export function Totals({ summary }: { summary: UsageSummary }) {
  const { requests, failedRequests, inFlightRequests, inputTokens, cacheReadTokens } = summary;
  const allUnpriced = summary.costNanoUsd === 0 && summary.unpricedRequests > 0;
  const ended = requests - inFlightRequests;
  return (
    <dl class="totals" data-testid="totals">
      <Tile name="Cost" value={allUnpriced ? 'unknown' : usd(summary.costNanoUsd)} lead>
        {summary.unpricedRequests > 0 && !allUnpriced
          ? `and ${count(summary.unpricedRequests)} requests unpriced`
          : ended > 0 && !allUnpriced
            ? `${usd(Math.round(summary.costNanoUsd / ended))} a request`
            : ' '}
      </Tile>
      <Tile name="Requests" value={count(requests)}>
        {inFlightRequests > 0 ? `${count(inFlightRequests)} in flight` : 'none in flight'}
      </Tile>
      <Tile name="Failed" value={count(failedRequests)}>
        {ended === 0 ? ' ' : percent(failedRequests / ended)}
      </Tile>
      <Tile name="Input tokens" value={count(inputTokens)}>
        {inputTokens === 0 ? ' ' : `${percent(cacheReadTokens / inputTokens)} read from cache`}
      </Tile>
      <Tile name="Output tokens" value={count(summary.outputTokens)}>
        {summary.reasoningTokens > 0 ? `${count(summary.reasoningTokens)} for reasoning` : ' '}
      </Tile>
      <Tile name="Latency, median" value={duration(summary.latencyMs?.p50)}>
        {`p95 ${duration(summary.latencyMs?.p95)}`}
      </Tile>
    </dl>
  );
}
