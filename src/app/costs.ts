// What was spent, and what will be.

import { costResources } from '../dashboard/cost-resource.ts';
import type { Resources } from '../dashboard/resource.ts';
import type { Ground } from './ground.ts';
import { catchUp, type Records } from './records.ts';

export function costsApi({ clock }: Ground, records: Records): Resources {
  return costResources({ analytics: records.store.analytics, clock, catchUp: () => catchUp(records) });
}
