// The metrics of requests that have ended, as OpenTelemetry's instruments.

import type { Counter, Histogram, Meter } from '@opentelemetry/api';
import { NANO_USD_PER_USD } from '../../core/money.ts';
import { isSuccess } from '../../core/outcome.ts';
import { allInputTokens } from '../../core/usage.ts';
import { BoundedLabel } from '../bounded-label.ts';
import { operationOf, providerOf, SECONDS_BOUNDS, TOKEN_BOUNDS } from '../gen-ai-names.ts';
import { type Attributes, present } from './attributes.ts';
import { countsOf, type GenAiNames, type TokenCounts } from './names.ts';
import { errorType, serverAttributes } from './spans.ts';
import type { TracedRequest } from './traced-request.ts';

/** Where a budget stands. */
export interface BudgetLevel {
  readonly name: string;
  readonly period: string;
  readonly limitNanoUsd: number;
  readonly spentNanoUsd: number;
  readonly reservedNanoUsd: number;
}

/** As the conventions recommend for servers. */
const FIRST_TOKEN_BOUNDS = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];
const PER_TOKEN_BOUNDS = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5];
/** Of one stream and class: more are not added one by one. */
const CHUNKS_MAX = 100_000;

const STAYED: ReadonlySet<string> = new Set(['cached', 'refused']);

export class Instruments {
  readonly #duration: Histogram;
  readonly #firstChunk: Histogram;
  readonly #chunks: Histogram;
  readonly #serverDuration: Histogram;
  readonly #firstToken: Histogram;
  readonly #perToken: Histogram;
  readonly #countTokens: (counts: TokenCounts, attributes: Attributes) => void;
  readonly #embeddings: { readonly duration: Histogram; readonly inputTokens: Histogram } | null;
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
    const seconds = (name: string, bounds: readonly number[]): Histogram =>
      meter.createHistogram(name, { unit: 's', advice: { explicitBucketBoundaries: [...bounds] } });
    this.#duration = seconds(names.duration, SECONDS_BOUNDS);
    this.#firstChunk = seconds(names.timeToFirstChunk, SECONDS_BOUNDS);
    this.#chunks = seconds(names.timePerOutputChunk, SECONDS_BOUNDS);
    this.#serverDuration = seconds(names.server.duration, SECONDS_BOUNDS);
    this.#firstToken = seconds(names.server.timeToFirstToken, FIRST_TOKEN_BOUNDS);
    this.#perToken = seconds(names.server.timePerOutputToken, PER_TOKEN_BOUNDS);
    this.#countTokens = tokenCounting(meter, names);
    this.#embeddings = names.embeddings && {
      duration: seconds(names.embeddings.duration, SECONDS_BOUNDS),
      inputTokens: tokenHistogram(meter, names.embeddings.inputTokens),
    };
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
    const operation = operationOf(start.endpoint);
    if (operation === null || end.outcome === 'refused') return;
    const attributes = this.#attributes(request, operation, model, isKnown);
    this.#served(request, attributes);
    if (STAYED.has(end.outcome)) return;
    if (operation === 'embeddings' && this.#embeddings !== null) this.#embedding(request, attributes);
    else this.#inference(request, attributes);
  }

  /** An unknown price is in no sum. */
  #spend(costNanoUsd: number | null, attributes: Attributes): void {
    if (costNanoUsd === null) this.#unpriced.add(1, attributes);
    else this.#cost.add(costNanoUsd / NANO_USD_PER_USD, attributes);
  }

  #attributes({ start, end }: TracedRequest, operation: string, model: string, isKnown: boolean): Attributes {
    return {
      'gen_ai.operation.name': operation,
      'gen_ai.provider.name': providerOf(end.upstream, start.protocol),
      'gen_ai.request.model': this.#model.of(start.modelSent ?? start.modelRequested, isKnown),
      'gen_ai.response.model': model,
      ...present(serverAttributes(end.upstream)),
      ...(!isSuccess(end.outcome) && { 'error.type': this.#code.of(errorType(end)) }),
    };
  }

  /** As the client saw it, whoever answered. */
  #served({ start, end }: TracedRequest, attributes: Attributes): void {
    this.#serverDuration.record(end.latencyMs / 1000, attributes);
    const { timeToFirstByteMs: firstMs } = end;
    if (end.outcome !== 'completed' || !start.streamed || firstMs === null) return;
    this.#firstToken.record(firstMs / 1000, attributes);
    const later = end.usage.outputTokens - 1;
    if (later > 0) this.#perToken.record(Math.max(0, end.latencyMs - firstMs) / 1000 / later, attributes);
  }

  #embedding({ end, isRepeat }: TracedRequest, attributes: Attributes): void {
    this.#embeddings?.duration.record(end.latencyMs / 1000, attributes);
    if (!isRepeat && end.usageSource !== 'none')
      this.#embeddings?.inputTokens.record(allInputTokens(end.usage), attributes);
  }

  #inference({ start, end, isRepeat, chunkGaps }: TracedRequest, attributes: Attributes): void {
    this.#duration.record(end.latencyMs / 1000, attributes);
    if (start.streamed && end.timeToFirstByteMs !== null)
      this.#firstChunk.record(end.timeToFirstByteMs / 1000, attributes);
    // Each gap counts, at its class's mean: neither the classes nor their sum differ from the gaps themselves.
    for (const { count, seconds } of chunkGaps)
      for (let left = Math.min(count, CHUNKS_MAX); left > 0; left -= 1)
        this.#chunks.record(seconds / count, attributes);
    if (!isRepeat && end.usageSource !== 'none')
      this.#countTokens(countsOf(end.usage, allInputTokens(end.usage)), attributes);
  }
}

function tokenHistogram(meter: Meter, name: string): Histogram {
  const advice = { explicitBucketBoundaries: [...TOKEN_BOUNDS] };
  return meter.createHistogram(name, { unit: '{token}', advice });
}

function tokenCounting(
  meter: Meter,
  { tokens }: GenAiNames,
): (counts: TokenCounts, attributes: Attributes) => void {
  const histogram = (name: string): Histogram => tokenHistogram(meter, name);
  if (tokens.form === 'histogram') {
    const usage = histogram(tokens.name);
    return ({ input, output }, attributes) => {
      usage.record(input, { ...attributes, 'gen_ai.token.type': 'input' });
      usage.record(output, { ...attributes, 'gen_ai.token.type': 'output' });
    };
  }
  const counters = Object.entries(tokens.counters).map(
    ([kind, name]) => [kind as keyof TokenCounts, meter.createCounter(name, { unit: '{token}' })] as const,
  );
  const input = histogram(tokens.histograms.input);
  const output = histogram(tokens.histograms.output);
  return (counts, attributes) => {
    for (const [kind, counter] of counters) counter.add(counts[kind], attributes);
    input.record(counts.input, attributes);
    output.record(counts.output, attributes);
  };
}
