// Old requests are deleted while the server runs; what they cost stays.

import { RowRetention } from '../record/row-retention.ts';
import type { Ground } from './ground.ts';
import type { Records } from './records.ts';

export function startRetention({ settings, clock, warn, opened }: Ground, { store }: Records): void {
  const days = settings.TOKENWATCH_RECORD_RETENTION_DAYS;
  if (days === 0) return;
  const retention = new RowRetention({ retention: store.retention, rules: store.rules, clock, days, warn });
  opened.defer(() => retention.close());
  retention.start();
}
