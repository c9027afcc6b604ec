// What routing rules have done.

import type { Analytics } from '../../core/analytics.ts';
import type { Clock } from '../../core/clock.ts';
import type { RuleEditor } from '../../policy/rule-editor.ts';
import type { RouteDefinition } from '../../policy/rules.ts';
import { readRange } from '../reports/report-range.ts';
import type { HandlersOf } from './handlers.ts';
import { filterOf } from './report-handlers.ts';

export interface RoutingOptions {
  readonly editor: Pick<RuleEditor, 'list'>;
  readonly analytics: Pick<Analytics, 'breakdown'>;
  readonly clock: Clock;
  /** Returns when what has happened is in the store. */
  readonly catchUp: () => Promise<void>;
}

const RULES_MAX = 1000;

export function routingHandlers({
  editor,
  analytics,
  clock,
  catchUp,
}: RoutingOptions): HandlersOf<'routingStats'> {
  return {
    routingStats: async (input) => {
      await catchUp();
      const { name: range, asked } = readRange(input, clock.now());
      const rows = await analytics.breakdown(asked, 'rule', RULES_MAX, filterOf(input));
      const usage = new Map(rows.map((row) => [row.key, row]));
      const set = new Map(
        (await editor.list('route')).map((rule) => [rule.name, rule.definition as RouteDefinition]),
      );
      // A rule that was removed since has its requests still, and one that never matched is there too.
      const names = new Set([...set.keys(), ...rows.flatMap(({ key }) => key ?? [])]);
      const rules = [...names].map((rule) => ({
        name: rule,
        target: set.get(rule)?.target ?? null,
        enabled: set.get(rule)?.enabled ?? null,
        requests: usage.get(rule)?.requests ?? 0,
        failedRequests: usage.get(rule)?.failedRequests ?? 0,
        costNanoUsd: usage.get(rule)?.costNanoUsd ?? 0,
        unpricedRequests: usage.get(rule)?.unpricedRequests ?? 0,
      }));
      rules.sort((a, b) => b.requests - a.requests || (a.name < b.name ? -1 : 1));
      return { range, ...asked, rules, unroutedRequests: usage.get(null)?.requests ?? 0 };
    },
  };
}
