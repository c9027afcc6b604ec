// What caches saved: ours, by answers that were not bought again; the providers', by input that was read at a discount.

import type { CacheAnswer, PriceAnswer, StatsAnswer } from '../../../src/dashboard/contract.ts';
import { type Filters, reportQuery, type Span } from '../address.ts';
import { useAnswer } from '../data/use-answer.ts';
import { counted, percent, usd } from '../format.ts';
import { Card, Pending } from '../parts/states.tsx';

const MODELS_MAX = 200;
const SKELETON_HEIGHT = 170;
const NOT_YET = { value: null, fault: null, reload: () => {} };
/** Dollars per million tokens are a thousand nano-dollars per token. */
const NANO_PER_TOKEN = 1000;

export function Savings({ span, filters }: { readonly span: Span; readonly filters: Filters }) {
  const query = reportQuery(span, filters);
  const ours = useAnswer<CacheAnswer>(`/api/cache?${reportQuery(span)}`);
  const models = useAnswer<StatsAnswer>(`/api/stats?${query}&by=model&limit=${MODELS_MAX}`);
  const prices = useAnswer<PriceAnswer>('/api/prices');
  const failed = [ours, models, prices].find(({ value, fault }) => value === null && fault !== null);
  return (
    <Card title="Saved by caches" testId="savings">
      {ours.value !== null && models.value !== null && prices.value !== null ? (
        <Figures ours={ours.value} models={models.value} prices={prices.value} />
      ) : (
        <Pending of={failed ?? NOT_YET} what="It cannot be computed" height={SKELETON_HEIGHT} />
      )}
    </Card>
  );
}

function Figures(props: {
  readonly ours: CacheAnswer;
  readonly models: StatsAnswer;
  readonly prices: PriceAnswer;
}) {
  const { ours, models, prices } = props;
  const { inputTokens: input, cacheReadTokens: read } = models.summary;
  // What it answered in the span stays saved when it is switched off behind it.
  const hasWorked = ours.hitRate !== null && ours.hitRate > 0;
  return (
    <>
      <dl class="figures">
        <div>
          <dt>By TokenWatch’s cache</dt>
          <dd>{ours.enabled || hasWorked ? usd(ours.savedNanoUsd) : 'off'}</dd>
          <dd class="detail">
            {ours.hitRate === null ? 'no request could be answered' : `${percent(ours.hitRate)} answered`}
            {hasWorked && !ours.enabled && ', off now'}
          </dd>
        </div>
        <div>
          <dt>By the providers’ prompt caches</dt>
          <dd>{usd(savedByProviders(models, prices))}</dd>
          <dd class="detail">
            {input === 0 ? 'no input' : `${counted(read, 'token')}, ${percent(read / input)} of the input`}
          </dd>
        </div>
      </dl>
      <p class="hint">
        The providers’ part is what cached input would have cost at the full price of today, less what it
        cost, and less what writing to their caches cost on top.
      </p>
    </>
  );
}

/** Models without a price for a part leave that part out: the sum is then too low, never too high. */
function savedByProviders(stats: StatsAnswer, { models }: PriceAnswer): number {
  const prices = new Map(models.map(({ model, price }) => [model, price]));
  return Math.round(
    stats.rows.reduce((sum, { key, cacheReadTokens, cacheWriteTokens }) => {
      const price = key === null ? null : (prices.get(key) ?? null);
      if (price === null || price.input === null) return sum;
      const onReads = price.cacheRead === null ? 0 : cacheReadTokens * (price.input - price.cacheRead);
      const onWrites =
        price.cacheWrite5m === null ? 0 : cacheWriteTokens * (price.cacheWrite5m - price.input);
      return sum + NANO_PER_TOKEN * (onReads - onWrites);
    }, 0),
  );
}
