// Where traces and metrics are sent, and how: TokenWatch's three settings, over the standard variables.

import { TokenWatchError } from '../../core/errors.ts';
import type { Sampling } from './trace-context.ts';

export type OtlpProtocol = 'grpc' | 'http/protobuf';

export interface SignalConfig {
  readonly protocol: OtlpProtocol;
  /** For gRPC the origin; for HTTP the whole address. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly isCompressed: boolean;
  /** The path of a certificate to trust; null for the system's. */
  readonly certificate: string | null;
}

/** What is told of prompts and answers, and where. */
export interface ContentPlaces {
  readonly onSpans: boolean;
  readonly inEvents: boolean;
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
  readonly queueSpansMax: number;
  readonly batchSpansMax: number;
  readonly batchDelayMs: number;
  readonly metricIntervalMs: number;
}

type Environment = Readonly<Record<string, string | undefined>>;
type Signal = 'traces' | 'metrics' | 'logs';

export interface OtelWish {
  /** As set by TokenWatch's own settings; null where the standard variables decide. */
  readonly endpoint: string | null;
  readonly serviceName: string | null;
  readonly version: string;
}

const STANDARD_ENDPOINT = 'http://localhost:4317';
const HTTP_PORT = '4318';

/** Null where the standard variables switch everything off. Throws `invalid_setting`. */
export function otelConfig(wish: OtelWish, environment: Environment): OtelConfig | null {
  const content = contentPlaces(environment);
  const config = {
    resource: resourceOf(wish, environment),
    traces: signalOf('traces', wish, environment),
    metrics: signalOf('metrics', wish, environment),
    logs: emitsEvents(content, environment) ? signalOf('logs', wish, environment) : null,
    sampling: samplingOf(environment),
    propagates: listOf(environment.OTEL_PROPAGATORS || 'tracecontext').includes('tracecontext'),
    usesLatestNames: listOf(environment.OTEL_SEMCONV_STABILITY_OPT_IN).includes('gen_ai_latest_experimental'),
    content,
    queueSpansMax: numberOf('OTEL_BSP_MAX_QUEUE_SIZE', 2048, environment),
    batchSpansMax: numberOf('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 512, environment),
    batchDelayMs: numberOf('OTEL_BSP_SCHEDULE_DELAY', 5000, environment),
    metricIntervalMs: numberOf('OTEL_METRIC_EXPORT_INTERVAL', 60_000, environment),
  };
  const isOff = /^true$/i.test(environment.OTEL_SDK_DISABLED ?? '');
  return isOff || (config.traces === null && config.metrics === null) ? null : config;
}

function resourceOf({ serviceName, version }: OtelWish, environment: Environment): Record<string, string> {
  const given = pairsOf('OTEL_RESOURCE_ATTRIBUTES', environment.OTEL_RESOURCE_ATTRIBUTES);
  const name = serviceName ?? (environment.OTEL_SERVICE_NAME || given['service.name'] || 'tokenwatch');
  return { 'service.version': version, ...given, 'service.name': name };
}

function signalOf(signal: Signal, wish: OtelWish, environment: Environment): SignalConfig | null {
  const exporter = environment[`OTEL_${signal.toUpperCase()}_EXPORTER`] || 'otlp';
  if (exporter === 'none') return null;
  if (exporter !== 'otlp') refuse(`OTEL_${signal.toUpperCase()}_EXPORTER`, exporter, 'otlp or none');
  /** The variable of this signal, or the one of all. */
  const read = (name: string): string | undefined =>
    environment[`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${name}`] ||
    environment[`OTEL_EXPORTER_OTLP_${name}`] ||
    undefined;
  const own = environment[`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`];
  const base = wish.endpoint ?? (environment.OTEL_EXPORTER_OTLP_ENDPOINT || STANDARD_ENDPOINT);
  const endpoint = endpointOf(own || base);
  const protocol = protocolOf(read('PROTOCOL'), endpoint);
  // The address of all signals is a base; that of one signal is the whole.
  const isWhole = Boolean(own) || endpoint.pathname.endsWith(`/v1/${signal}`);
  const path = endpoint.pathname.replace(/\/$/, '');
  const httpUrl = isWhole ? endpoint.href : `${endpoint.origin}${path}/v1/${signal}${endpoint.search}`;
  return {
    protocol,
    url: protocol === 'grpc' ? endpoint.origin : httpUrl,
    headers: pairsOf('OTEL_EXPORTER_OTLP_HEADERS', read('HEADERS')),
    timeoutMs: numberOf('OTEL_EXPORTER_OTLP_TIMEOUT', 10_000, {
      OTEL_EXPORTER_OTLP_TIMEOUT: read('TIMEOUT'),
    }),
    isCompressed: read('COMPRESSION') === 'gzip',
    certificate: read('CERTIFICATE') ?? null,
  };
}

function endpointOf(text: string): URL {
  // gRPC addresses are often written without a scheme.
  const url = URL.parse(/^[a-z]+:\/\//i.test(text) ? text : `http://${text}`);
  if (url === null || !/^https?:$/.test(url.protocol))
    return refuse(
      'TOKENWATCH_OTEL_ENDPOINT or OTEL_EXPORTER_OTLP_ENDPOINT',
      text,
      'an http:// or https:// URL',
    );
  return url;
}

function protocolOf(text: string | undefined, endpoint: URL): OtlpProtocol {
  if (text === undefined)
    return endpoint.port === HTTP_PORT || /\/v1\/(?:traces|metrics|logs)$/.test(endpoint.pathname)
      ? 'http/protobuf'
      : 'grpc';
  if (text === 'grpc' || text === 'http/protobuf') return text;
  return refuse('OTEL_EXPORTER_OTLP_PROTOCOL', text, 'grpc or http/protobuf');
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

function numberOf(name: string, standard: number, environment: Environment): number {
  const text = environment[name];
  if (!text) return standard;
  return /^\d{1,9}$/.test(text) && Number(text) > 0
    ? Number(text)
    : refuse(name, text, 'a whole number above 0');
}

const listOf = (text: string | undefined): readonly string[] =>
  (text ?? '').split(',').map((word) => word.trim());

/** `key=value,key=value`, with percent-encoded values. The value may be a secret: it is in no message. */
function pairsOf(name: string, text: string | undefined): Record<string, string> {
  const pairs: [string, string][] = [];
  for (const word of listOf(text).filter((each) => each !== '')) {
    const at = word.indexOf('=');
    if (at < 1) refuse(name, '…', 'a list of key=value');
    const value = word.slice(at + 1).trim();
    pairs.push([word.slice(0, at).trim(), decoded(value)]);
  }
  return Object.fromEntries(pairs);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone percent sign stands for itself.
    return text;
  }
}

function refuse(name: string, text: string, form: string): never {
  throw new TokenWatchError('invalid_setting', `${name}="${text}" is not ${form}.`);
}
