// The exporter of a signal, loaded when it is used: gRPC is not, where HTTP is.

import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import type { OTLPExporterNodeConfigBase } from '@opentelemetry/otlp-exporter-base/node-http';
import type { LogRecordExporter } from '@opentelemetry/sdk-logs';
import { AggregationType, InstrumentType, type PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { MetricConfig } from './otel-config.ts';
import type { SignalConfig } from './signal-config.ts';

export async function traceExporter(config: SignalConfig): Promise<SpanExporter> {
  if (config.protocol === 'grpc') {
    const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-grpc');
    return new OTLPTraceExporter(await grpcOptions(config));
  }
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
  return new OTLPTraceExporter(httpOptions(config));
}

export async function metricExporter(
  config: SignalConfig,
  metric: MetricConfig,
): Promise<PushMetricExporter> {
  const figures = {
    temporalityPreference: TEMPORALITIES[metric.temporality],
    ...(metric.hasExponentialBuckets && { aggregationPreference: exponentialHistograms }),
  };
  if (config.protocol === 'grpc') {
    const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-grpc');
    return new OTLPMetricExporter({ ...(await grpcOptions(config)), ...figures });
  }
  const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-proto');
  return new OTLPMetricExporter({ ...httpOptions(config), ...figures });
}

/** As the exporters number them. */
const TEMPORALITIES = { delta: 0, cumulative: 1, lowmemory: 2 } as const;

const exponentialHistograms = (type: InstrumentType) =>
  type === InstrumentType.HISTOGRAM
    ? { type: AggregationType.EXPONENTIAL_HISTOGRAM as const }
    : { type: AggregationType.DEFAULT as const };

export async function logExporter(config: SignalConfig): Promise<LogRecordExporter> {
  if (config.protocol === 'grpc') {
    const { OTLPLogExporter } = await import('@opentelemetry/exporter-logs-otlp-grpc');
    return new OTLPLogExporter(await grpcOptions(config));
  }
  const { OTLPLogExporter } = await import('@opentelemetry/exporter-logs-otlp-proto');
  return new OTLPLogExporter(httpOptions(config));
}

function httpOptions(config: SignalConfig): OTLPExporterNodeConfigBase {
  const { url, headers, timeoutMs, isCompressed, tls } = config;
  return {
    url,
    headers: { ...headers },
    timeoutMillis: timeoutMs,
    compression: isCompressed ? CompressionAlgorithm.GZIP : CompressionAlgorithm.NONE,
    httpAgentOptions: {
      ...(tls.ca !== null && { ca: tls.ca }),
      ...(tls.client !== null && { cert: tls.client.certificate, key: tls.client.key }),
    },
  };
}

async function grpcOptions({ url, headers, timeoutMs, isCompressed, tls }: SignalConfig) {
  const { credentials, Metadata } = await import('@grpc/grpc-js');
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  const isPlain = url.startsWith('http://');
  const bytes = (pem: string | undefined): Buffer | null => (pem === undefined ? null : Buffer.from(pem));
  return {
    url,
    metadata,
    timeoutMillis: timeoutMs,
    compression: isCompressed ? CompressionAlgorithm.GZIP : CompressionAlgorithm.NONE,
    credentials: isPlain
      ? credentials.createInsecure()
      : credentials.createSsl(
          bytes(tls.ca ?? undefined),
          bytes(tls.client?.key),
          bytes(tls.client?.certificate),
        ),
  };
}
