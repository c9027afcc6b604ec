// The metrics of requests that have ended, as OpenTelemetry's instruments.

import type { Attributes, Counter, Histogram, Meter } from '@opentelemetry/api';
import { NANO_USD_PER_USD } from '../../core/money.ts';
import { allInputTokens } from '../../core/usage.ts';
import { BoundedLabel } from '../bounded-label.ts';
import { operationOf, providerOf, SECONDS_BOUNDS, TOKEN_BOUNDS } from '../gen-ai-names.ts';
import type { GenAiNames } from './names.ts';
import type { TracedRequest } from './traced-request.ts';

/** Where a budget stands. */
export interface BudgetLevel {
  readonly name: string;
  readonly period: string;
  readonly limitNanoUsd: number;
  readonly spentNanoUsd: number;
  readonly reservedNanoUsd: number;
}

const STAYED: ReadonlySet<string> = new Set(['cached', 'refused']);

export class Instruments {
  readonly #duration: Histogram;
  readonly #firstChunk: Histogram;
  readonly #countTokens: (input: number, output: number, attributes: Attributes) => void;
  readonly #requests: Counter;
  readonly #cost: Counter;
  readonly #unpriced: Counter;
  readonly #cache: Counter;
  readonly #saved: Counter;
  readonly #refusals: Counter;
  readonly #routed: Counter;
  #budgets: readonly BudgetLevel[] = [];
  readonly #model = new BoundedLabel(() => undefined);
  readonly #app = new BoundedLabel(() => undefined);
  readonly #code = new BoundedLabel(() => undefined);
  readonly #rule = new BoundedLabel(() => undefined);

  constructor(meter: Meter, names: GenAiNames) {
    const seconds = { unit: 's', advice: { explicitBucketBoundaries: [...SECONDS_BOUNDS] } };
    this.#duration = meter.createHistogram(names.duration, seconds);
    this.#firstChunk = meter.createHistogram(names.timeToFirstChunk, seconds);
    this.#countTokens = tokenCounting(meter, names);
    this.#requests = meter.createCounter('tokenwatch.requests', { unit: '{request}' });
    this.#cost = meter.createCounter('tokenwatch.cost', { unit: '{USD}' });
    this.#unpriced = meter.createCounter('tokenwatch.unpriced_requests', { unit: '{request}' });
    this.#cache = meter.createCounter('tokenwatch.cache.requests', { unit: '{request}' });
    this.#saved = meter.createCounter('tokenwatch.cache.saved', { unit: '{USD}' });
    this.#refusals = meter.createCounter('tokenwatch.refusals', { unit: '{request}' });
    this.#routed = meter.createCounter('tokenwatch.routing.requests', { unit: '{request}' });
    for (const [name, read] of [
      ['limit', ({ limitNanoUsd }: BudgetLevel) => limitNanoUsd],
      ['spent', ({ spentNanoUsd }: BudgetLevel) => spentNanoUsd],
      ['reserved', ({ reservedNanoUsd }: BudgetLevel) => reservedNanoUsd],
    ] as const)
      meter.createObservableGauge(`tokenwatch.budget.${name}`, { unit: '{USD}' }).addCallback((result) => {
        for (const level of this.#budgets)
          result.observe(read(level) / NANO_USD_PER_USD, {
            'tokenwatch.budget': level.name,
            'tokenwatch.budget.period': level.period,
          });
      });
  }

  budgets(levels: readonly BudgetLevel[]): void {
    this.#budgets = levels;
  }

  record(request: TracedRequest): void {
    const { start, end, isRepeat } = request;
    const isKnown = end.priceSource !== null || (end.status !== null && end.status < 300);
    const model = this.#model.of(end.modelUsed ?? start.modelRequested, isKnown);
    const app = this.#app.of(start.app);
    this.#requests.add(1, { 'tokenwatch.outcome': end.outcome, 'tokenwatch.app': app });
    if (end.outcome === 'refused')
      this.#refusals.add(1, { 'error.type': this.#code.of(end.errorCode), 'tokenwatch.app': app });
    if (end.cacheUse !== null) this.#cache.add(1, { 'tokenwatch.cache.use': end.cacheUse });
    if (end.cacheUse !== null && end.savedNanoUsd !== null)
      this.#saved.add(end.savedNanoUsd / NANO_USD_PER_USD, { 'tokenwatch.cache.use': end.cacheUse });
    if (start.routingRule !== null)
      this.#routed.add(1, { 'tokenwatch.routing.rule': this.#rule.of(start.routingRule) });
    if (!isRepeat) this.#spend(end.costNanoUsd, { 'gen_ai.response.model': model, 'tokenwatch.app': app });
    if (!STAYED.has(end.outcome)) this.#inference(request, model, isKnown);
  }

  /** An unknown price is in no sum. */
  #spend(costNanoUsd: number | null, attributes: Attributes): void {
    if (costNanoUsd === null) this.#unpriced.add(1, attributes);
    else this.#cost.add(costNanoUsd / NANO_USD_PER_USD, attributes);
  }

  #inference({ start, end, isRepeat }: TracedRequest, model: string, isKnown: boolean): void {
    const operation = operationOf(start.endpoint);
    if (operation === null) return;
    const url = URL.parse(end.upstream);
    const attributes: Attributes = {
      'gen_ai.operation.name': operation,
      'gen_ai.provider.name': providerOf(end.upstream, start.protocol),
      'gen_ai.request.model': this.#model.of(start.modelSent ?? start.modelRequested, isKnown),
      'gen_ai.response.model': model,
      ...(url !== null && { 'server.address': url.hostname }),
    };
    const error =
      end.outcome === 'completed' ? {} : { 'error.type': this.#code.of(end.errorCode ?? end.outcome) };
    this.#duration.record(end.latencyMs / 1000, { ...attributes, ...error });
    if (start.streamed && end.timeToFirstByteMs !== null)
      this.#firstChunk.record(end.timeToFirstByteMs / 1000, attributes);
    if (!isRepeat && end.usageSource !== 'none')
      this.#countTokens(allInputTokens(end.usage), end.usage.outputTokens, attributes);
  }
}

function tokenCounting(
  meter: Meter,
  { tokens }: GenAiNames,
): (input: number, output: number, attributes: Attributes) => void {
  if (tokens.form === 'counters') {
    const input = meter.createCounter(tokens.input, { unit: '{token}' });
    const output = meter.createCounter(tokens.output, { unit: '{token}' });
    return (read, written, attributes) => {
      input.add(read, attributes);
      output.add(written, attributes);
    };
  }
  const usage = meter.createHistogram(tokens.name, {
    unit: '{token}',
    advice: { explicitBucketBoundaries: [...TOKEN_BOUNDS] },
  });
  return (read, written, attributes) => {
    usage.record(read, { ...attributes, 'gen_ai.token.type': 'input' });
    usage.record(written, { ...attributes, 'gen_ai.token.type': 'output' });
  };
}
