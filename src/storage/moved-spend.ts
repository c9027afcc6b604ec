// What of a record's cost is another model's. Budgets sum records up by the models that they name, one asked for and one
// that answered; where several have answered, what the others made is moved to them, beside the record. These amounts
// come to nothing together, and stand with what is kept of deleted requests: they outlive the record, too.

import { modelCosts } from '../core/model-costs.ts';
import type { RequestEnd, RequestStart } from '../core/record.ts';
import type { Row } from './rows/request-row.ts';

/** Columns of `deleted_spend` but for who let the request through. */
export const MOVED_COLUMNS = [
  ...['id', 'paid_at_ms', 'app', 'user_name', 'session', 'access_key', 'tag', 'model_sent', 'model_used'],
  ...['cost_nano_usd', 'unpriced', 'overrun_nano_usd'],
] as const;

const ID_CHARACTERS = 36;
/** For `deleted_spend`, of which the rows that go with a record that is there are left out. */
export const GONE = `NOT EXISTS (
    SELECT 1 FROM requests WHERE requests.id = substr(deleted_spend.id, 1, ${ID_CHARACTERS}))`;

/** None as a rule. `end` as it is stored: what was charged with an earlier record moves nothing. */
export function movedSpend(start: RequestStart, end: RequestEnd): readonly Row[] {
  const [own, ...others] = modelCosts(end);
  if (others.length === 0) return [];
  const whole = others.reduce((sum, { nanoUsd }) => sum + nanoUsd, 0);
  // The record itself counts as one of unknown cost for the model that stands for it.
  const leaves = Number(end.costNanoUsd === null && !own.isUnknown);
  const rows = [row(start, own.model, -whole, -leaves)];
  for (const { model, nanoUsd, isUnknown } of others)
    rows.push(row(start, model, nanoUsd, Number(isUnknown)));
  return rows.map((each, index) => ({ ...each, id: `${start.id} ${index}` }));
}

function row(start: RequestStart, model: string | null, nanoUsd: number, unpriced: number): Row {
  return {
    paid_at_ms: start.reservedAtMs ?? start.startedAtMs,
    app: start.app,
    user_name: start.user || null,
    session: start.session || null,
    access_key: start.accessKey || null,
    tag: start.tag || null,
    model_sent: (start.modelSent ?? start.modelRequested) || null,
    model_used: model,
    cost_nano_usd: nanoUsd,
    unpriced,
    overrun_nano_usd: 0,
  };
}
