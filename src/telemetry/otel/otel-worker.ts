// The worker thread of OpenTelemetry: makes spans and metrics of requests that have ended, and sends them. Nothing here
// is on any request's way; a collector that is slow or gone costs memory up to a bound, and is told of in figures.

import { randomBytes } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { type Attributes, type HrTime, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { defaultResource, type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { threadMs } from '../../core/clock.ts';
import { isRefusedAddress, REFUSED_WORDS } from '../../core/refused-address.ts';
import { Redactor } from '../../redaction/redactor.ts';
import { refuseAllOnceConnected } from '../../runtime/refused-connection.ts';
import { contentAttributes } from './content.ts';
import { type DetailsEvent, detailsEvent, eventContext, SEVERITY } from './details-event.ts';
import { EXPORTED, ExportQueue } from './export-queue.ts';
import { logExporter, metricExporter, traceExporter } from './exporters.ts';
import { Instruments } from './instruments.ts';
import { CURRENT_NAMES, LATEST_NAMES } from './names.ts';
import type { OtelConfig, QueueConfig } from './otel-config.ts';
import type { OtelCall, OtelReply } from './otel-messages.ts';
import { onPartlyTaken } from './partly-taken.ts';
import type { SignalConfig } from './signal-config.ts';
import { type SpanOfRequest, spansOf } from './spans.ts';
import type { TracedRequest } from './traced-request.ts';
import { listOf } from './variables.ts';

/** What takes longer to look at is left out. */
const REDACTION_BUDGET_MS = 2000;

const port = parentPort;
if (port === null) throw new Error('OpenTelemetry must run as a worker thread');
const reply = (message: OtelReply): void => port.postMessage(message);

const config = workerData as OtelConfig;
const names = config.usesLatestNames ? LATEST_NAMES : CURRENT_NAMES;
// The default says which SDK made it, as back ends want to know.
const resource = defaultResource().merge(resourceFromAttributes(config.resource));
const scope = { name: 'tokenwatch', version: config.resource['service.version'] ?? '' };
/** Null where no content is told. */
const redactor =
  config.content.onSpans || config.content.inEvents
    ? new Redactor({ spentMs: threadMs, budgetMs: REDACTION_BUDGET_MS })
    : null;
const key = randomBytes(32);
const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL } as const;

/** What a collector's name led to, where nothing may be sent: exporters do not all pass that on as the reason. */
let refused: string | null = null;
// All connections of this thread are to collectors.
refuseAllOnceConnected((address) => {
  refused = isRefusedAddress(address) ? `${address} ${REFUSED_WORDS}` : null;
  return refused !== null;
});

// gRPC looks up proxies in the environment by itself, for this machine, too. What is set here is this thread's alone.
const { no_grpc_proxy: ofGrpc, no_proxy: ofAll, NO_PROXY: OF_ALL } = process.env;
process.env.no_grpc_proxy = [...listOf(ofGrpc || ofAll || OF_ALL), 'localhost', '127.0.0.1', '::1'].join(',');

onPartlyTaken(({ what, count, reason }) => {
  if (count === 0) reply({ type: 'trouble', kind: 'collector', words: `the collector says: ${reason}` });
  else if (what === 'figures') tellMetrics(`${count} figures`, reason);
  else reply({ type: 'dropped', what, count, reason });
});

const spans = config.traces === null ? null : await openSpans(config.traces);
const metrics = config.metrics === null ? null : await openMetrics(config.metrics);
const events = config.logs === null ? null : await openEvents(config.logs);

port.on('message', (call: OtelCall) => {
  if (call.type === 'requests') {
    for (const request of call.requests) take(request);
    reply({ type: 'taken', requests: call.requests.length });
  } else if (call.type === 'budgets') metrics?.instruments.budgets(call.levels);
  else void close();
});
reply({ type: 'ready' });

function take(request: TracedRequest): void {
  metrics?.instruments.record(request);
  if (!request.trace.isSampled) return;
  const content = redactor === null ? {} : contentAttributes(request, redactor, key);
  const { onSpans, inEvents } = config.content;
  spans?.push(spansOf(request, names, onSpans ? content : {}).map((span) => readable(request, span)));
  const event = events === null ? null : detailsEvent(request, names, inEvents ? content : {});
  if (event !== null) events?.push([logged(request, event)]);
}

async function openSpans(signal: SignalConfig): Promise<ExportQueue<ReadableSpan>> {
  const exporter = await traceExporter(inTime(signal, config.spanQueue));
  return new ExportQueue({ exporter, ...queueOptions('spans', config.spanQueue) });
}

async function openEvents(signal: SignalConfig): Promise<ExportQueue<ReadableLogRecord>> {
  const exporter = await logExporter(inTime(signal, config.eventQueue));
  return new ExportQueue({ exporter, ...queueOptions('events', config.eventQueue) });
}

/** An export is over when its own time is, or its queue's. */
function inTime(signal: SignalConfig, { timeoutMs }: Pick<QueueConfig, 'timeoutMs'>): SignalConfig {
  return { ...signal, timeoutMs: Math.min(signal.timeoutMs, timeoutMs) };
}

function queueOptions(what: 'spans' | 'events', { itemsMax, batchMax, delayMs }: QueueConfig) {
  return {
    itemsMax,
    batchMax,
    delayMs,
    onDropped: (count: number, reason: string) =>
      reply({ type: 'dropped', what, count, reason: refused ?? reason }),
  };
}

async function openMetrics(
  signal: SignalConfig,
): Promise<{ readonly provider: MeterProvider; readonly instruments: Instruments }> {
  const { intervalMs, timeoutMs } = config.metric;
  const exporter = await metricExporter(inTime(signal, config.metric), config.metric);
  const send = exporter.export.bind(exporter);
  exporter.export = (metrics, done) =>
    send(metrics, (result) => {
      if (result.code !== EXPORTED)
        tellMetrics('metrics', refused ?? result.error?.message ?? 'the collector refused them');
      done(result);
    });
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: intervalMs,
    // The reader wants no more than its interval.
    exportTimeoutMillis: Math.min(timeoutMs, intervalMs),
  });
  const provider = new MeterProvider({ resource, readers: [reader] });
  return { provider, instruments: new Instruments(provider.getMeter(scope.name, scope.version), names) };
}

function tellMetrics(what: string, reason: string): void {
  reply({ type: 'trouble', kind: 'metrics', words: `${what} could not be exported (${reason})` });
}

/** What waits is sent, if the collector takes it; the main thread does not wait for ever. */
async function close(): Promise<void> {
  await Promise.allSettled([spans?.flush(), events?.flush(), metrics?.provider.shutdown()]);
  process.exit();
}

function readable({ trace }: TracedRequest, span: SpanOfRequest): ReadableSpan {
  const { traceId } = trace;
  const traceFlags = TraceFlags.SAMPLED;
  const spanId = span.spanId ?? randomSpanId();
  return {
    name: span.name,
    kind: KINDS[span.kind],
    spanContext: () => ({ traceId, spanId, traceFlags }),
    ...(span.parentSpanId !== null && {
      parentSpanContext: { traceId, spanId: span.parentSpanId, traceFlags, isRemote: span.kind === 'server' },
    }),
    startTime: hrTime(span.startMs),
    endTime: hrTime(span.endMs),
    duration: hrTime(span.endMs - span.startMs),
    status: { code: span.isError ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    attributes: cut(span.attributes, config.textMax.onSpans),
    links: [],
    events: [],
    ended: true,
    resource: resource as Resource,
    instrumentationScope: scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function logged(request: TracedRequest, { name, atMs, attributes }: DetailsEvent): ReadableLogRecord {
  return {
    hrTime: hrTime(atMs),
    hrTimeObserved: hrTime(atMs),
    spanContext: eventContext(request, TraceFlags.SAMPLED),
    severityNumber: SEVERITY,
    eventName: name,
    attributes: cut(attributes, config.textMax.inEvents),
    resource: resource as Resource,
    instrumentationScope: scope,
    droppedAttributesCount: 0,
  };
}

/** Texts, and those in lists, to the length that the standard variables allow. */
function cut(attributes: Attributes, charactersMax: number): Attributes {
  if (charactersMax === Number.POSITIVE_INFINITY) return attributes;
  const short = <Value>(value: Value): Value =>
    typeof value === 'string' ? (value.slice(0, charactersMax) as Value) : value;
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name,
      Array.isArray(value) ? (value.map(short) as typeof value) : short(value),
    ]),
  );
}

function randomSpanId(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString('hex');
}

/** Seconds and nanoseconds. */
function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}
