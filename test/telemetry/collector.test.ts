// What the real OpenTelemetry Collector understands of our exports: it decodes them and hands them on as JSON. Runs where
// TOKENWATCH_TEST_COLLECTOR names one (collector-builder.yaml says how to build it).

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ownPort } from '../own-port.ts';
import { startTestApp } from '../start-test-app.ts';

const COLLECTOR = process.env.TOKENWATCH_TEST_COLLECTOR ?? '/tmp/tokenwatch-collector/collector';
const skip = existsSync(COLLECTOR) ? false : 'the collector is not here';
const WAIT_MS = 60_000;

interface JsonSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

for (const protocol of ['grpc', 'http/protobuf'] as const)
  test(`the real Collector takes traces, metrics and events over ${protocol}`, { skip }, async (context) => {
    const spans: JsonSpan[] = [];
    const metrics = new Set<string>();
    const events = new Set<string>();
    const arrived: (() => void)[] = [];
    const sink = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      const document = JSON.parse(text);
      for (const { scopeSpans } of document.resourceSpans ?? [])
        for (const scope of scopeSpans) spans.push(...scope.spans);
      for (const { scopeMetrics } of document.resourceMetrics ?? [])
        for (const scope of scopeMetrics) for (const { name } of scope.metrics) metrics.add(name);
      for (const { scopeLogs } of document.resourceLogs ?? [])
        for (const scope of scopeLogs) for (const { eventName } of scope.logRecords) events.add(eventName);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      for (const look of arrived) look();
    });
    await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
    context.after(() => sink.close());
    const port = await ownPort();
    await startCollector(
      context,
      protocol === 'grpc' ? 'grpc' : 'http',
      port,
      (sink.address() as AddressInfo).port,
    );
    const app = await startTestApp({
      settings: {
        TOKENWATCH_OTEL_ENABLED: 'true',
        TOKENWATCH_OTEL_ENDPOINT: `http://127.0.0.1:${port}`,
      },
      environment: {
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_BSP_SCHEDULE_DELAY: '20',
        OTEL_BLRP_SCHEDULE_DELAY: '20',
        OTEL_METRIC_EXPORT_INTERVAL: '200',
        OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT: 'true',
      },
    });
    context.after(() => app.close());
    const response = await fetch(`${app.proxyUrl}/anthropic/v1/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'claude-haiku-4-5',
        max_tokens: 8,
        messages: [{ role: 'user', content: 'Hello' }],
      }),
    });
    assert.equal(response.status, 200);
    await response.arrayBuffer();
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the collector handed nothing on')), WAIT_MS);
      const look = (): void => {
        if (spans.length < 3 || events.size === 0 || !metrics.has('gen_ai.client.token.usage')) return;
        clearTimeout(timer);
        resolve();
      };
      arrived.push(look);
      look();
    });
    const chat = spans.find(({ name }) => name === 'chat claude-haiku-4-5');
    const server = spans.find(({ name }) => name === 'POST /anthropic/v1/messages');
    assert.equal(chat?.kind, 3);
    assert.equal(chat.parentSpanId, server?.spanId);
    assert.equal(chat.traceId, server?.traceId);
    const tokens = chat.attributes.find(({ key }) => key === 'gen_ai.usage.output_tokens');
    assert.ok(Number(tokens?.value.intValue) > 0);
    assert.ok(metrics.has('tokenwatch.cost'));
    assert.ok(events.has('gen_ai.client.inference.operation.details'));
  });

async function startCollector(
  context: { after(end: () => Promise<void>): void },
  protocol: 'grpc' | 'http',
  port: number,
  sinkPort: number,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-collector-'));
  const config = join(folder, 'config.yaml');
  writeFileSync(
    config,
    `receivers: { otlp: { protocols: { ${protocol}: { endpoint: '127.0.0.1:${port}' } } } }
exporters: { otlp_http: { endpoint: 'http://127.0.0.1:${sinkPort}', encoding: json, compression: none } }
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    traces: { receivers: [otlp], exporters: [otlp_http] }
    metrics: { receivers: [otlp], exporters: [otlp_http] }
    logs: { receivers: [otlp], exporters: [otlp_http] }
`,
  );
  const child = spawn(COLLECTOR, ['--config', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  context.after(async () => {
    const exited = once(child, 'exit');
    if (child.kill()) await exited;
    rmSync(folder, { recursive: true, force: true });
  });
  const deadline = performance.now() + WAIT_MS;
  while (!(await isListening(port))) {
    assert.ok(
      performance.now() < deadline && child.exitCode === null,
      `the collector did not start: ${said}`,
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
