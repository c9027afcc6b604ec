// A session pays for what it has used as soon as it is told, so that budgets know of it while it runs, and can end it.

import { RUNS_MAX } from '../../core/bounded-end.ts';
import { type Prices, pricedModel } from '../../core/price.ts';
import type { MeterReading } from '../../core/protocol.ts';
import { inAskedTier } from '../../protocols/asked-tier.ts';
import type { Exchange } from '../exchange.ts';
import { listedPrice } from '../listed-price.ts';

/** What has no known price is said when the session has ended. */
export function paySession(exchange: Exchange, { runs: told, model }: MeterReading, prices: Prices): void {
  const { ticket, facts, modelThere, base, startedAtMs } = exchange;
  if (ticket === null || told.length > RUNS_MAX) return;
  const question = {
    runs: inAskedTier(told, facts.serviceTier),
    model: pricedModel(modelThere, model),
    upstream: base.origin,
    atMs: startedAtMs,
  };
  const { costNanoUsd } = listedPrice(prices, question);
  if (costNanoUsd !== null) ticket.payUntilNow(costNanoUsd, model);
}
