// What settled requests add up to, for Prometheus. Fed after an answer is out; a scrape only reads.

import { NANO_USD_PER_USD } from '../core/money.ts';
import type { RequestEnd, RequestStart, UpstreamAttempt } from '../core/record.ts';
import { DEFAULT_UPSTREAM } from '../core/upstream.ts';
import { allInputTokens } from '../core/usage.ts';
import { BoundedLabel } from './bounded-label.ts';
import { operationOf, providerOf, SECONDS_BOUNDS, TOKEN_BOUNDS } from './gen-ai-names.ts';
import { Counter, type CounterSeries, type Family, Histogram, type HistogramSeries } from './metrics.ts';

export interface RequestMetricsOptions {
  /** Whether usage with this key was counted before: fetched again, it costs nothing. Asked once for each request. */
  readonly isCharged: (billingKey: string) => boolean;
}

const MS_PER_SECOND = 1000;
/** Past it, kinds are found anew. */
const KINDS_MAX = 2000;
/** Nothing went upstream. */
const STAYED: ReadonlySet<string> = new Set(['cached', 'refused']);

/** What decides the series of a request. */
type KindOfStart = Pick<RequestStart, 'protocol' | 'endpoint' | 'modelRequested' | 'modelSent'>;
type KindOfEnd = Pick<RequestEnd, 'upstream' | 'upstreamName' | 'outcome' | 'status' | 'modelUsed'>;

/** Where requests of one kind are counted: looked up once, since there are few kinds and many requests. */
interface RequestKind {
  /** Of requests that began and ended so. */
  readonly start: KindOfStart;
  readonly end: KindOfEnd;
  readonly isKnown: boolean;
  readonly model: string;
  readonly requests: CounterSeries;
  readonly seconds: HistogramSeries;
  readonly tokens: Readonly<
    Record<'input' | 'cacheRead' | 'cacheWrite' | 'output' | 'reasoning', CounterSeries>
  >;
  /** Null where nothing went upstream. */
  readonly upstream: UpstreamKind | null;
}

interface UpstreamKind {
  readonly attempts: CounterSeries;
  /** Null for what is no inference. */
  readonly genAi: {
    readonly seconds: HistogramSeries;
    readonly first: HistogramSeries;
    readonly input: HistogramSeries;
    readonly output: HistogramSeries;
  } | null;
}

export class RequestMetrics {
  readonly #options: RequestMetricsOptions;
  readonly #overflows = new Counter({
    name: 'tokenwatch_label_overflow',
    help: 'Values that were not told apart, because a label has 50 of its own already or the value is not known.',
    labels: ['label'],
  });
  readonly #model = this.#label('model');
  readonly #app = this.#label('app');
  readonly #tag = this.#label('tag');
  readonly #upstream = this.#label('upstream');
  readonly #code = this.#label('code');
  readonly #rule = this.#label('rule');
  readonly #experiment = this.#label('experiment');
  #overflowed = 0;
  /** By the model that was asked for. */
  readonly #kinds = new Map<string | null, RequestKind[]>();
  #kindsKept = 0;

  readonly #requests = new Counter({
    name: 'tokenwatch_requests',
    help: 'Requests that have ended.',
    labels: ['api', 'model', 'outcome', 'status'],
  });
  readonly #seconds = new Histogram({
    name: 'tokenwatch_request_duration_seconds',
    help: 'From the arrival of a request to the end of its answer, whoever gave it.',
    labels: ['api', 'outcome'],
    bounds: SECONDS_BOUNDS,
  });
  readonly #tokens = new Counter({
    name: 'tokenwatch_tokens',
    help: 'Tokens that providers charged for. Reasoning is a part of output.',
    labels: ['model', 'type'],
  });
  readonly #cost = this.#usd('tokenwatch_cost_usd', 'Cost of requests whose price is known.', ['model']);
  readonly #appCost = this.#usd('tokenwatch_app_cost_usd', 'The same, by application.', ['app']);
  readonly #tagCost = this.#usd('tokenwatch_tag_cost_usd', 'The same, by tag.', ['tag']);
  readonly #unpriced = new Counter({
    name: 'tokenwatch_unpriced_requests',
    help: 'Requests whose cost is unknown: they are in no sum of dollars.',
    labels: ['model'],
  });
  readonly #appRequests = new Counter({
    name: 'tokenwatch_app_requests',
    help: 'Requests that have ended, by application.',
    labels: ['app'],
  });
  readonly #errors = new Counter({
    name: 'tokenwatch_errors',
    help: "Requests with an error: TokenWatch's own code, or the provider's.",
    labels: ['outcome', 'code'],
  });
  readonly #cache = new Counter({
    name: 'tokenwatch_cache_requests',
    help: 'What the cache said of requests, where it is on.',
    labels: ['use'],
  });
  readonly #saved = this.#usd('tokenwatch_cache_saved_usd', 'What answers from the cache would have cost.', [
    'use',
  ]);
  readonly #attempts = new Counter({
    name: 'tokenwatch_upstream_attempts',
    help: 'Upstreams that were asked, and how they fared.',
    labels: ['upstream', 'outcome'],
  });
  readonly #routed = new Counter({
    name: 'tokenwatch_routed_requests',
    help: 'Requests whose model or upstream a routing rule decided.',
    labels: ['rule'],
  });
  readonly #drawn = new Counter({
    name: 'tokenwatch_experiment_requests',
    help: 'Requests that took part in an A/B test.',
    labels: ['experiment', 'variant'],
  });
  readonly #genAiTokens = new Histogram({
    name: 'gen_ai_client_token_usage',
    help: 'Tokens of requests that went upstream; input includes what was cached.',
    labels: [
      'gen_ai_operation_name',
      'gen_ai_provider_name',
      'gen_ai_request_model',
      'gen_ai_response_model',
      'gen_ai_token_type',
    ],
    bounds: TOKEN_BOUNDS,
  });
  readonly #genAiSeconds = new Histogram({
    name: 'gen_ai_client_operation_duration_seconds',
    help: 'How long requests took that went upstream.',
    labels: [
      'gen_ai_operation_name',
      'gen_ai_provider_name',
      'gen_ai_request_model',
      'gen_ai_response_model',
    ],
    bounds: SECONDS_BOUNDS,
  });
  readonly #genAiFirst = new Histogram({
    name: 'gen_ai_client_operation_time_to_first_chunk_seconds',
    help: 'How long streams took to begin that went upstream.',
    labels: [
      'gen_ai_operation_name',
      'gen_ai_provider_name',
      'gen_ai_request_model',
      'gen_ai_response_model',
    ],
    bounds: SECONDS_BOUNDS,
  });

  constructor(options: RequestMetricsOptions) {
    this.#options = options;
  }

  get families(): readonly Family[] {
    return [
      this.#requests,
      this.#seconds,
      this.#tokens,
      this.#cost,
      this.#unpriced,
      this.#appRequests,
      this.#appCost,
      this.#tagCost,
      this.#errors,
      this.#cache,
      this.#saved,
      this.#attempts,
      this.#routed,
      this.#drawn,
      this.#genAiTokens,
      this.#genAiSeconds,
      this.#genAiFirst,
      this.#overflows,
    ];
  }

  settled(start: RequestStart, end: RequestEnd): void {
    const kind = this.#kindOf(start, end);
    const isRepeat = end.billingKey !== null && this.#options.isCharged(end.billingKey);
    kind.requests.add(1);
    kind.seconds.observe(end.latencyMs / MS_PER_SECOND);
    if (end.errorCode !== null) this.#errors.add(1, end.outcome, this.#code.of(end.errorCode));
    this.#spent(start, end, kind, isRepeat);
    this.#decided(start, end);
    if (kind.upstream !== null) this.#wentUpstream(start, end, kind.upstream, isRepeat);
  }

  /** The series of requests that are alike in all that decides which these are. */
  #kindOf(start: RequestStart, end: RequestEnd): RequestKind {
    const isKnown = end.priceSource !== null || (end.status !== null && end.status < 300);
    const alike = this.#kinds.get(start.modelRequested) ?? [];
    // One after the other: there are few, and a key of so many names would have to be written for each request.
    for (const kind of alike) if (isOfKind(kind, start, end, isKnown)) return kind;
    const overflowsBefore = this.#overflowed;
    const kind = this.#openKind(start, end, isKnown);
    // Values that are not told apart are counted at each request, and there may be any number of them.
    if (this.#overflowed === overflowsBefore) this.#keep(kind);
    return kind;
  }

  #keep(kind: RequestKind): void {
    if (this.#kindsKept === KINDS_MAX) {
      this.#kinds.clear();
      this.#kindsKept = 0;
    }
    this.#kindsKept += 1;
    const asked = kind.start.modelRequested;
    const alike = this.#kinds.get(asked);
    if (alike === undefined) this.#kinds.set(asked, [kind]);
    else alike.push(kind);
  }

  #openKind(start: RequestStart, end: RequestEnd, isKnown: boolean): RequestKind {
    // What clients ask for is free text: a name counts once it has a price, or somebody answered to it.
    const model = this.#model.of(end.modelUsed ?? start.modelRequested, isKnown);
    const tokens = (type: string): CounterSeries => this.#tokens.of([model, type]);
    const { protocol, endpoint, modelRequested, modelSent } = start;
    const { upstream, upstreamName, outcome, status, modelUsed } = end;
    return {
      start: { protocol, endpoint, modelRequested, modelSent },
      end: { upstream, upstreamName, outcome, status, modelUsed },
      isKnown,
      model,
      requests: this.#requests.of([protocol, model, outcome, statusClass(status)]),
      seconds: this.#seconds.of([protocol, outcome]),
      tokens: {
        input: tokens('input'),
        cacheRead: tokens('cache_read'),
        cacheWrite: tokens('cache_write'),
        output: tokens('output'),
        reasoning: tokens('reasoning'),
      },
      upstream: STAYED.has(outcome) ? null : this.#openUpstream(start, end, model, isKnown),
    };
  }

  #openUpstream(start: RequestStart, end: RequestEnd, model: string, isKnown: boolean): UpstreamKind {
    const name = this.#upstream.of(end.upstreamName ?? DEFAULT_UPSTREAM);
    const attempts = this.#attempts.of([name, attemptOutcome(end.outcome)]);
    const operation = operationOf(start.endpoint);
    if (operation === null) return { attempts, genAi: null };
    const asked = this.#model.of(start.modelSent ?? start.modelRequested, isKnown);
    const labels = [operation, providerOf(end.upstream, start.protocol), asked, model];
    return {
      attempts,
      genAi: {
        seconds: this.#genAiSeconds.of(labels),
        first: this.#genAiFirst.of(labels),
        input: this.#genAiTokens.of([...labels, 'input']),
        output: this.#genAiTokens.of([...labels, 'output']),
      },
    };
  }

  #spent(start: RequestStart, end: RequestEnd, kind: RequestKind, isRepeat: boolean): void {
    const app = this.#app.of(start.app);
    this.#appRequests.add(1, app);
    if (isRepeat) return;
    const { usage, costNanoUsd } = end;
    kind.tokens.input.add(usage.inputTokens);
    kind.tokens.cacheRead.add(usage.cacheReadTokens);
    kind.tokens.cacheWrite.add(usage.cacheWrite5mTokens + usage.cacheWrite1hTokens);
    kind.tokens.output.add(usage.outputTokens);
    kind.tokens.reasoning.add(usage.reasoningTokens);
    if (costNanoUsd === null) this.#unpriced.add(1, kind.model);
    else if (costNanoUsd > 0) {
      this.#cost.add(costNanoUsd, kind.model);
      this.#appCost.add(costNanoUsd, app);
      this.#tagCost.add(costNanoUsd, this.#tag.of(start.tag));
    }
  }

  #decided(start: RequestStart, end: RequestEnd): void {
    if (end.cacheUse !== null) this.#cache.add(1, end.cacheUse);
    if (end.cacheUse !== null && end.savedNanoUsd !== null) this.#saved.add(end.savedNanoUsd, end.cacheUse);
    if (start.routingRule !== null) this.#routed.add(1, this.#rule.of(start.routingRule));
    if (start.experiment !== null)
      this.#drawn.add(1, this.#experiment.of(start.experiment), start.variant ?? '');
  }

  #wentUpstream(start: RequestStart, end: RequestEnd, kind: UpstreamKind, isRepeat: boolean): void {
    if (end.attempts === null) kind.attempts.add(1);
    else
      for (const { upstream, outcome } of end.attempts)
        this.#attempts.add(1, this.#upstream.of(upstream), outcome);
    if (kind.genAi === null) return;
    const { seconds, first, input, output } = kind.genAi;
    seconds.observe(end.latencyMs / MS_PER_SECOND);
    if (start.streamed && end.timeToFirstByteMs !== null)
      first.observe(end.timeToFirstByteMs / MS_PER_SECOND);
    if (isRepeat || end.usageSource === 'none') return;
    input.observe(allInputTokens(end.usage));
    output.observe(end.usage.outputTokens);
  }

  #label(name: string): BoundedLabel {
    return new BoundedLabel(() => {
      this.#overflowed += 1;
      this.#overflows.add(1, name);
    });
  }

  #usd(name: string, help: string, labels: readonly string[]): Counter {
    return new Counter({ name, help, labels, unit: NANO_USD_PER_USD });
  }
}

function isOfKind(kind: RequestKind, start: KindOfStart, end: KindOfEnd, isKnown: boolean): boolean {
  const { start: began, end: ended } = kind;
  return (
    ended.modelUsed === end.modelUsed &&
    ended.status === end.status &&
    ended.outcome === end.outcome &&
    kind.isKnown === isKnown &&
    began.endpoint === start.endpoint &&
    began.protocol === start.protocol &&
    began.modelSent === start.modelSent &&
    ended.upstream === end.upstream &&
    ended.upstreamName === end.upstreamName
  );
}

/** How the only upstream fared, by how the request ended. */
function attemptOutcome(outcome: RequestEnd['outcome']): UpstreamAttempt['outcome'] {
  if (outcome === 'unreachable' || outcome === 'timed_out') return outcome;
  if (outcome === 'upstream_broken') return 'broken';
  return outcome === 'client_gone' || outcome === 'cut' ? 'abandoned' : 'answered';
}

function statusClass(status: number | null): string {
  return status === null ? 'none' : `${Math.floor(status / 100)}xx`;
}
