// A session pays for what it has used as soon as it is told, so that budgets know of it while it runs, and can end it.

import { RUNS_MAX } from '../../core/bounded-end.ts';
import type { ChargedLines } from '../../core/charged-lines.ts';
import { modelCosts } from '../../core/model-costs.ts';
import { MODEL_NAME_CHARACTERS_MAX } from '../../core/model-name.ts';
import type { Prices } from '../../core/price.ts';
import type { MeterReading } from '../../core/protocol.ts';
import type { UsageRun } from '../../core/usage.ts';
import { paidInSession } from '../billing-key.ts';
import type { Exchange } from '../exchange.ts';
import { leastPrice, priceQuestion, recordedRuns } from '../listed-price.ts';

const NOT_KNOWN_YET = { costNanoUsd: null, source: null, doubt: null };

/** What has no known price is said when the session has ended; what has one is owed, whatever else there is. */
export function paySession(
  exchange: Exchange,
  reading: MeterReading,
  answerKey: string | null,
  { prices, charged }: { readonly prices: Prices; readonly charged: ChargedLines },
): void {
  pay(exchange, reading, prices);
  // Once what it has paid is written down: a killed process must not leave what is free and was paid by nobody.
  if (answerKey !== null) paidInSession(answerKey, charged);
}

function pay(exchange: Exchange, { runs, model }: MeterReading, prices: Prices): void {
  if (runs.length > RUNS_MAX) return;
  const question = priceQuestion(exchange, runs, model);
  const least = leastPrice(prices, question);
  if (least === null || least <= exchange.paidNanoUsd) return;
  exchange.paidNanoUsd = least;
  const modelUsed = model ?? exchange.modelThere;
  exchange.reservationGrew(least, isOfOne(runs, modelUsed) ? modelUsed : null);
  const costed = recordedRuns(prices, question, modelUsed, NOT_KNOWN_YET);
  const costs = modelCosts({ costNanoUsd: null, listCostNanoUsd: least, modelUsed, runs: costed });
  exchange.ticket?.payUntilNow(costs);
}

/** Whether one model made all of it, of a name that records hold whole. */
function isOfOne(runs: readonly UsageRun[], modelUsed: string | null): boolean {
  const isNamed = modelUsed !== null && modelUsed.length <= MODEL_NAME_CHARACTERS_MAX;
  return isNamed && runs.every(({ model }) => model === null || model === modelUsed);
}
