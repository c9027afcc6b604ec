// Budgets as the audit log tells of them: what was removed from the store since can still be held against the records.

import type { BudgetVersion } from '../book/budget-history.ts';
import { parseLimit } from '../book/budget-request.ts';
import type { Budget, BudgetRaise, LimitFacts, Scope } from '../budget.ts';

/** A line of the log, as far as it can be about a budget. */
export interface LoggedChange {
  /** ISO 8601. */
  readonly at: string;
  readonly action: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly refusal?: string;
}

type Json = Readonly<Record<string, unknown>>;

const ABOUT_BUDGETS = /^(?:(?:POST|DELETE) \/budgets?(?:\/|$)|budget )/;

/** Of budgets that are not among `present`: each definition, from one change to the next, in the order of the log. */
export function removedBudgets(
  changes: readonly LoggedChange[],
  present: readonly Budget[],
): readonly BudgetVersion[] {
  const known = new Set(present.map(({ id }) => id));
  const states = new Map<string, { atMs: number; budget: Json | null }[]>();
  for (const { at, action, before, after, refusal } of changes) {
    if (refusal !== undefined || !ABOUT_BUDGETS.test(action)) continue;
    const [was, is] = [budgetIn(before), budgetIn(after)];
    const id = String((is ?? was)?.id ?? '');
    if (id === '' || known.has(id)) continue;
    const list = states.get(id) ?? [];
    // What was set before the log began is known by its last form.
    if (list.length === 0 && was !== null) list.push({ atMs: Number(was.createdAtMs) || 0, budget: was });
    list.push({ atMs: Date.parse(at), budget: is });
    states.set(id, list);
  }
  return [...states.values()].flatMap((list) =>
    list.flatMap(({ atMs, budget }, index) => {
      const facts = budget && factsIn(budget);
      const toMs = list[index + 1]?.atMs ?? Number.POSITIVE_INFINITY;
      return facts === null
        ? []
        : [{ ...facts, name: `${String(budget?.name)} (removed)`, fromMs: atMs, toMs }];
    }),
  );
}

/** The answer to a change holds it under a name of its own. */
function budgetIn(side: unknown): Json | null {
  if (typeof side !== 'object' || side === null) return null;
  if ('limitUsd' in side) return side as Json;
  const inner = Object.values(side).find(
    (value) => typeof value === 'object' && value !== null && 'limitUsd' in value,
  );
  return (inner as Json | undefined) ?? null;
}

/** Null for one that this version cannot read. */
function factsIn({ limitUsd, period, scope, action, per = null, raises }: Json): LimitFacts | null {
  try {
    const list = (Array.isArray(raises) ? raises : []) as readonly Json[];
    return {
      limitNanoUsd: parseLimit(String(limitUsd)),
      period: period as LimitFacts['period'],
      scope: scope as Scope,
      action: action as LimitFacts['action'],
      per: per as NonNullable<LimitFacts['per']> | null,
      raises: list.map(
        ({ byUsd, from, until, who }): BudgetRaise => ({
          byNanoUsd: parseLimit(String(byUsd), 'by'),
          fromMs: Date.parse(String(from)),
          untilMs: Date.parse(String(until)),
          who: String(who),
        }),
      ),
    };
  } catch {
    return null;
  }
}
