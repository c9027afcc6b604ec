// OpenTelemetry: what a collector is told of the traffic, read by a decoder that is not the exporter's.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { Worker } from 'node:worker_threads';
import type { SettingName } from '../../src/settings.ts';
import { otelConfig } from '../../src/telemetry/otel/otel-config.ts';
import { atEnd, temporaryFolder } from '../at-end.ts';
import { messageEnd, messageStart, messageText, startHeldProvider } from '../held-provider.ts';
import { ownPort } from '../own-port.ts';
import { selfSigned } from '../self-signed.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from './otlp-receiver.ts';

const QUICK = { OTEL_BSP_SCHEDULE_DELAY: '20', OTEL_METRIC_EXPORT_INTERVAL: '200' };
const PARENT = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };

const open: { close(): Promise<void> }[] = [];
// Each of these servers sends five times a second.
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function start(
  protocol: 'http' | 'grpc',
  settings: Partial<Record<SettingName, string>> = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly app: TestApp; readonly receiver: OtlpReceiver }> {
  const receiver = await startOtlpReceiver(protocol);
  const app = await startTestApp({
    settings: {
      TOKENWATCH_OTEL_ENABLED: 'true',
      TOKENWATCH_OTEL_ENDPOINT: receiver.url,
      TOKENWATCH_CACHE_ENABLED: 'true',
      ...settings,
    },
    environment: {
      ...QUICK,
      ...(protocol === 'http' && { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' }),
      ...environment,
    },
  });
  open.push(receiver, app);
  return { app, receiver };
}

async function send(
  app: TestApp,
  { model = 'claude-haiku-4-5', ...body }: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<Response> {
  const response = await fetch(`${app.proxyUrl}/anthropic/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model, max_tokens: 32, messages: [{ role: 'user', content: 'Hello' }], ...body }),
  });
  await response.arrayBuffer();
  return response;
}

const byName = (spans: readonly ReceivedSpan[], name: string): ReceivedSpan => {
  const found = spans.find((span) => span.name === name);
  assert.ok(found, `no span "${name}" among ${spans.map((span) => span.name).join(', ')}`);
  return found;
};

for (const protocol of ['http', 'grpc'] as const)
  test(`a request is a trace of its steps, over ${protocol}, and its client's trace goes on`, async () => {
    const { app, receiver } = await start(protocol);
    const session = `otel-${protocol}`;
    await send(
      app,
      { stream: true },
      {
        traceparent: `00-${PARENT.traceId}-${PARENT.spanId}-01`,
        'x-tokenwatch-app': 'shop',
        'x-tokenwatch-session': session,
      },
    );
    const record = await app.recordOf(session);
    await receiver.until(() => receiver.spans.length >= 4);
    const [server, chat, lookup, attempt] = [
      'POST /anthropic/v1/messages',
      'chat claude-haiku-4-5',
      'cache lookup',
      'POST',
    ].map((name) => byName(receiver.spans, name)) as [ReceivedSpan, ReceivedSpan, ReceivedSpan, ReceivedSpan];
    assert.deepEqual([server.kind, chat.kind, lookup.kind, attempt.kind], [2, 3, 1, 3]);
    assert.ok(
      receiver.spans.every(({ traceId, service }) => traceId === PARENT.traceId && service === 'tokenwatch'),
    );
    assert.equal(server.parentSpanId, PARENT.spanId);
    assert.equal(chat.parentSpanId, server.spanId);
    assert.equal(lookup.parentSpanId, chat.spanId);
    assert.equal(attempt.parentSpanId, chat.spanId);
    for (const span of receiver.spans) {
      assert.ok(span.startNs >= server.startNs && span.endNs <= server.endNs, `${span.name} is outside`);
      assert.ok(span.endNs >= span.startNs);
      assert.equal(span.status, 0);
    }
    // What the upstream was told is the span that stands for it.
    const upstream = app.provider.requests.at(-1)?.headers.traceparent;
    assert.equal(upstream, `00-${PARENT.traceId}-${chat.spanId}-01`);
    assert.equal(server.attributes['tokenwatch.request.id'], record.id);
    assert.equal(server.attributes['http.response.status_code'], 200);
    assert.equal(chat.attributes['gen_ai.operation.name'], 'chat');
    assert.equal(chat.attributes['gen_ai.provider.name'], 'anthropic');
    assert.equal(chat.attributes['gen_ai.response.model'], record.modelUsed);
    assert.equal(chat.attributes['gen_ai.request.max_tokens'], 32);
    assert.equal(chat.attributes['gen_ai.conversation.id'], session);
    assert.deepEqual(chat.attributes['gen_ai.response.finish_reasons'], [record.finishReason]);
    assert.equal(chat.attributes['gen_ai.usage.output_tokens'], record.usage.outputTokens);
    assert.equal(chat.attributes['gen_ai.usage.cache_creation.input_tokens'], 0);
    assert.equal(chat.attributes['gen_ai.usage.cache_write.input_tokens'], 0);
    assert.equal(chat.attributes['tokenwatch.cost.usd'], (record.costNanoUsd ?? 0) / 1e9);
    assert.ok(Number(chat.attributes['gen_ai.response.time_to_first_chunk']) > 0);
    const paths = new Set(receiver.headers.map(({ path }) => path));
    const traces =
      protocol === 'http' ? '/v1/traces' : '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
    assert.ok(paths.has(traces), [...paths].join());
  });

test('metrics have the recommended buckets, and the money that the records have', async () => {
  const { app, receiver } = await start('http');
  await send(app, { stream: true }, { 'x-tokenwatch-session': 'metrics', 'x-tokenwatch-app': 'shop' });
  const record = await app.recordOf('metrics');
  const point = (metric: string, kind?: string) =>
    receiver.points.findLast(
      (each) =>
        each.metric === metric && (kind === undefined || each.attributes['gen_ai.token.type'] === kind),
    );
  await receiver.until(() => point('tokenwatch.cost') !== undefined);
  const input = point('gen_ai.client.token.usage', 'input');
  assert.equal(input?.count, 1);
  assert.equal(input.unit, '{token}');
  assert.equal(input.value, record.usage.inputTokens);
  assert.deepEqual([input.bounds.at(0), input.bounds.at(-1), input.bounds.length], [1, 67_108_864, 14]);
  const duration = point('gen_ai.client.operation.duration');
  assert.deepEqual([duration?.bounds.at(0), duration?.bounds.at(-1), duration?.unit], [0.01, 81.92, 's']);
  assert.equal(duration?.attributes['gen_ai.response.model'], record.modelUsed);
  assert.equal(duration?.attributes['server.port'], app.provider.port);
  assert.equal(point('gen_ai.client.operation.time_to_first_chunk')?.count, 1);
  assert.ok(Math.abs((point('tokenwatch.cost')?.value ?? 0) - (record.costNanoUsd ?? 0) / 1e9) < 1e-12);
  assert.equal(point('tokenwatch.cache.requests')?.attributes['tokenwatch.cache.use'], 'miss');
});

test('figures count from the last export, in exponential buckets, and texts are cut, where the variables say so', async () => {
  const { app, receiver } = await start(
    'grpc',
    {},
    {
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
      OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: 'base2_exponential_bucket_histogram',
      OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: '6',
    },
  );
  await send(app);
  const find = (metric: string) => receiver.points.find((point) => point.metric === metric);
  await receiver.until(
    () => find('gen_ai.client.operation.duration') !== undefined && receiver.spans.length > 0,
  );
  const duration = find('gen_ai.client.operation.duration');
  assert.deepEqual([duration?.temporality, duration?.count, duration?.bounds], [1, 1, []]);
  assert.equal(find('tokenwatch.requests')?.temporality, 1);
  const chat = byName(receiver.spans, 'chat claude-haiku-4-5');
  assert.equal(chat.attributes['gen_ai.request.model'], 'claude');
});

for (const protocol of ['grpc', 'http/protobuf'])
  test(`a collector over TLS is trusted, and sees who comes, by the certificates of the variables (${protocol})`, async (context) => {
    const folder = temporaryFolder(context, 'otel');
    const { cert, key } = selfSigned('localhost');
    const [certPath, keyPath] = [join(folder, 'it.crt'), join(folder, 'it.key')];
    writeFileSync(certPath, cert);
    writeFileSync(keyPath, key);
    const seen = Promise.withResolvers<boolean>();
    const collector = createTlsServer(
      {
        cert,
        key,
        ca: cert,
        requestCert: true,
        rejectUnauthorized: false,
        ALPNProtocols: ['h2', 'http/1.1'],
      },
      (socket) => {
        seen.resolve(socket.authorized);
        socket.destroy();
      },
    );
    await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
    atEnd(context, () => collector.close());
    const app = await startTestApp({
      settings: {
        TOKENWATCH_OTEL_ENABLED: 'true',
        TOKENWATCH_OTEL_ENDPOINT: `https://localhost:${(collector.address() as AddressInfo).port}`,
      },
      environment: {
        ...QUICK,
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_EXPORTER_OTLP_TIMEOUT: '300',
        OTEL_EXPORTER_OTLP_CERTIFICATE: certPath,
        OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: certPath,
        OTEL_EXPORTER_OTLP_CLIENT_KEY: keyPath,
      },
      warn: () => {},
    });
    open.push(app);
    await send(app);
    assert.equal(await seen.promise, true);
  });

test('the parts of a stream are timed, and its tokens by the time after the first', async () => {
  const provider = await startHeldProvider();
  const { app, receiver } = await start('http', { TOKENWATCH_ANTHROPIC_URL: provider.url });
  open.push(provider);
  const answer = await Promise.all([
    fetch(`${app.proxyUrl}/anthropic/v1/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-tokenwatch-session': 'parts' },
      body: JSON.stringify({ model: 'claude-haiku-4-5', max_tokens: 99, stream: true, messages: [] }),
    }),
    provider.call(0).then((call) => call.write(messageStart('claude-haiku-4-5', 'one'))),
  ]).then(([response]) => response);
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  const until = async (text: string): Promise<void> => {
    for (let read = await reader.read(); !read.done; read = await reader.read())
      if (read.value.includes(text)) return;
  };
  const call = await provider.call(0);
  await until('one');
  // A part leaves when the one before it has come: they are three.
  await call.write(messageText('two'));
  await until('two');
  call.end(messageEnd(5));
  await until('message_stop');
  const record = await app.recordOf('parts');
  const point = (metric: string) => receiver.points.findLast((each) => each.metric === metric);
  await receiver.until(() => point('gen_ai.server.time_per_output_token') !== undefined);
  const chunks = point('gen_ai.client.operation.time_per_output_chunk');
  assert.deepEqual([chunks?.count, chunks?.bounds.at(0), chunks?.bounds.at(-1)], [2, 0.01, 81.92]);
  const total = point('gen_ai.server.request.duration')?.value ?? 0;
  const first = point('gen_ai.server.time_to_first_token')?.value ?? 0;
  assert.equal(total, record.latencyMs / 1000);
  assert.equal(first, (record.timeToFirstByteMs ?? 0) / 1000);
  assert.ok((chunks?.value ?? 0) <= total, 'parts come within the whole');
  const perToken = point('gen_ai.server.time_per_output_token')?.value ?? 0;
  assert.ok(Math.abs(perToken - (total - first) / 4) < 1e-9);
});

test('what a request asks for is on its span, by its API’s names; for embeddings, too', async () => {
  const { app, receiver } = await start('http');
  await send(app, { temperature: 0.25, top_p: 0.5, top_k: 40, stop_sequences: ['END'], n: 1 });
  const post = async (path: string, body: object): Promise<void> => {
    const response = await fetch(`${app.proxyUrl}/openai/v1/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    await response.arrayBuffer();
  };
  const sampling = { frequency_penalty: 0.5, presence_penalty: -0.5, seed: 7, n: 2, stop: 'END' };
  const format = { response_format: { type: 'json_object' } };
  const messages = [{ role: 'user', content: 'Hi' }];
  await post('chat/completions', { model: 'gpt-4o-mini', messages, ...sampling, ...format });
  const vector = { encoding_format: 'base64', dimensions: 256 };
  await post('embeddings', { model: 'text-embedding-3-small', input: 'Hi', ...vector });
  await receiver.until(() => receiver.spans.some(({ name }) => name.startsWith('embeddings')));
  const asked = (name: string) => {
    const { attributes } = byName(receiver.spans, name);
    const known = /^gen_ai\.(?:request\.(?!model|stream$)|embeddings|output\.type)/;
    return Object.fromEntries(Object.entries(attributes).filter(([key]) => known.test(key)));
  };
  assert.deepEqual(asked('chat claude-haiku-4-5'), {
    'gen_ai.request.max_tokens': 32,
    'gen_ai.request.temperature': 0.25,
    'gen_ai.request.top_p': 0.5,
    'gen_ai.request.top_k': 40,
    'gen_ai.request.stop_sequences': ['END'],
  });
  assert.deepEqual(asked('chat gpt-4o-mini'), {
    'gen_ai.request.frequency_penalty': 0.5,
    'gen_ai.request.presence_penalty': -0.5,
    'gen_ai.request.seed': 7,
    'gen_ai.request.choice.count': 2,
    'gen_ai.request.stop_sequences': ['END'],
    'gen_ai.output.type': 'json',
  });
  assert.deepEqual(asked('embeddings text-embedding-3-small'), {
    'gen_ai.request.encoding_formats': ['base64'],
    'gen_ai.embeddings.dimension.count': 256,
  });
});

test('events tell an inference with its content, redacted, where the standard variable asks for it there', async () => {
  const { app, receiver } = await start(
    'grpc',
    {},
    { OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'EVENT_ONLY' },
  );
  await send(app, { messages: [{ role: 'user', content: 'Write to ada.lovelace@example.com' }] });
  await receiver.until(() => receiver.events.length > 0 && receiver.spans.length > 0);
  const [event] = receiver.events;
  const chat = byName(receiver.spans, 'chat claude-haiku-4-5');
  assert.equal(event?.name, 'gen_ai.client.inference.operation.details');
  assert.deepEqual([event.traceId, event.spanId], [chat.traceId, chat.spanId]);
  assert.equal(event.attributes['gen_ai.operation.name'], 'chat');
  assert.equal(event.attributes['gen_ai.response.id'], chat.attributes['gen_ai.response.id']);
  assert.deepEqual(event.attributes['gen_ai.input.messages'], [
    { role: 'user', parts: [{ type: 'text', content: 'Write to [EMAIL_1]' }] },
  ]);
  assert.equal(chat.attributes['gen_ai.input.messages'], undefined);
});

test('the newest names are emitted instead of today’s where the standard variable asks for them', async () => {
  const { app, receiver } = await start(
    'http',
    {},
    { OTEL_SEMCONV_STABILITY_OPT_IN: 'http, gen_ai_latest_experimental' },
  );
  await send(app);
  await receiver.until(() => receiver.points.length > 0 && receiver.spans.length > 0);
  const names = new Set(receiver.points.map(({ metric }) => metric));
  assert.ok(names.has('gen_ai.client.inference.duration') && !names.has('gen_ai.client.operation.duration'));
  for (const kind of ['usage.cache_write.input_tokens', 'usage.output_tokens', 'operation.input_tokens'])
    assert.ok(names.has(`gen_ai.client.inference.${kind}`), kind);
  const chat = byName(receiver.spans, 'chat claude-haiku-4-5');
  assert.equal(chat.attributes['gen_ai.usage.cache_creation.input_tokens'], undefined);
  assert.equal(chat.attributes['gen_ai.usage.cache_write.input_tokens'], 0);
});

test('of a generation that failed, the newest names say that no reason of its end came', async () => {
  for (const [optIn, expected] of [
    ['gen_ai_latest_experimental', ['error']],
    ['', undefined],
  ] as const) {
    const { app, receiver } = await start('http', {}, { OTEL_SEMCONV_STABILITY_OPT_IN: optIn });
    await send(app, {}, { 'x-simulate': 'status=529' });
    await receiver.until(() => receiver.spans.some(({ name }) => name.startsWith('chat ')));
    const { attributes } = byName(receiver.spans, 'chat claude-haiku-4-5');
    assert.ok(attributes['error.type'] !== undefined);
    assert.deepEqual(attributes['gen_ai.response.finish_reasons'], expected);
  }
});

test('embeddings have metrics of their own among the newest names', async () => {
  for (const [optIn, expected] of [
    ['gen_ai_latest_experimental', ['embeddings.duration', 'embeddings.operation.input_tokens']],
    ['', ['operation.duration', 'token.usage']],
  ] as const) {
    const { app, receiver } = await start('http', {}, { OTEL_SEMCONV_STABILITY_OPT_IN: optIn });
    await fetch(`${app.proxyUrl}/openai/v1/embeddings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'text-embedding-3-small', input: 'Hello' }),
    }).then((response) => response.arrayBuffer());
    await receiver.until(() => receiver.points.length > 0 && receiver.spans.length > 0);
    const client = receiver.points
      .map(({ metric }) => metric)
      .filter((name) => name.startsWith('gen_ai.client.'));
    assert.deepEqual(
      [...new Set(client)].sort(),
      expected.map((name) => `gen_ai.client.${name}`).sort(),
      optIn,
    );
    const { attributes } = byName(receiver.spans, 'embeddings text-embedding-3-small');
    assert.equal(attributes['gen_ai.operation.name'], 'embeddings');
    assert.ok(Number(attributes['gen_ai.usage.input_tokens']) > 0);
  }
});

test('an answer from the cache cost nothing, and asked no upstream; a refusal is no inference', async () => {
  const { app, receiver } = await start('http');
  await send(app, {}, { 'x-tokenwatch-session': 'first' });
  await app.recordOf('first');
  await receiver.until(() => receiver.spans.some(({ name }) => name === 'POST'));
  receiver.spans.length = 0;
  await send(app);
  await receiver.until(() => receiver.spans.some(({ name }) => name.startsWith('POST /')));
  const hit = byName(receiver.spans, 'chat claude-haiku-4-5');
  assert.equal(hit.attributes['tokenwatch.cache.use'], 'exact');
  assert.equal(hit.attributes['gen_ai.usage.input_tokens'], undefined);
  assert.equal(hit.attributes['tokenwatch.cost.usd'], undefined);
  assert.ok(!receiver.spans.some(({ name }) => name === 'POST'));
  receiver.spans.length = 0;
  await send(app, {}, { 'x-tokenwatch-cache': 'nonsense' });
  await receiver.until(() => receiver.spans.length > 0);
  assert.deepEqual(
    receiver.spans.map(({ name }) => name),
    ['POST /anthropic/v1/messages'],
  );
  assert.equal(receiver.spans[0]?.attributes['tokenwatch.outcome'], 'refused');
  assert.equal(receiver.spans[0]?.attributes['error.type'], 'bad_request');
});

test('prompts and answers are in no span, unless the standard variable asks for them; then redacted', async () => {
  const messages = [{ role: 'user', content: 'Write to ada.lovelace@example.com' }];
  const chatOf = async (environment: Readonly<Record<string, string>>): Promise<ReceivedSpan> => {
    const { app, receiver } = await start('http', {}, environment);
    await send(app, { messages });
    await receiver.until(() => receiver.spans.length > 0);
    return byName(receiver.spans, 'chat claude-haiku-4-5');
  };
  const silent = await chatOf({});
  assert.ok(!Object.keys(silent.attributes).some((name) => /messages|instructions|content/.test(name)));
  const { attributes } = await chatOf({ OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'SPAN_ONLY' });
  assert.match(String(attributes['gen_ai.input.messages']), /Write to \[EMAIL_1\]/);
  assert.match(String(attributes['gen_ai.output.messages']), /"role":"assistant"/);
  assert.doesNotMatch(JSON.stringify(attributes), /lovelace/);
});

test('what is not sampled is not sent, and the upstream is told so', async () => {
  const { app, receiver } = await start('http');
  await send(app, { model: 'claude-opus-4-6' }, { traceparent: `00-${PARENT.traceId}-${PARENT.spanId}-00` });
  assert.match(String(app.provider.requests.at(-1)?.headers.traceparent), /-00$/);
  await send(app, { model: 'claude-haiku-4-5' });
  await receiver.until(() => receiver.spans.length > 0);
  assert.ok(!receiver.spans.some(({ traceId }) => traceId === PARENT.traceId));
  assert.match(String(app.provider.requests.at(-1)?.headers.traceparent), /^00-[\da-f]{32}-[\da-f]{16}-01$/);
});

test('without OpenTelemetry the client’s own trace context passes untouched', async () => {
  const app = await startTestApp();
  open.push(app);
  const traceparent = `00-${PARENT.traceId}-${PARENT.spanId}-01`;
  await send(app, {}, { traceparent });
  assert.equal(app.provider.requests.at(-1)?.headers.traceparent, traceparent);
  await send(app);
  assert.equal(app.provider.requests.at(-1)?.headers.traceparent, undefined);
});

test('a collector on this machine is reached past the proxy that leads out', async (context) => {
  const receiver = await startOtlpReceiver('grpc');
  const wish = { endpoint: receiver.url, serviceName: null, version: '', instanceId: '' };
  const worker = new Worker(new URL('../../src/telemetry/otel/otel-worker.ts', import.meta.url), {
    workerData: otelConfig(wish, { OTEL_TRACES_EXPORTER: 'none', OTEL_METRIC_EXPORT_INTERVAL: '50' }),
    env: { ...process.env, https_proxy: 'http://127.0.0.1:9', http_proxy: 'http://127.0.0.1:9' },
  });
  atEnd(context, async () => {
    await worker.terminate();
    await receiver.close();
  });
  const level = { name: 'b', period: 'daily', limitNanoUsd: 1, spentNanoUsd: 0, reservedNanoUsd: 0 };
  worker.postMessage({ type: 'budgets', levels: [level] });
  await receiver.until(() => receiver.points.length > 0);
});

test('a collector that is gone costs no request, and what is lost is told and counted', async () => {
  const port = await ownPort();
  const warned = Promise.withResolvers<string>();
  const app = await startTestApp({
    settings: { TOKENWATCH_OTEL_ENABLED: 'true', TOKENWATCH_OTEL_ENDPOINT: `http://127.0.0.1:${port}` },
    environment: {
      ...QUICK,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_TIMEOUT: '300',
      OTEL_BSP_MAX_QUEUE_SIZE: '8',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '8',
    },
    warn: (message) => {
      if (/OpenTelemetry: \d+ spans could not be exported/.test(message)) warned.resolve(message);
    },
  });
  open.push(app);
  const answers = await Promise.all(Array.from({ length: 30 }, () => send(app)));
  assert.ok(answers.every(({ status }) => status === 200));
  await warned.promise;
  const metrics = await (await fetch(`${app.dashboardUrl}/metrics`)).text();
  assert.match(metrics, /^tokenwatch_otel_dropped_spans_total [1-9]/m);
});
