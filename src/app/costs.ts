// What was spent, and what will be.

import { costHandlers } from '../dashboard/cost-handlers.ts';
import type { Ground } from './ground.ts';
import { catchUp, type Records } from './records.ts';

export function costsApi({ settings, clock }: Ground, records: Records) {
  const { analytics, budgets: bank } = records.store;
  const timeZone = settings.TOKENWATCH_BUDGET_TIMEZONE;
  return costHandlers({ analytics, bank, timeZone, clock, catchUp: () => catchUp(records) });
}
