import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../../test/at-end.ts';
import { selfSigned } from '../../../test/self-signed.ts';
import { type OtelConfig, otelConfig } from './otel-config.ts';
import type { SignalConfig } from './signal-config.ts';

const NONE = { endpoint: null, serviceName: null, version: '1.2.3', instanceId: 'me' };
const configOf = (environment: Record<string, string>, endpoint: string | null = null): OtelConfig => {
  const config = otelConfig({ ...NONE, endpoint }, environment);
  assert.ok(config);
  return config;
};

test('without any variable it is gRPC to this machine', () => {
  const { traces, metrics, resource, sampling, propagates } = configOf({});
  assert.equal(traces?.protocol, 'grpc');
  assert.equal(traces?.url, 'http://localhost:4317');
  assert.equal(metrics?.url, 'http://localhost:4317');
  assert.deepEqual(resource, {
    'service.name': 'tokenwatch',
    'service.version': '1.2.3',
    'service.instance.id': 'me',
  });
  assert.deepEqual(sampling, { followsParent: true, share: 1 });
  assert.equal(propagates, true);
});

test('an address says how to speak to it, a variable says it better', () => {
  assert.equal(configOf({}, 'http://collector:4318').traces?.url, 'http://collector:4318/v1/traces');
  assert.equal(configOf({}, 'http://collector:4318').metrics?.url, 'http://collector:4318/v1/metrics');
  assert.equal(configOf({}, 'collector:4317').traces?.url, 'http://collector:4317');
  const http = configOf({ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' }, 'https://otlp.example/base/');
  assert.equal(http.traces?.url, 'https://otlp.example/base/v1/traces');
  const mixed = configOf({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://all:4317',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://traces:4318/only',
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf',
  });
  assert.equal(mixed.traces?.url, 'http://traces:4318/only');
  assert.deepEqual([mixed.metrics?.protocol, mixed.metrics?.url], ['grpc', 'http://all:4317']);
});

test("TokenWatch's own settings win over the standard variables of all signals", () => {
  const standard = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://other:4317', OTEL_SERVICE_NAME: 'other' };
  assert.equal(configOf(standard, 'http://mine:4317').traces?.url, 'http://mine:4317');
  assert.equal(configOf(standard).traces?.url, 'http://other:4317');
  assert.equal(configOf(standard).resource['service.name'], 'other');
  const named = otelConfig({ ...NONE, serviceName: 'mine' }, standard);
  assert.equal(named?.resource['service.name'], 'mine');
});

test('headers, resource attributes and the rest are read', () => {
  const config = configOf({
    OTEL_EXPORTER_OTLP_HEADERS: 'x-team=a%20b, x-plain=100%',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test,service.name=given',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '500',
    OTEL_TRACES_SAMPLER: 'traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.25',
    OTEL_PROPAGATORS: 'b3',
    OTEL_BSP_MAX_QUEUE_SIZE: '10',
  });
  assert.deepEqual(config.traces?.headers, { 'x-team': 'a b', 'x-plain': '100%' });
  assert.equal(config.resource['service.name'], 'given');
  assert.equal(config.resource['deployment.environment.name'], 'test');
  assert.equal(config.traces?.isCompressed, true);
  assert.deepEqual([config.traces?.timeoutMs, config.metrics?.timeoutMs], [10_000, 500]);
  assert.deepEqual(config.sampling, { followsParent: false, share: 0.25 });
  assert.equal(config.propagates, false);
  assert.deepEqual(config.spanQueue, { itemsMax: 10, batchMax: 10, delayMs: 5000, timeoutMs: 30_000 });
  assert.deepEqual(config.eventQueue, { itemsMax: 2048, batchMax: 512, delayMs: 1000, timeoutMs: 30_000 });
});

test('HTTP that is only asked for by its protocol goes to the port of HTTP', () => {
  const http = { OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/protobuf' };
  assert.equal(configOf(http).metrics?.url, 'http://localhost:4318/v1/metrics');
  assert.equal(configOf(http).traces?.url, 'http://localhost:4317');
});

test('an address with the path of one signal stands for all of them', () => {
  const urls = (environment: Record<string, string>, endpoint: string | null = null) => {
    const config = configOf({ ...environment, OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT: 'true' }, endpoint);
    return [config.traces, config.metrics, config.logs].map((signal) => signal?.url);
  };
  const at = (base: string) => ['traces', 'metrics', 'logs'].map((signal) => `${base}/v1/${signal}`);
  assert.deepEqual(urls({}, 'http://collector:9000/v1/traces'), at('http://collector:9000'));
  assert.deepEqual(urls({}, 'http://collector:9000/base/v1/metrics/'), at('http://collector:9000/base'));
  const standard = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/v1/logs?tenant=a' };
  assert.deepEqual(
    urls(standard),
    at('http://collector:4318').map((url) => `${url}?tenant=a`),
  );
  assert.deepEqual(urls({}, 'http://collector:4318/otlp'), at('http://collector:4318/otlp'));
});

test('a protocol that is written in capitals goes to its own port', () => {
  const { traces } = configOf({ OTEL_EXPORTER_OTLP_PROTOCOL: 'HTTP/protobuf' });
  assert.deepEqual([traces?.protocol, traces?.url], ['http/protobuf', 'http://localhost:4318/v1/traces']);
});

test('a header that its protocol cannot send is refused at the start, by its name alone', () => {
  for (const [header, overHttp] of [
    ['x-trace-bin=AAAA', true],
    ['x-name=%C3%A9', true],
    ['x!name=1', true],
    ['x name=1', false],
    ['x-name=a%0Ab', false],
  ] as const) {
    const headers = { OTEL_EXPORTER_OTLP_HEADERS: header };
    const refused = { code: 'invalid_setting', message: /^OTEL_EXPORTER_OTLP_HEADERS="…" is not a list of/ };
    assert.throws(() => otelConfig(NONE, headers), refused, header);
    const http = { ...headers, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' };
    if (overHttp) assert.ok(otelConfig(NONE, http), header);
    else assert.throws(() => otelConfig(NONE, http), refused, header);
  }
  assert.deepEqual(configOf({ OTEL_EXPORTER_OTLP_HEADERS: 'Api-Key=a' }).traces?.headers, { 'Api-Key': 'a' });
});

test('an address without a scheme is plain unless the standard variable says otherwise', () => {
  const url = (insecure: string) =>
    configOf({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317',
      OTEL_EXPORTER_OTLP_TRACES_INSECURE: insecure,
    }).traces?.url;
  assert.deepEqual(['', 'true', 'false'].map(url), [
    'http://collector:4317',
    'http://collector:4317',
    'https://collector:4317',
  ]);
});

test('queues, the export of metrics and the length of texts are as the variables say', () => {
  const config = configOf({
    OTEL_BSP_EXPORT_TIMEOUT: '700',
    OTEL_BLRP_MAX_QUEUE_SIZE: '20',
    OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: '5',
    OTEL_BLRP_SCHEDULE_DELAY: '30',
    OTEL_BLRP_EXPORT_TIMEOUT: '40',
    OTEL_METRIC_EXPORT_INTERVAL: '50',
    OTEL_METRIC_EXPORT_TIMEOUT: '60',
    OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'DELTA',
    OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: 'base2_exponential_bucket_histogram',
    OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '100',
    OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT: '10',
  });
  assert.equal(config.spanQueue.timeoutMs, 700);
  assert.deepEqual(config.eventQueue, { itemsMax: 20, batchMax: 5, delayMs: 30, timeoutMs: 40 });
  assert.deepEqual(config.metric, {
    intervalMs: 50,
    timeoutMs: 60,
    temporality: 'delta',
    hasExponentialBuckets: true,
  });
  assert.deepEqual(config.textMax, { onSpans: 100, inEvents: 10 });
});

test('a certificate is read before anything starts, and belongs to its key', (context) => {
  const folder = temporaryFolder(context, 'otel');
  const { cert, key } = selfSigned('collector.example');
  const [certPath, keyPath] = [join(folder, 'client.crt'), join(folder, 'client.key')];
  writeFileSync(certPath, cert);
  writeFileSync(keyPath, key);
  const { tls } = configOf({
    OTEL_EXPORTER_OTLP_CERTIFICATE: certPath,
    OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE: certPath,
    OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY: keyPath,
  }).traces as SignalConfig;
  assert.match(tls.ca ?? '', /BEGIN CERTIFICATE/);
  assert.match(tls.client?.key ?? '', /BEGIN PRIVATE KEY/);
  const refuses = (environment: Record<string, string>, message: RegExp) =>
    assert.throws(() => otelConfig(NONE, environment), { code: 'invalid_setting', message });
  const other = join(folder, 'other.pem');
  writeFileSync(other, 'no certificate');
  refuses(
    { OTEL_EXPORTER_OTLP_CERTIFICATE: '/no/such/file' },
    /^OTEL_EXPORTER_OTLP_CERTIFICATE="\/no\/such\/file" is not a file that can be read/,
  );
  refuses(
    { OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE: other },
    /^OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE=.* is not a PEM file/,
  );
  refuses({ OTEL_EXPORTER_OTLP_CLIENT_KEY: keyPath }, /without OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE/);
  refuses({ OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: certPath }, /without OTEL_EXPORTER_OTLP_CLIENT_KEY/);
  refuses(
    { OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: certPath, OTEL_EXPORTER_OTLP_CLIENT_KEY: certPath },
    /CLIENT_CERTIFICATE=.* is not a PEM file that TLS can use/,
  );
});

test('events alone are sent where the other signals are off', () => {
  const config = configOf({
    OTEL_TRACES_EXPORTER: 'none',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT: 'true',
  });
  assert.deepEqual([config.traces, config.metrics, config.logs?.protocol], [null, null, 'grpc']);
});

test('content is told only where the standard variable says so', () => {
  const places = (value: string) => {
    const { content } = configOf({ OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: value });
    return [content.onSpans && 'spans', content.inEvents && 'events'].filter(Boolean).join();
  };
  assert.deepEqual(['', 'NO_CONTENT', 'false'].map(places), ['', '', '']);
  assert.deepEqual(['SPAN_ONLY', 'true', 'event_only', 'SPAN_AND_EVENT'].map(places), [
    'spans',
    'spans',
    'events',
    'spans,events',
  ]);
});

test('events are sent where they are asked for, or content in them is', () => {
  const logs = (environment: Record<string, string>) => configOf(environment).logs?.url ?? null;
  const content = { OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'EVENT_ONLY' };
  const http = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
  assert.equal(logs({}), null);
  assert.equal(logs({ OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT: 'true' }), 'http://localhost:4317');
  assert.equal(logs({ ...content, ...http }), 'http://collector:4318/v1/logs');
  assert.equal(logs({ ...content, OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT: 'false' }), null);
  assert.equal(logs({ ...content, OTEL_LOGS_EXPORTER: 'none' }), null);
});

test('the standard variables switch signals off, or everything', () => {
  assert.equal(configOf({ OTEL_METRICS_EXPORTER: 'none' }).metrics, null);
  // What is switched off need not be right.
  const wrong = { OTEL_EXPORTER_OTLP_PROTOCOL: 'carrier-pigeon' };
  for (const more of [{}, wrong])
    assert.equal(otelConfig(NONE, { OTEL_SDK_DISABLED: 'true', ...more }), null);
  assert.equal(otelConfig(NONE, { OTEL_METRICS_EXPORTER: 'none', OTEL_TRACES_EXPORTER: 'none' }), null);
});

for (const [name, value] of [
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'ftp://x'],
  ['OTEL_EXPORTER_OTLP_PROTOCOL', 'carrier-pigeon'],
  ['OTEL_TRACES_SAMPLER', 'sometimes'],
  ['OTEL_TRACES_SAMPLER_ARG', '2'],
  ['OTEL_TRACES_EXPORTER', 'zipkin'],
  ['OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT', 'EVERYWHERE'],
  ['OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT', 'perhaps'],
  ['OTEL_BSP_MAX_QUEUE_SIZE', '-1'],
  ['OTEL_EXPORTER_OTLP_TIMEOUT', 'soon'],
  ['OTEL_EXPORTER_OTLP_TRACES_TIMEOUT', '-1'],
  ['OTEL_EXPORTER_OTLP_METRICS_PROTOCOL', 'http/json'],
  ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'ftp://x'],
  ['OTEL_EXPORTER_OTLP_COMPRESSION', 'zstd'],
  ['OTEL_EXPORTER_OTLP_INSECURE', 'maybe'],
  ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', 'sometimes'],
  ['OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION', 'round'],
  ['OTEL_PROPAGATORS', 'tracecontext,pigeon'],
  ['OTEL_BLRP_SCHEDULE_DELAY', '0.5'],
  ['OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'short'],
  ['OTEL_METRIC_EXPORT_TIMEOUT', '1s'],
] as const)
  test(`${name}=${value} is refused by name`, () => {
    assert.throws(() => otelConfig(NONE, { [name]: value }), {
      code: 'invalid_setting',
      message: new RegExp(`${name}.*="${value}" is not`),
    });
  });

test('a header list that cannot be read is refused without being shown', () => {
  assert.throws(
    () => otelConfig(NONE, { OTEL_EXPORTER_OTLP_HEADERS: 'Bearer not-a-real-token' }),
    (error: Error) => {
      assert.doesNotMatch(error.message, /not-a-real-token/);
      return /OTEL_EXPORTER_OTLP_HEADERS/.test(error.message);
    },
  );
});

test('a header that cannot be sent is refused without its value', () => {
  // Also where what cannot be sent stands at an end: it is not left out there.
  for (const header of ['a b=not-a-real-token', 'x-key=not-a-real-token%0Ax', 'x-key=%0D%0Anot-a-real-token'])
    assert.throws(
      () =>
        otelConfig(NONE, {
          OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
          OTEL_EXPORTER_OTLP_LOGS_HEADERS: header,
          OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT: 'true',
        }),
      (error: Error) =>
        /OTEL_EXPORTER_OTLP_LOGS_HEADERS/.test(error.message) && !/not-a-real-token/.test(error.message),
    );
});

test('a certificate that never ends, or that nobody writes, holds up no start', () => {
  assert.throws(
    () => otelConfig(NONE, { OTEL_EXPORTER_OTLP_CERTIFICATE: '/dev/null' }),
    /OTEL_EXPORTER_OTLP_CERTIFICATE="\/dev\/null" .*no regular file/,
  );
});
