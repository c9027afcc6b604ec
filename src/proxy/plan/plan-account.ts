// Writes down what the planner looks at, for an explanation.

import type {
  ExplainedCondition,
  ExplainedExperiment,
  ExplainedRoute,
  ExplainedTag,
} from '../../core/explanation.ts';
import type { ConditionSpec, ConditionTest } from '../../policy/condition.ts';
import { CONDITIONS } from '../../policy/conditions/registry.ts';
import type { DrawUnit, Plan, PlanTrace } from '../../policy/plan.ts';
import type { RequestView } from '../../policy/request-view.ts';
import type { Experiment, RouteRule, RuleSet, TagRule } from '../../policy/rules.ts';

export class PlanAccount implements PlanTrace {
  readonly #tags: ExplainedTag['rules'][number][] = [];
  readonly #routes = new Map<string, ExplainedRoute>();
  readonly #experiments = new Map<string, ExplainedExperiment>();

  tagRule(rule: TagRule, _matched: boolean, request: RequestView): void {
    const { name, tag, condition, test } = rule;
    this.#tags.push({ name, tag, condition: explained(condition, test, request, null) });
  }

  route(rule: RouteRule, verdict: string | null, request: RequestView, tag: string | null): void {
    const conditions = rule.conditions.map((spec, index) =>
      explained(spec, rule.tests[index] as ConditionTest, request, tag),
    );
    this.#routes.set(rule.name, {
      ...routeFacts(rule),
      decides: verdict === null,
      reason: verdict,
      conditions,
    });
  }

  experiment(experiment: Experiment, verdict: string | null, unit: DrawUnit): void {
    const drawnBy = verdict === null ? unit.kind : null;
    const facts = { ...experimentFacts(experiment), decides: verdict === null, reason: verdict, drawnBy };
    this.#experiments.set(experiment.name, facts);
  }

  tag(tag: string | null, plan: Plan | null): ExplainedTag {
    if (tag === null) return { tag, source: null, rule: null, rules: this.#tags };
    const rule = plan === null || plan.tagSource === 'header' ? null : plan.tagSource;
    return { tag, source: rule === null ? 'header' : 'rule', rule, rules: this.#tags };
  }

  /** `untried` says why those that were not looked at were not. */
  routes(rules: RuleSet, untried: string): readonly ExplainedRoute[] {
    const reason = untriedReason(this.#routes, untried);
    return rules.routes.map(
      (rule) =>
        this.#routes.get(rule.name) ?? { ...routeFacts(rule), decides: false, reason, conditions: [] },
    );
  }

  experiments(rules: RuleSet, plan: Plan | null, untried: string): readonly ExplainedExperiment[] {
    const byRule = plan?.rule == null ? untried : `the rule "${plan.rule}" decided`;
    const reason = untriedReason(this.#experiments, byRule);
    return rules.experiments.map((experiment) => {
      const known = this.#experiments.get(experiment.name);
      if (known === undefined)
        return { ...experimentFacts(experiment), decides: false, reason, drawnBy: null };
      return known.decides ? { ...known, variant: plan?.variant ?? null } : known;
    });
  }
}

function untriedReason(
  tried: ReadonlyMap<string, { readonly name: string; readonly decides: boolean }>,
  standard: string,
): string {
  const winner = [...tried.values()].find(({ decides }) => decides);
  return winner === undefined ? standard : `not tried: "${winner.name}" decided before`;
}

function explained(
  { type, value }: ConditionSpec,
  test: ConditionTest,
  request: RequestView,
  tag: string | null,
): ExplainedCondition {
  return { type, value, holds: test(request, tag), seen: CONDITIONS[type]?.seen(request, tag, value) ?? '' };
}

const routeFacts = ({ name, target, priority, match }: RouteRule) => ({ name, target, priority, match });

const experimentFacts = ({ name, modelA, modelB, split }: Experiment) => ({
  name,
  modelA,
  modelB,
  split,
  variant: null,
});
