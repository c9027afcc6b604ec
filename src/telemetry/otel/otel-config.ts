// Where traces, metrics and events are sent, and how: TokenWatch's three settings, over the standard variables.

import { type SignalConfig, signalOf } from './signal-config.ts';
import type { Sampling } from './trace-context.ts';
import { anyOf, type Environment, firstOf, listOf, numberOf, pairsOf, refuse, wordOf } from './variables.ts';

/** What is told of prompts and answers, and where. */
export interface ContentPlaces {
  readonly onSpans: boolean;
  readonly inEvents: boolean;
}

/** What waits for the collector, of one signal. */
export interface QueueConfig {
  readonly itemsMax: number;
  readonly batchMax: number;
  readonly delayMs: number;
  /** A batch that takes longer is lost. */
  readonly timeoutMs: number;
}

export interface MetricConfig {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** What a figure counts from: the start (`cumulative`), or the last export. */
  readonly temporality: (typeof TEMPORALITIES)[number];
  readonly hasExponentialBuckets: boolean;
}

export interface OtelConfig {
  readonly resource: Readonly<Record<string, string>>;
  /** Null where the signal is not sent. */
  readonly traces: SignalConfig | null;
  readonly metrics: SignalConfig | null;
  /** Of events; null where none are asked for. */
  readonly logs: SignalConfig | null;
  readonly sampling: Sampling;
  /** Whether the client's trace is continued, and the upstream told of it. */
  readonly propagates: boolean;
  /** `gen_ai_latest_experimental`: the newest names instead of those that are read today. */
  readonly usesLatestNames: boolean;
  /** Where prompts and answers are told, redacted. */
  readonly content: ContentPlaces;
  readonly spanQueue: QueueConfig;
  readonly eventQueue: QueueConfig;
  readonly metric: MetricConfig;
  /** Texts on spans and in events are cut to so many characters. */
  readonly textMax: { readonly onSpans: number; readonly inEvents: number };
}

export interface OtelWish {
  /** As set by TokenWatch's own settings; null where the standard variables decide. */
  readonly endpoint: string | null;
  readonly serviceName: string | null;
  readonly version: string;
  /** Of this data folder: two proxies' figures are told apart by it. */
  readonly instanceId: string;
}

const TEMPORALITIES = ['cumulative', 'delta', 'lowmemory'] as const;
const HISTOGRAMS = ['explicit_bucket_histogram', 'base2_exponential_bucket_histogram'] as const;
/** Those that the specification knows. Only the first is spoken here; what others stand for passes as it came. */
const PROPAGATORS = [
  'tracecontext',
  'baggage',
  'b3',
  'b3multi',
  'jaeger',
  'xray',
  'ottrace',
  'none',
] as const;
const NO_LIMIT = Number.POSITIVE_INFINITY;

/** Null where the standard variables switch everything off. Throws `invalid_setting`. */
export function otelConfig(wish: OtelWish, environment: Environment): OtelConfig | null {
  if (/^true$/i.test(environment.OTEL_SDK_DISABLED ?? '')) return null;
  const content = contentPlaces(environment);
  const { endpoint } = wish;
  const config = {
    resource: resourceOf(wish, environment),
    traces: signalOf('traces', endpoint, environment),
    metrics: signalOf('metrics', endpoint, environment),
    logs: emitsEvents(content, environment) ? signalOf('logs', endpoint, environment) : null,
    sampling: samplingOf(environment),
    propagates: propagatorsOf(environment).includes('tracecontext'),
    usesLatestNames: listOf(environment.OTEL_SEMCONV_STABILITY_OPT_IN).includes('gen_ai_latest_experimental'),
    content,
    spanQueue: queueOf('BSP', 5000, environment),
    eventQueue: queueOf('BLRP', 1000, environment),
    metric: metricOf(environment),
    textMax: {
      onSpans: textMaxOf('SPAN', environment),
      inEvents: textMaxOf('LOGRECORD', environment),
    },
  };
  const isSent = config.traces !== null || config.metrics !== null || config.logs !== null;
  return isSent ? config : null;
}

function resourceOf({ serviceName, version, instanceId }: OtelWish, environment: Environment) {
  const given = pairsOf(firstOf(environment, 'OTEL_RESOURCE_ATTRIBUTES'));
  const name = serviceName ?? (environment.OTEL_SERVICE_NAME || given['service.name'] || 'tokenwatch');
  return { 'service.version': version, 'service.instance.id': instanceId, ...given, 'service.name': name };
}

function propagatorsOf(environment: Environment): readonly string[] {
  const words = listOf(environment.OTEL_PROPAGATORS || 'tracecontext,baggage');
  for (const word of words)
    if (!PROPAGATORS.some((known) => known === word))
      refuse('OTEL_PROPAGATORS', environment.OTEL_PROPAGATORS ?? '', `a list of ${anyOf(PROPAGATORS)}`);
  return words;
}

function queueOf(kind: 'BSP' | 'BLRP', delayMs: number, environment: Environment): QueueConfig {
  const number = (name: string, standard: number): number =>
    numberOf(firstOf(environment, `OTEL_${kind}_${name}`), standard);
  const itemsMax = number('MAX_QUEUE_SIZE', 2048);
  return {
    itemsMax,
    batchMax: Math.min(number('MAX_EXPORT_BATCH_SIZE', 512), itemsMax),
    delayMs: number('SCHEDULE_DELAY', delayMs),
    timeoutMs: number('EXPORT_TIMEOUT', 30_000),
  };
}

function metricOf(environment: Environment): MetricConfig {
  const preference = (name: string) => firstOf(environment, `OTEL_EXPORTER_OTLP_METRICS_${name}`);
  const histogram = wordOf(preference('DEFAULT_HISTOGRAM_AGGREGATION'), HISTOGRAMS, HISTOGRAMS[0]);
  return {
    intervalMs: numberOf(firstOf(environment, 'OTEL_METRIC_EXPORT_INTERVAL'), 60_000),
    timeoutMs: numberOf(firstOf(environment, 'OTEL_METRIC_EXPORT_TIMEOUT'), 30_000),
    temporality: wordOf(preference('TEMPORALITY_PREFERENCE'), TEMPORALITIES, 'cumulative'),
    hasExponentialBuckets: histogram !== HISTOGRAMS[0],
  };
}

function textMaxOf(kind: 'SPAN' | 'LOGRECORD', environment: Environment): number {
  const names = [`OTEL_${kind}_ATTRIBUTE_VALUE_LENGTH_LIMIT`, 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT'];
  return numberOf(firstOf(environment, ...names), NO_LIMIT);
}

function samplingOf(environment: Environment): Sampling {
  const name = environment.OTEL_TRACES_SAMPLER || 'parentbased_always_on';
  const text = environment.OTEL_TRACES_SAMPLER_ARG || '1';
  const share = Number(text);
  if (!(share >= 0 && share <= 1)) refuse('OTEL_TRACES_SAMPLER_ARG', text, 'a share from 0 to 1');
  const followsParent = name.startsWith('parentbased_');
  const kind = name.replace('parentbased_', '');
  if (kind === 'always_on') return { followsParent, share: 1 };
  if (kind === 'always_off') return { followsParent, share: 0 };
  if (kind === 'traceidratio') return { followsParent, share };
  return refuse(
    'OTEL_TRACES_SAMPLER',
    name,
    'always_on, always_off or traceidratio, with or without parentbased_',
  );
}

const CAPTURE = 'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT';
const EMIT = 'OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT';

function contentPlaces(environment: Environment): ContentPlaces {
  const text = environment[CAPTURE] || 'NO_CONTENT';
  if (/^(?:NO_CONTENT|false)$/i.test(text)) return { onSpans: false, inEvents: false };
  if (/^(?:SPAN_ONLY|true)$/i.test(text)) return { onSpans: true, inEvents: false };
  if (/^EVENT_ONLY$/i.test(text)) return { onSpans: false, inEvents: true };
  if (/^SPAN_AND_EVENT$/i.test(text)) return { onSpans: true, inEvents: true };
  return refuse(CAPTURE, text, 'NO_CONTENT, SPAN_ONLY, EVENT_ONLY or SPAN_AND_EVENT');
}

/** Where nothing is said of events, they come with content that is asked for in them. */
function emitsEvents({ inEvents }: ContentPlaces, environment: Environment): boolean {
  const text = environment[EMIT] || String(inEvents);
  if (/^true$/i.test(text)) return true;
  if (/^false$/i.test(text)) return false;
  return refuse(EMIT, text, 'true or false');
}
