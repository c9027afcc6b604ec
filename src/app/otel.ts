// OpenTelemetry: every request that has ended goes to a worker thread, and from there to the collector.

import { ChargedKeys } from '../ledger/charged-keys.ts';
import type { ExchangeOptions } from '../proxy/exchange.ts';
import { SETTINGS, type SettingName } from '../settings.ts';
import { type Family, readFamily } from '../telemetry/metrics.ts';
import { otelConfig } from '../telemetry/otel/otel-config.ts';
import { OtelLink } from '../telemetry/otel/otel-link.ts';
import { traceContext, traceparentOf } from '../telemetry/otel/trace-context.ts';
import { version } from '../version.ts';
import type { Budgets } from './budgets.ts';
import type { Ground } from './ground.ts';
import type { Records } from './records.ts';

export interface Otel {
  /** Null where no context is passed on. */
  readonly tracing: ExchangeOptions['tracing'];
  /** What was lost on the way to the collector. */
  readonly families: readonly Family[];
}

/** Null where it is switched off. */
export function startOtel(ground: Ground, records: Records, budgets: Budgets | null): Otel | null {
  const { settings, environment, warn, opened } = ground;
  if (!settings.TOKENWATCH_OTEL_ENABLED) return null;
  const own = (name: SettingName & `TOKENWATCH_OTEL_${'ENDPOINT' | 'SERVICE_NAME'}`): string | null =>
    environment[name] || settings[name] !== SETTINGS[name].standard ? settings[name] : null;
  const config = otelConfig(
    { endpoint: own('TOKENWATCH_OTEL_ENDPOINT'), serviceName: own('TOKENWATCH_OTEL_SERVICE_NAME'), version },
    environment,
  );
  if (config === null) return null;
  const levels = () =>
    (budgets?.ledger.standings() ?? []).slice(0, BUDGETS_MAX).map((standing) => ({
      name: standing.budget.name,
      period: standing.budget.period,
      limitNanoUsd: standing.budget.limitNanoUsd,
      spentNanoUsd: standing.spentNanoUsd,
      reservedNanoUsd: standing.reservedNanoUsd,
    }));
  const link = new OtelLink({ config, warn, budgets: levels });
  opened.defer(() => link.close());
  const charged = new ChargedKeys();
  const { sampling, propagates } = config;
  records.watch({
    settled: (start, end, { headers, facts, times }) =>
      link.push({
        start,
        end,
        trace: traceContext(start.id, propagates ? headers : null, sampling),
        maxOutputTokens: facts.maxOutputTokens,
        begunAfterMs: times.begunAfterMs,
        sentAfterMs: times.sentAfterMs,
        isRepeat: end.billingKey !== null && charged.repeats(end.billingKey),
      }),
  });
  const tracing = {
    traceparent: (...of: Parameters<NonNullable<ExchangeOptions['tracing']>['traceparent']>) =>
      traceparentOf(traceContext(...of, sampling)),
  };
  return { tracing: propagates ? tracing : null, families: lossFamilies(link) };
}

const BUDGETS_MAX = 200;

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
  ];
}
