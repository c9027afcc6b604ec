// The figures of the span, money first, each beside the span before.

import type { ComponentChildren } from 'preact';
import type { SeriesPoint, StatsAnswer, UsageSummary } from '../../../src/dashboard/contract.ts';
import { count, duration, percent, usd, usdBrief } from '../format.ts';
import { Sparkline } from '../parts/sparkline.tsx';

interface TileProps {
  readonly name: string;
  readonly value: string;
  /** Where the value is shortened. */
  readonly exact?: string;
  readonly change: Change | null;
  readonly trend: readonly number[];
  readonly isLead?: boolean;
  readonly children: ComponentChildren;
}

interface Change {
  readonly text: string;
  readonly tone: 'good' | 'bad' | 'quiet';
  readonly title: string;
}

/** Below this share a change is not worth a colour. */
const NOTABLE = 0.02;

function changeOf(
  now: number | null | undefined,
  before: number | null | undefined,
  format: (value: number) => string,
  goodWhen: 'less' | 'more' | 'neither',
): Change | null {
  if (now == null || before == null || before === 0) return null;
  const share = now / before - 1;
  const isNotable = Math.abs(share) >= NOTABLE;
  const isGood = goodWhen === 'less' ? share < 0 : share > 0;
  return {
    text: `${share >= 0 ? '↑' : '↓'} ${Math.abs(share) > 9.99 ? `${count(share + 1)}×` : percent(Math.abs(share))}`,
    tone: !isNotable || goodWhen === 'neither' ? 'quiet' : isGood ? 'good' : 'bad',
    title: `${format(before)} in the span before`,
  };
}

function Tile({ name, value, exact, change, trend, isLead, children }: TileProps) {
  return (
    <div class={isLead ? 'tile lead' : 'tile'}>
      <dt>{name}</dt>
      <dd class="value">
        <span title={exact}>{value}</span>
        {change !== null && (
          <small class={change.tone} title={change.title}>
            {change.text}
          </small>
        )}
      </dd>
      <dd class="detail">{children}</dd>
      <dd class="trend" aria-hidden="true">
        <Sparkline values={trend} />
      </dd>
    </div>
  );
}

export function Totals(props: { readonly stats: StatsAnswer; readonly points: readonly SeriesPoint[] }) {
  const { summary, previous } = props.stats;
  const { requests, failedRequests, inFlightRequests, inputTokens, cacheReadTokens } = summary;
  const trend = (pick: (point: SeriesPoint) => number): readonly number[] => props.points.map(pick);
  const change = (
    pick: (of: UsageSummary) => number | null | undefined,
    format: (value: number) => string,
    goodWhen: 'less' | 'more' | 'neither',
  ): Change | null => changeOf(pick(summary), previous === null ? null : pick(previous), format, goodWhen);
  const ended = requests - inFlightRequests;
  const isUnpriced = summary.costNanoUsd === 0 && summary.unpricedRequests > 0;
  return (
    <dl class="totals" data-testid="totals">
      <Tile
        name="Cost"
        value={isUnpriced ? 'unknown' : usdBrief(summary.costNanoUsd)}
        exact={usd(summary.costNanoUsd)}
        change={change((of) => of.costNanoUsd, usd, 'less')}
        trend={trend((point) => point.costNanoUsd)}
        isLead
      >
        {summary.unpricedRequests > 0 && !isUnpriced
          ? `and ${count(summary.unpricedRequests)} unpriced`
          : ended > 0 && !isUnpriced
            ? `${usd(Math.round(summary.costNanoUsd / ended))} a request`
            : ' '}
      </Tile>
      <Tile
        name="Requests"
        value={count(requests)}
        change={change((of) => of.requests, count, 'neither')}
        trend={trend((point) => point.requests)}
      >
        {/* None left of those that the report knew is not none: what began since then is not told. */}
        {inFlightRequests > 0 ? `${count(inFlightRequests)} in flight` : ' '}
      </Tile>
      <Tile
        name="Failed"
        value={count(failedRequests)}
        change={change((of) => of.failedRequests, count, 'less')}
        trend={trend((point) => point.failedRequests)}
      >
        {ended === 0 ? ' ' : percent(failedRequests / ended)}
      </Tile>
      <Tile
        name="Input tokens"
        value={count(inputTokens)}
        change={change((of) => of.inputTokens, count, 'neither')}
        trend={trend((point) => point.inputTokens)}
      >
        {inputTokens === 0 ? ' ' : `${percent(cacheReadTokens / inputTokens)} read from cache`}
      </Tile>
      <Tile
        name="Output tokens"
        value={count(summary.outputTokens)}
        change={change((of) => of.outputTokens, count, 'neither')}
        trend={trend((point) => point.outputTokens)}
      >
        {summary.reasoningTokens > 0 ? `${count(summary.reasoningTokens)} for reasoning` : ' '}
      </Tile>
      <Tile
        name="Latency, median"
        value={duration(summary.latencyMs?.p50)}
        change={change((of) => of.latencyMs?.p50, duration, 'less')}
        trend={trend((point) => point.latencyMs?.p50 ?? 0)}
      >
        {`p95 ${duration(summary.latencyMs?.p95)}`}
      </Tile>
    </dl>
  );
}
