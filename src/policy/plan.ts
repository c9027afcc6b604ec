// Decides what a request becomes: first its tag, then the first routing rule that matches, then the A/B test
// where no rule changed the model. Pure and synchronous; the same code serves traffic and explanations.

import { hash } from 'node:crypto';
import type { RequestView } from './request-view.ts';
import type { Experiment, RouteRule, RuleSet } from './rules.ts';

export interface Plan {
  readonly tag: string | null;
  /** What gave the tag: `header`, a tag rule's name, or null without a tag. */
  readonly tagSource: string | null;
  /** The model to ask; null where the request names none, and nothing can be routed. */
  readonly model: string | null;
  /** The routing rule that decided, if any. */
  readonly rule: string | null;
  readonly experiment: string | null;
  readonly variant: 'a' | 'b' | null;
}

/** Told of every rule that is looked at, for explanations. */
export interface PlanTrace {
  route(rule: RouteRule, verdict: string, matched: boolean): void;
  experiment(experiment: Experiment, verdict: string, entered: boolean): void;
}

export function plan(rules: RuleSet, request: RequestView, trace: PlanTrace | null = null): Plan {
  const { tag, tagSource } = tagOf(rules, request);
  const base = { tag, tagSource, rule: null, experiment: null, variant: null };
  if (request.model === null) return { ...base, model: null };
  for (const rule of rules.routes) {
    const verdict = routeVerdict(rule, request, tag);
    trace?.route(rule, verdict ?? 'matches', verdict === null);
    if (verdict === null) return { ...base, model: rule.target, rule: rule.name };
  }
  for (const experiment of rules.experiments) {
    const verdict = entryVerdict(experiment, request, tag);
    trace?.experiment(experiment, verdict ?? 'enters', verdict === null);
    if (verdict !== null) continue;
    const variant = variantOf(experiment, request);
    const model = variant === 'a' ? experiment.modelA : experiment.modelB;
    return { ...base, model, experiment: experiment.name, variant };
  }
  return { ...base, model: request.model };
}

function tagOf(rules: RuleSet, request: RequestView): Pick<Plan, 'tag' | 'tagSource'> {
  if (request.tag !== null) return { tag: request.tag, tagSource: 'header' };
  const rule = rules.tags.find((candidate) => candidate.test(request, null));
  return rule === undefined ? { tag: null, tagSource: null } : { tag: rule.tag, tagSource: rule.name };
}

/** Null where the rule matches; otherwise why not. */
function routeVerdict(rule: RouteRule, request: RequestView, tag: string | null): string | null {
  if (rule.api !== null && rule.api !== request.protocol)
    return `${rule.target} speaks the ${rule.api} API, the request the ${request.protocol} API`;
  if (rule.match === 'any')
    return rule.tests.some((test) => test(request, tag)) ? null : 'no condition holds';
  const failed = rule.tests.findIndex((test) => !test(request, tag));
  if (failed === -1) return null;
  const spec = rule.conditions[failed];
  return `${spec?.type} is not ${spec?.value}`;
}

function entryVerdict(experiment: Experiment, request: RequestView, tag: string | null): string | null {
  const { app, tag: wanted, modelA, modelB, anyModel } = experiment;
  if (app !== null && app !== request.app) return `the application is not ${app}`;
  if (wanted !== null && wanted !== tag) return `the tag is not ${wanted}`;
  if (!anyModel && request.model !== modelA && request.model !== modelB)
    return `the model is neither ${modelA} nor ${modelB}`;
  return null;
}

const HASH_RANGE = 2 ** 32;

/** The same unit always gets the same variant; the test's name in the hash makes tests independent. */
function variantOf(experiment: Experiment, request: RequestView): 'a' | 'b' {
  const { sticky, name, split } = experiment;
  const unit =
    sticky === 'app' ? request.app : sticky === 'session' ? (request.session ?? request.id) : request.id;
  const digest = hash('sha256', `${name}\n${unit}`, 'buffer');
  return (100 * digest.readUInt32BE(0)) / HASH_RANGE < split ? 'b' : 'a';
}
