// The exporter of a signal, loaded when it is used: gRPC is not, where HTTP is.

import { readFileSync } from 'node:fs';
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import type { OTLPExporterNodeConfigBase } from '@opentelemetry/otlp-exporter-base/node-http';
import type { LogRecordExporter } from '@opentelemetry/sdk-logs';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { SignalConfig } from './otel-config.ts';

export async function traceExporter(config: SignalConfig): Promise<SpanExporter> {
  if (config.protocol === 'grpc') {
    const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-grpc');
    return new OTLPTraceExporter(await grpcOptions(config));
  }
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
  return new OTLPTraceExporter(httpOptions(config));
}

export async function metricExporter(config: SignalConfig): Promise<PushMetricExporter> {
  if (config.protocol === 'grpc') {
    const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-grpc');
    return new OTLPMetricExporter(await grpcOptions(config));
  }
  const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-proto');
  return new OTLPMetricExporter(httpOptions(config));
}

export async function logExporter(config: SignalConfig): Promise<LogRecordExporter> {
  if (config.protocol === 'grpc') {
    const { OTLPLogExporter } = await import('@opentelemetry/exporter-logs-otlp-grpc');
    return new OTLPLogExporter(await grpcOptions(config));
  }
  const { OTLPLogExporter } = await import('@opentelemetry/exporter-logs-otlp-proto');
  return new OTLPLogExporter(httpOptions(config));
}

function httpOptions(config: SignalConfig): OTLPExporterNodeConfigBase {
  const { url, headers, timeoutMs, isCompressed, certificate } = config;
  return {
    url,
    headers: { ...headers },
    timeoutMillis: timeoutMs,
    compression: isCompressed ? CompressionAlgorithm.GZIP : CompressionAlgorithm.NONE,
    ...(certificate !== null && { httpAgentOptions: { ca: readFileSync(certificate) } }),
  };
}

async function grpcOptions({ url, headers, timeoutMs, isCompressed, certificate }: SignalConfig) {
  const { credentials, Metadata } = await import('@grpc/grpc-js');
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  const isPlain = url.startsWith('http://');
  const trusted = certificate === null ? null : readFileSync(certificate);
  return {
    url,
    metadata,
    timeoutMillis: timeoutMs,
    compression: isCompressed ? CompressionAlgorithm.GZIP : CompressionAlgorithm.NONE,
    credentials: isPlain ? credentials.createInsecure() : credentials.createSsl(trusted),
  };
}
