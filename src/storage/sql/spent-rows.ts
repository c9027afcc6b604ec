// What was spent, from the rows that every store answers with.

import type { SharedBy } from '../../ledger/budget.ts';
import type { SpentSoFar } from '../../ledger/ports.ts';

/** Of a request's row: whose share of a budget it spends. */
export const SHARE_COLUMNS: Readonly<Record<SharedBy, string>> = {
  session: 'session',
  user: 'user_name',
  key: 'access_key',
  app: 'app',
};

type SpentRow = Readonly<Record<string, unknown>>;

export function spentIn(row: SpentRow | undefined): SpentSoFar {
  return {
    costNanoUsd: Number(row?.cost),
    reservedNanoUsd: Number(row?.reserved),
    unpricedRequests: Number(row?.unpriced),
    overrunNanoUsd: Number(row?.overrun),
  };
}

export function shareIn({ whose }: SpentRow): string | null {
  return typeof whose === 'string' && whose !== '' ? whose : null;
}
