// Collectors that take a part of what they are sent, or one signal and not another: what is lost is told and counted.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { PbfWriter } from 'pbf';
import { startTestApp } from '../start-test-app.ts';

interface Answer {
  readonly status: number;
  readonly body?: Uint8Array;
}

/** A collector that answers each signal so, by its path. */
async function startCollector(
  context: TestContext,
  answers: Readonly<Record<string, Answer>>,
): Promise<string> {
  const server = createServer(async (request, response) => {
    await request.resume().toArray();
    const { status, body } = answers[request.url ?? ''] ?? { status: 200 };
    response.writeHead(status, { 'content-type': 'application/x-protobuf' }).end(body);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** As opentelemetry-proto numbers it: `partial_success` of a response, with how many were refused, and why. */
function partly(refused: number, why: string): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeMessage(
    1,
    (_, part) => {
      if (refused > 0) part.writeVarintField(1, refused);
      part.writeStringField(2, why);
    },
    null,
  );
  return pbf.finish();
}

/** Sends one request, and returns what was warned of until `expected` was, and what a scrape says then. */
async function heard(
  context: TestContext,
  url: string,
  expected: RegExp,
): Promise<readonly [string, string]> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const app = await startTestApp({
    settings: { TOKENWATCH_OTEL_ENABLED: 'true', TOKENWATCH_OTEL_ENDPOINT: url },
    environment: {
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_BSP_SCHEDULE_DELAY: '10',
      OTEL_METRIC_EXPORT_INTERVAL: '50',
    },
    warn: (message) => {
      if (expected.test(message)) resolve(message);
    },
  });
  context.after(() => app.close());
  const response = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hi' }] }),
  });
  assert.equal(response.status, 200, await response.text());
  const message = await promise;
  return [message, await (await fetch(`${app.dashboardUrl}/metrics`)).text()];
}

test('spans of which a collector takes a part only are told and counted', async (context) => {
  const url = await startCollector(context, { '/v1/traces': { status: 200, body: partly(2, 'too old') } });
  const [message, metrics] = await heard(context, url, /spans/);
  assert.match(message, /^OpenTelemetry: 2 spans could not be exported \(too old\)\./);
  assert.match(metrics, /^tokenwatch_otel_dropped_spans_total 2$/m);
});

test('a collector that takes everything and has something to say is heard', async (context) => {
  const url = await startCollector(context, { '/v1/traces': { status: 200, body: partly(0, 'use gzip') } });
  const [message, metrics] = await heard(context, url, /use gzip/);
  assert.match(message, /^OpenTelemetry: the collector says: use gzip\./);
  assert.match(metrics, /^tokenwatch_otel_dropped_spans_total 0$/m);
});

test('figures that a collector does not take are told of', async (context) => {
  for (const [answer, expected] of [
    [{ status: 404 }, /^OpenTelemetry: metrics could not be exported \(.*(?:404|Not Found).*\)\./],
    [
      { status: 200, body: partly(3, 'no such names') },
      /^OpenTelemetry: 3 figures could not be exported \(no such names\)\./,
    ],
  ] as const) {
    const url = await startCollector(context, { '/v1/metrics': answer });
    const [message] = await heard(context, url, /metrics|figures/);
    assert.match(message, expected);
  }
});
