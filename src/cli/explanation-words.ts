// An explanation in words: one labelled line for each thing that was decided, with what it was decided by below it.

import type {
  ExplainedBudget,
  ExplainedCondition,
  ExplainedExperiment,
  ExplainedRoute,
  ExplainedUpstream,
  Explanation,
} from '../core/explanation.ts';
import { exactUsd, formatUsd, type NanoUsd } from '../core/money.ts';
import { printable } from '../core/shown-text.ts';
import { ID_CHARACTERS } from './cache.ts';
import { formatCount } from './table.ts';

const LABEL_WIDTH = 10;

/** Tag, rules, tests and model: what the planner decided. */
export function planLines(explanation: Explanation): readonly string[] {
  const { routes, experiments, inactive } = explanation;
  return [
    ...tagLines(explanation),
    ...routes.flatMap(routeLines),
    ...experiments.map(experimentLine),
    ...(inactive.length === 0
      ? []
      : [labelled('Inactive', inactive.map(({ kind, name }) => `${kind} ${name}`).join(', '))]),
    modelLine(explanation),
  ].map(printable);
}

/** What the request costs and where it would end. */
export function fateLines(explanation: Explanation): readonly string[] {
  const { tokens, cost, cache, upstreams, outcome } = explanation;
  const about =
    tokens.inputEstimated === null ? 'none charged' : `about ${formatCount(tokens.inputEstimated)} in`;
  const source = cost.priceSource === null ? '' : `; price from ${cost.priceSource}`;
  const key = cache.key === null ? '' : `, key ${cache.key.id.slice(0, ID_CHARACTERS)}`;
  return [
    labelled(
      'Tokens',
      `${about}, at most ${formatCount(tokens.inputMax)} in and ${formatCount(tokens.outputMax)} out`,
    ),
    labelled(
      'Cost',
      `${formatUsd(cost.inputNanoUsd)} for the estimated input, ${formatUsd(cost.estimatedNanoUsd)} with the longest answer, at most ${formatUsd(cost.worstNanoUsd)}${source}`,
    ),
    ...budgetLines(explanation),
    labelled('Cache', `${cacheWords(explanation)}${key}`),
    ...upstreams.map((upstream) => labelled('Upstream', upstreamWords(upstream, explanation))),
    labelled('Outcome', outcomeWords(explanation)),
    ...Object.entries(outcome.headers).map(([name, value]) => labelled('', `${name}: ${value}`)),
  ].map(printable);
}

export function requestLine({ request }: Explanation): string {
  const session = request.session === null ? 'no session' : `session ${request.session}`;
  const form = request.stream ? 'a stream' : 'no stream';
  return printable(
    labelled(
      'Request',
      `${request.api} ${request.endpoint}, app ${request.app}, ${session}, ${form}, ${formatCount(request.bodyBytes)} bytes`,
    ),
  );
}

function labelled(label: string, text: string): string {
  return `${label.padEnd(LABEL_WIDTH)}${text}`;
}

function tagLines({ tag }: Explanation): readonly string[] {
  const from =
    tag.source === 'header' ? ' (from its header)' : tag.rule === null ? '' : ` (by tag rule "${tag.rule}")`;
  return [
    labelled('Tag', `${tag.tag ?? 'none'}${from}`),
    ...tag.rules.map((rule) => conditionLine(`${rule.name} → ${rule.tag}: `, rule.condition)),
  ];
}

function routeLines(route: ExplainedRoute): readonly string[] {
  const { name, target, priority, match, decides, reason, conditions } = route;
  const how = conditions.length > 1 ? `, ${match === 'all' ? 'all must hold' : 'any may hold'}` : '';
  return [
    labelled('Rule', `${name} → ${target} (priority ${priority}${how}): ${decides ? 'decides' : reason}`),
    ...conditions.map((condition) => conditionLine('', condition)),
  ];
}

function conditionLine(before: string, { type, value, holds, seen }: ExplainedCondition): string {
  return labelled('', `${before}${type} ${value}: ${holds ? 'yes' : 'no'} (seen: ${seen})`);
}

function experimentLine(experiment: ExplainedExperiment): string {
  const { name, modelA, modelB, split, decides, reason, variant, drawnBy } = experiment;
  const shares = `${100 - split} % ${modelA}, ${split} % ${modelB}`;
  if (!decides) return labelled('A/B', `${name} (${shares}): ${reason}`);
  const draw =
    drawnBy === 'request'
      ? 'each request is drawn by its id: --id shows another'
      : `drawn by its ${drawnBy === 'app' ? 'application' : 'session'}, always the same`;
  return labelled('A/B', `${name} (${shares}): variant ${variant}; ${draw}`);
}

function modelLine({ model, request }: Explanation): string {
  const why = request.unplanned === null ? '' : ` (${request.unplanned}: no rule looks at it)`;
  if (model.final === model.requested) return labelled('Model', `${model.final ?? 'none'}${why}`);
  const by = model.rule === null ? `variant ${model.variant} of ${model.experiment}` : `rule ${model.rule}`;
  return labelled(
    'Model',
    `${model.requested ?? 'none'} → ${model.final ?? 'none'} (${by}${model.foreignApi === null ? '' : `; translated to the ${model.foreignApi} API`})`,
  );
}

function budgetLines({ budgets }: Explanation): readonly string[] {
  if (!budgets.enabled) return [labelled('Budgets', 'switched off (TOKENWATCH_BUDGET_ENABLED)')];
  const kills = budgets.kills.map(({ id, scope }) => labelled('Stopped', `${scope}, by kill switch ${id}`));
  if (budgets.matching.length === 0) return [...kills, labelled('Budgets', 'none applies')];
  return [
    ...kills,
    ...budgets.matching.map((budget) => labelled('Budget', budgetWords(budget, budgets.reservesNanoUsd))),
  ];
}

function budgetWords(budget: ExplainedBudget, reserves: NanoUsd | null): string {
  const { name, scope, per, action, period, limitNanoUsd, refuses } = budget;
  const asks = reserves === null ? 'an amount that is unknown' : formatUsd(reserves);
  return `${name} (${scope}${per === null ? '' : `, per ${per}`}; ${action}): $${exactUsd(limitNanoUsd)} ${period}, ${formatUsd(budget.spentNanoUsd)} spent, ${formatUsd(budget.reservedNanoUsd)} reserved, ${formatUsd(budget.remainingNanoUsd)} left; this request sets aside ${asks}${refuses ? ': refused' : ''}`;
}

function cacheWords({ cache }: Explanation): string {
  const by = cache.rule === null ? '' : ` (cache rule ${cache.rule})`;
  if (cache.use === 'inflight')
    return `inflight: an identical request runs now, and its answer is shared${by}`;
  if (cache.use === null || cache.answer === null || cache.reason !== null)
    return `${cache.use ?? 'not asked'}: ${cache.reason ?? 'the request is refused'}${by}`;
  const { from, createdAtMs, costNanoUsd } = cache.answer;
  return `${cache.use}: an answer of ${new Date(createdAtMs).toISOString()} in the ${from}, which saves ${formatUsd(costNanoUsd)}${by}`;
}

function upstreamWords(
  { name, url, model, state, restsUntilMs }: ExplainedUpstream,
  of: Explanation,
): string {
  const there = model === of.model.final ? '' : `, as ${model}`;
  const health = state === 'closed' ? '' : `, circuit ${state}`;
  const rest = restsUntilMs === null ? '' : `, rests until ${new Date(restsUntilMs).toISOString()}`;
  return `${name} ${url}${there}${health}${rest}`;
}

function outcomeWords({ outcome, upstreams, model }: Explanation): string {
  if (outcome.action === 'refuse')
    return `refused with ${outcome.status} ${outcome.code}: ${outcome.message}`;
  if (outcome.action === 'answer_from_cache') return 'answered from the cache; nothing leaves';
  return `goes to ${upstreams[0]?.url ?? 'its upstream'}${model.final === null ? '' : `, asking ${model.final}`}`;
}
