// How much of what was set in a database that is gone is in force again, or is not.

import { counted } from '../core/counted.ts';

/** `rules`: access keys are among them. */
export type PutBack = Readonly<Record<'budgets' | 'kills' | 'rules', number>>;

/** `2 budgets, 1 kill switch`; empty for nothing. */
export function putBackWords({ budgets, kills, rules }: PutBack): string {
  const parts = [
    [budgets, 'budget'],
    [kills, 'kill switch', 'kill switches'],
    [rules, 'rule or access key', 'rules and access keys'],
  ] as const;
  return parts.flatMap(([count, one, many]) => (count === 0 ? [] : counted(count, one, many))).join(', ');
}
