// Names of the last month's traffic, to be offered where one is typed.

import type { StatsAnswer } from '../../../src/dashboard/contract.ts';
import { useAnswer } from './use-answer.ts';

/** Null offers nothing. */
export function useSeen(by: StatsAnswer['by'] | null): readonly string[] {
  const answer = useAnswer<StatsAnswer>(by === null ? null : `/api/stats?range=30d&by=${by}&limit=50`);
  if (answer.value?.by !== by) return [];
  return answer.value.rows.flatMap(({ key }) => key ?? []);
}
