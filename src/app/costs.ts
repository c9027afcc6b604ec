// What was spent, and what will be.

import { costResources } from '../dashboard/cost-resource.ts';
import type { Resources } from '../dashboard/resource.ts';
import type { Ground } from './ground.ts';
import { catchUp, type Records } from './records.ts';

export function costsApi({ settings, clock }: Ground, records: Records): Resources {
  const { analytics, budgets: bank } = records.store;
  const timeZone = settings.TOKENWATCH_BUDGET_TIMEZONE;
  return costResources({ analytics, bank, timeZone, clock, catchUp: () => catchUp(records) });
}
