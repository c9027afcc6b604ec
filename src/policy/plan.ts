// Decides what a request becomes: first its tag, then the first routing rule that matches, then the A/B test
// where no rule changed the model. Pure and synchronous; the same code serves traffic and explanations.

import { hash } from 'node:crypto';
import { REPLAY_APP } from '../core/own-traffic.ts';
import type { ProtocolName } from '../core/protocol.ts';
import type { Upstream } from '../core/upstream.ts';
import { familyOf } from './model-family.ts';
import type { RequestView } from './request-view.ts';
import type { Experiment, RouteRule, RuleSet, TagRule } from './rules.ts';

export interface Plan {
  readonly tag: string | null;
  /** What gave the tag: `header`, a tag rule's name, or null without a tag. */
  readonly tagSource: string | null;
  /** The model to ask; null where the request names none, and nothing can be routed. */
  readonly model: string | null;
  /** The API that the model speaks where it is not the request's own: then the request is translated. */
  readonly foreignApi: ProtocolName | null;
  /** The routing rule that decided, if any. */
  readonly rule: string | null;
  readonly experiment: string | null;
  readonly variant: 'a' | 'b' | null;
  /** Where the rule sends it, and nowhere else; null: any upstream of its API. */
  readonly upstream: Upstream | null;
}

/** Told of every rule that is looked at, for explanations. A verdict says why not, and is null where it decides. */
export interface PlanTrace {
  tagRule(rule: TagRule, matched: boolean, request: RequestView): void;
  /** `tag` is what the request has by then. */
  route(rule: RouteRule, verdict: string | null, request: RequestView, tag: string | null): void;
  experiment(experiment: Experiment, verdict: string | null, unit: DrawUnit): void;
}

/** What a draw is made for: it decides the variant, always the same for the same unit. */
export interface DrawUnit {
  readonly kind: 'session' | 'request' | 'app';
  readonly value: string;
}

export function plan(rules: RuleSet, request: RequestView, trace: PlanTrace | null = null): Plan {
  const { tag, tagSource } = tagOf(rules, request, trace);
  const none = { rule: null, experiment: null, variant: null, upstream: null, foreignApi: null };
  const base = { tag, tagSource, ...none };
  if (request.model === null) return { ...base, model: null };
  for (const rule of rules.routes) {
    const verdict = routeVerdict(rule, request, tag);
    trace?.route(rule, verdict, request, tag);
    if (verdict !== null) continue;
    const { target, name, upstream, targetApi } = rule;
    return { ...base, model: target, rule: name, upstream, foreignApi: foreignTo(request, targetApi) };
  }
  for (const experiment of rules.experiments) {
    const verdict = entryVerdict(experiment, request, tag);
    const unit = drawUnit(experiment, request);
    trace?.experiment(experiment, verdict, unit);
    if (verdict !== null) continue;
    const variant = variantOf(experiment, unit);
    const model = variant === 'a' ? experiment.modelA : experiment.modelB;
    const api = model === request.model ? null : apisOf(experiment)?.[variant];
    return {
      ...base,
      model,
      experiment: experiment.name,
      variant,
      foreignApi: foreignTo(request, api),
    };
  }
  return { ...base, model: request.model };
}

function tagOf(
  rules: RuleSet,
  request: RequestView,
  trace: PlanTrace | null,
): Pick<Plan, 'tag' | 'tagSource'> {
  if (request.tag !== null) return { tag: request.tag, tagSource: 'header' };
  for (const rule of rules.tags) {
    const matched = rule.test(request, null);
    trace?.tagRule(rule, matched, request);
    if (matched) return { tag: rule.tag, tagSource: rule.name };
  }
  return { tag: null, tagSource: null };
}

/** Null where the rule matches; otherwise why not. */
function routeVerdict(rule: RouteRule, request: RequestView, tag: string | null): string | null {
  if (rule.api !== null && rule.api !== request.protocol)
    return `it is for requests of the ${rule.api} API, and this one speaks the ${request.protocol} API`;
  if (rule.targetApi != null && !request.canSpeak(rule.targetApi))
    return `${rule.target} speaks the ${rule.targetApi} API, into which requests of this endpoint are not translated`;
  if (rule.match === 'any')
    return rule.tests.some((test) => test(request, tag)) ? null : 'no condition holds';
  const failed = rule.tests.findIndex((test) => !test(request, tag));
  if (failed === -1) return null;
  const spec = rule.conditions[failed];
  return `${spec?.type} is not ${spec?.value}`;
}

function entryVerdict(experiment: Experiment, request: RequestView, tag: string | null): string | null {
  const { app, tag: wanted, hasTag, modelA, modelB, anyModel } = experiment;
  if (app !== null && app !== request.app) return `the application is not ${app}`;
  // A replay names the model that it wants to see, and is nobody's traffic: a draw would spoil both.
  if (app === null && request.app === REPLAY_APP) return 'replays, suites and their judges enter no test';
  if (hasTag !== null && !hasTag(tag)) return `the tag is not ${wanted}`;
  if (!anyModel && request.model !== modelA && request.model !== modelB)
    return `the model is neither ${modelA} nor ${modelB}`;
  const apis = apisOf(experiment);
  if (apis !== null && !(request.canSpeak(apis.a) && request.canSpeak(apis.b)))
    return 'its models speak different APIs, and requests of this endpoint are not translated';
  return null;
}

/** The APIs of a test's models where they differ; null where a request stays with its own. */
function apisOf({ modelA, modelB }: Experiment): Readonly<Record<'a' | 'b', ProtocolName>> | null {
  const [a, b] = [familyOf(modelA), familyOf(modelB)];
  return a === null || b === null || a === b ? null : { a, b };
}

function foreignTo(request: RequestView, api: ProtocolName | null | undefined): ProtocolName | null {
  return api === undefined || api === request.protocol ? null : api;
}

const HASH_RANGE = 2 ** 32;

/** A request without a session is drawn for itself. */
function drawUnit({ sticky }: Experiment, request: RequestView): DrawUnit {
  if (sticky === 'app') return { kind: 'app', value: request.app };
  if (sticky === 'session' && request.session !== null) return { kind: 'session', value: request.session };
  return { kind: 'request', value: request.id };
}

/** The same unit always gets the same variant; the test's name in the hash makes tests independent. */
function variantOf({ name, split }: Experiment, unit: DrawUnit): 'a' | 'b' {
  const digest = hash('sha256', `${name}\n${unit.value}`, 'buffer');
  return (100 * digest.readUInt32BE(0)) / HASH_RANGE < split ? 'b' : 'a';
}
