// OpenTelemetry: every request that has ended goes to a worker thread, and from there to the collector.

import { ChunkGaps } from '../core/chunk-gaps.ts';
import type { RequestSight } from '../core/request-sight.ts';
import { ChargedKeys } from '../ledger/charged-keys.ts';
import type { ExchangeOptions } from '../proxy/exchange.ts';
import { givenSetting } from '../settings.ts';
import { instanceOf } from '../storage/instance.ts';
import { SECONDS_BOUNDS } from '../telemetry/gen-ai-names.ts';
import { type Family, readFamily } from '../telemetry/metrics.ts';
import { type OtelConfig, otelConfig } from '../telemetry/otel/otel-config.ts';
import { OtelLink } from '../telemetry/otel/otel-link.ts';
import { parametersOf } from '../telemetry/otel/request-parameters.ts';
import { traceContext, traceparentOf } from '../telemetry/otel/trace-context.ts';
import { CONTENT_BYTES_MAX, type TracedRequest } from '../telemetry/otel/traced-request.ts';
import { version } from '../version.ts';
import type { Budgets } from './budgets.ts';
import type { Ground } from './ground.ts';
import type { Records } from './records.ts';

export interface Otel {
  /** Null where no context is passed on. */
  readonly tracing: ExchangeOptions['tracing'];
  readonly newChunkGaps: () => ChunkGaps;
  /** What was lost on the way to the collector. */
  readonly families: readonly Family[];
  readonly config: OtelConfig;
  readonly link: Pick<OtelLink, 'dropped' | 'state'>;
}

/** Null where it is switched off. */
export function startOtel(ground: Ground, records: Records, budgets: Budgets | null): Otel | null {
  const { settings, environment, warn, opened, clock } = ground;
  if (!settings.TOKENWATCH_OTEL_ENABLED) return null;
  const wish = {
    endpoint: givenSetting('TOKENWATCH_OTEL_ENDPOINT', settings, environment),
    serviceName: givenSetting('TOKENWATCH_OTEL_SERVICE_NAME', settings, environment),
    version,
    instanceId: instanceOf(settings.TOKENWATCH_DATA_DIR),
  };
  const config = otelConfig(wish, environment);
  if (config === null) return null;
  const levels = () =>
    (budgets?.ledger.standings() ?? []).slice(0, BUDGETS_MAX).map((standing) => ({
      name: standing.budget.name,
      period: standing.budget.period,
      limitNanoUsd: standing.limitNanoUsd,
      spentNanoUsd: standing.spentNanoUsd,
      reservedNanoUsd: standing.reservedNanoUsd,
    }));
  const link = new OtelLink({ config, warn, budgets: levels });
  opened.defer(() => link.close());
  const charged = new ChargedKeys();
  const { sampling, propagates } = config;
  const tellsContent = config.content.onSpans || config.content.inEvents;
  records.watch({
    settled: (start, end, { headers, facts, times, body, tap }) => {
      const trace = traceContext(start.id, propagates ? headers : null, sampling);
      link.push({
        start,
        end,
        trace,
        maxOutputTokens: facts.maxOutputTokens,
        parameters: trace.isSampled ? parametersOf(body?.document) : {},
        chunkGaps: times.chunkGaps?.groups() ?? [],
        begunAfterMs: times.begunAfterMs,
        sentAfterMs: times.sentAfterMs,
        isRepeat: end.billingKey !== null && charged.repeats(end.billingKey),
        content: tellsContent && trace.isSampled ? contentOf(body?.text ?? null, tap) : null,
      });
    },
  });
  const tracing = {
    traceparent: (...of: Parameters<NonNullable<ExchangeOptions['tracing']>['traceparent']>) =>
      traceparentOf(traceContext(...of, sampling)),
  };
  return {
    tracing: propagates ? tracing : null,
    newChunkGaps: () => new ChunkGaps(SECONDS_BOUNDS, () => clock.monotonicMs()),
    families: lossFamilies(link),
    ...{ config, link },
  };
}

const BUDGETS_MAX = 200;

function contentOf(prompt: Buffer | null, tap: RequestSight['tap']): TracedRequest['content'] {
  const answer = tap?.generatedText() ?? null;
  if ((prompt?.length ?? 0) + (answer?.length ?? 0) > CONTENT_BYTES_MAX) return 'too large';
  return { prompt: prompt?.toString('utf8') ?? null, answer };
}

function lossFamilies(link: OtelLink): readonly Family[] {
  return [
    readFamily(
      'counter',
      {
        name: 'tokenwatch_otel_dropped_requests',
        help: 'Requests that OpenTelemetry never got: too many waited.',
      },
      () => [[[], link.dropped.requests]],
    ),
    readFamily(
      'counter',
      {
        name: 'tokenwatch_otel_dropped_spans',
        help: 'Spans that the collector did not take, or that were too many.',
      },
      () => [[[], link.dropped.spans]],
    ),
    readFamily(
      'counter',
      { name: 'tokenwatch_otel_dropped_events', help: 'The same of events, where they are asked for.' },
      () => [[[], link.dropped.events]],
    ),
  ];
}
