// What was spent, and what will be.

import { costHandlers } from '../dashboard/handlers/cost-handlers.ts';
import { whatIfHandlers } from '../dashboard/handlers/what-if-handlers.ts';
import type { Ground } from './ground.ts';
import type { Pricing } from './pricing.ts';
import { catchUp, type Records } from './records.ts';
import type { Rules } from './rules.ts';

export function costsApi({ settings, clock }: Ground, records: Records, { prices }: Pricing, rules: Rules) {
  const { analytics, budgets: bank } = records.store;
  const timeZone = settings.TOKENWATCH_BUDGET_TIMEZONE;
  const asked = { analytics, clock, catchUp: () => catchUp(records) };
  return {
    ...costHandlers({ ...asked, bank, timeZone }),
    ...whatIfHandlers({ ...asked, prices, rules: () => rules.watch.current }),
  };
}
