import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { type SimulatedProvider, startSimulatedProvider } from './provider.ts';

let provider: SimulatedProvider;
before(async () => {
  provider = await startSimulatedProvider({ recording: true });
});
after(() => provider.close());

interface Answered {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly trailers: NodeJS.Dict<string>;
  readonly body: Buffer;
  readonly broke: boolean;
}

function call(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const outgoing = request(`${provider.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      agent: false,
    });
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = [];
      const { statusCode: status = 0 } = incoming;
      const finish = (broke: boolean) =>
        resolve({
          status,
          headers: incoming.headers,
          trailers: incoming.trailers,
          body: Buffer.concat(chunks),
          broke,
        });
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => finish(false));
      incoming.on('error', () => finish(true));
    });
    outgoing.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
  });
}

const json = async (path: string, body?: unknown, headers?: Record<string, string>) => {
  const { status, body: bytes } = await call(path, body, headers);
  assert.equal(status, 200, bytes.toString());
  return JSON.parse(bytes.toString());
};

/** The data of every event in a stream. */
const events = (body: Buffer) =>
  body
    .toString()
    .split('\n\n')
    .filter(Boolean)
    .map((event) => event.slice(event.indexOf('data: ') + 6))
    .map((data) => (data === '[DONE]' ? data : JSON.parse(data)));

const MESSAGE = {
  model: 'claude-haiku-4-5',
  max_tokens: 400,
  messages: [{ role: 'user', content: 'Hello there' }],
};
const CHAT = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hello there' }] };

test('a message is the same in words and figures as JSON and as a stream', async () => {
  const whole = await json('/v1/messages', MESSAGE);
  const again = await json('/v1/messages', MESSAGE);
  assert.notEqual(whole.id, again.id);
  assert.deepEqual(whole.content, again.content);
  assert.equal(whole.model, 'claude-haiku-4-5-20251001');
  const streamed = await call('/v1/messages', { ...MESSAGE, stream: true });
  const parts = events(streamed.body);
  assert.equal(streamed.headers['content-type'], 'text/event-stream; charset=utf-8');
  assert.deepEqual(
    [...new Set(parts.map((part) => part.type))],
    [
      'message_start',
      'content_block_start',
      'ping',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ],
  );
  const text = parts.map((part) => part.delta?.text ?? '').join('');
  const delta = parts.find((part) => part.type === 'message_delta');
  assert.equal(text, whole.content[0].text);
  assert.equal(delta.usage.output_tokens, whole.usage.output_tokens);
  assert.equal(delta.usage.input_tokens, whole.usage.input_tokens);
});

test('a first turn writes the prompt cache and the next one reads it', async () => {
  const system = [{ type: 'text', text: 'x'.repeat(4000), cache_control: { type: 'ephemeral', ttl: '1h' } }];
  const first = await json('/v1/messages', { ...MESSAGE, system });
  assert.deepEqual(first.usage.cache_creation, {
    ephemeral_5m_input_tokens: 0,
    ephemeral_1h_input_tokens: 1000,
  });
  assert.equal(first.usage.cache_read_input_tokens, 0);
  const messages = [
    { role: 'user', content: 'Hello there' },
    { role: 'assistant', content: 'Hi' },
    { role: 'user', content: [{ type: 'text', text: 'And now?', cache_control: { type: 'ephemeral' } }] },
  ];
  const second = await json('/v1/messages', { ...MESSAGE, system, messages });
  assert.equal(second.usage.cache_read_input_tokens, 1000);
  assert.ok(second.usage.cache_creation.ephemeral_5m_input_tokens > 0);
  assert.equal(second.usage.cache_creation.ephemeral_1h_input_tokens, 0);
  assert.equal(second.usage.input_tokens, 0);
});

test('a chat stream carries usage only when it was asked for', async () => {
  const plain = events((await call('/v1/chat/completions', { ...CHAT, stream: true })).body);
  assert.equal(plain.at(-1), '[DONE]');
  assert.ok(plain.slice(0, -1).every((chunk) => !('usage' in chunk) && chunk.choices.length === 1));
  const options = { stream: true, stream_options: { include_usage: true } };
  const asked = events((await call('/v1/chat/completions', { ...CHAT, ...options })).body);
  assert.deepEqual(asked.at(-2).choices, []);
  assert.ok(asked.at(-2).usage.completion_tokens > 0);
  assert.ok(asked.slice(0, -2).every((chunk) => chunk.usage === null));
});

test('responses are numbered events, and can be fetched again with the same usage', async () => {
  const parts = events((await call('/v1/responses', { model: 'gpt-5', input: 'Hello', stream: true })).body);
  parts.forEach((part, index) => {
    assert.equal(part.sequence_number, index);
  });
  assert.equal(parts[0].type, 'response.created');
  const last = parts.at(-1);
  assert.equal(last.type, 'response.completed');
  assert.ok(last.response.usage.output_tokens_details.reasoning_tokens > 0);
  const fetched = await json(`/v1/responses/${last.response.id}`);
  assert.deepEqual(fetched.usage, last.response.usage);
});

test('what a reasoning model thinks counts among the tokens that it was allowed', async () => {
  const messages = [{ role: 'user', content: 'Hello' }];
  for (let limit = 20; limit <= 200; limit += 20) {
    const chat = await call('/v1/chat/completions', {
      model: 'gpt-5',
      max_completion_tokens: limit,
      messages,
    });
    assert.ok(JSON.parse(String(chat.body)).usage.completion_tokens <= limit, String(chat.body));
    const response = await call('/v1/responses', {
      model: 'gpt-5',
      max_output_tokens: limit,
      input: 'Hello',
    });
    assert.ok(JSON.parse(String(response.body)).usage.output_tokens <= limit, String(response.body));
  }
});

test('embeddings are the same vector as numbers and as base64', async () => {
  const body = { model: 'text-embedding-3-small', input: 'Hello', dimensions: 8 };
  const numbers = (await json('/embeddings', body)).data[0].embedding;
  const base64 = (await json('/embeddings', { ...body, encoding_format: 'base64' })).data[0].embedding;
  const bytes = Buffer.from(base64, 'base64');
  assert.deepEqual(
    numbers,
    Array.from({ length: 8 }, (_, index) => bytes.readFloatLE(index * 4)),
  );
});

test('a batch is created, ends, and has one result line for each request', async () => {
  const requests = ['a', 'b'].map((custom_id) => ({ custom_id, params: MESSAGE }));
  const { id } = await json('/v1/messages/batches', { requests });
  const { results_url } = await json(`/v1/messages/batches/${id}`);
  const { body } = await call(new URL(results_url).pathname, undefined);
  const lines = body
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map((line) => line.custom_id),
    ['a', 'b'],
  );
  assert.equal(lines[0].result.message.usage.service_tier, 'batch');
});

test('a file upload is counted, and models are listed in the form of the asking client', async () => {
  const uploaded = await call('/v1/files', 'x'.repeat(1000), {
    'content-type': 'multipart/form-data; boundary=x',
  });
  assert.equal(JSON.parse(uploaded.body.toString()).bytes, 1000);
  assert.equal((await json('/v1/models')).object, 'list');
  assert.equal((await json('/v1/models', undefined, { 'anthropic-version': '2023-06-01' })).has_more, false);
});

test('errors have the shape of the protocol and the headers that were asked for', async () => {
  const limited = await call('/v1/chat/completions', CHAT, { 'x-simulate': 'status=429;retry-after=2' });
  assert.equal(limited.status, 429);
  assert.equal(limited.headers['retry-after'], '2');
  assert.equal(JSON.parse(limited.body.toString()).error.code, 'rate_limit_exceeded');
  const overloaded = await call('/v1/messages', {
    ...MESSAGE,
    model: 'claude-haiku-4-5+simulate:status=529',
  });
  assert.equal(overloaded.status, 529);
  assert.equal(JSON.parse(overloaded.body.toString()).error.type, 'overloaded_error');
  assert.equal((await call('/v1/messages', '{"model":')).status, 400);
  const misspelt = await call('/v1/messages', MESSAGE, { 'x-simulate': 'stauts=500' });
  assert.match(misspelt.body.toString(), /cannot simulate/);
  for (const control of ['delay=soon', 'status=']) {
    const wrong = await call('/v1/messages', MESSAGE, { 'x-simulate': `no-usage;${control}` });
    const name = control.split('=')[0];
    assert.ok(
      wrong.body.toString().includes(`cannot simulate \\"${control}\\"; \\"${name}\\" takes a whole`),
    );
  }
});

test('a break cuts a stream and a document short of their end', async () => {
  for (const [body, simulate] of [
    [{ ...MESSAGE, stream: true }, 'break-after=3'],
    [MESSAGE, 'break-after=1'],
  ] as const) {
    const whole = await call('/v1/messages', body);
    const cut = await call('/v1/messages', body, { 'x-simulate': simulate });
    assert.equal(cut.broke, true);
    assert.ok(cut.body.byteLength > 0 && cut.body.byteLength < whole.body.byteLength);
  }
});

test('an error event ends a stream that began well', async () => {
  const { status, body, broke } = await call(
    '/v1/messages',
    { ...MESSAGE, stream: true },
    { 'x-simulate': 'error-after=3' },
  );
  assert.deepEqual([status, broke], [200, false]);
  assert.equal(events(body).at(-1).error.type, 'overloaded_error');
});

test('each encoding decodes to the same answer, forced or negotiated', async () => {
  const decoders = {
    gzip: gunzipSync,
    br: brotliDecompressSync,
    zstd: zstdDecompressSync,
    deflate: inflateSync,
  };
  const plain = await json('/v1/messages', MESSAGE);
  for (const [name, decode] of Object.entries(decoders)) {
    const forced = await call('/v1/messages', MESSAGE, { 'x-simulate': name });
    assert.equal(forced.headers['content-encoding'], name);
    assert.deepEqual(JSON.parse(decode(forced.body).toString()).content, plain.content);
    const negotiated = await call('/v1/messages', MESSAGE, {
      'x-simulate': 'negotiated',
      'accept-encoding': name,
    });
    assert.equal(negotiated.headers['content-encoding'], name);
  }
});

test('trailers, repeated headers, raw bytes and large bodies come as asked', async () => {
  const { trailers } = await call('/v1/messages', MESSAGE, { 'x-simulate': 'trailers' });
  assert.equal(trailers['x-checksum'], 'simulated');
  const { headers } = await call('/v1/messages', MESSAGE, { 'x-simulate': 'repeated-headers' });
  assert.deepEqual(headers['set-cookie'], ['a=1', 'b=2']);
  const bytes = Buffer.from([0, 255, 13, 10, 7]);
  const raw = await call(
    '/any',
    {},
    { 'x-simulate': `raw=${bytes.toString('base64')};type=image/png;cut=2` },
  );
  assert.deepEqual([raw.body, raw.headers['content-type']], [bytes, 'image/png']);
  const big = await call('/any', {}, { 'x-simulate': 'big=3000001' });
  assert.equal(big.body.byteLength, 3_000_001);
});

test('every request is recorded as it arrived, with how it ended', async () => {
  const index = provider.requests.length;
  const outgoing = request(`${provider.url}/v1/messages?beta=true`, { method: 'POST', agent: false });
  outgoing.on('error', () => {});
  outgoing.setHeader('X-Simulate', 'hang');
  outgoing.end(JSON.stringify(MESSAGE));
  const recorded = await provider.arrival(index);
  assert.equal(recorded.url, '/v1/messages?beta=true');
  assert.equal(recorded.body.toString(), JSON.stringify(MESSAGE));
  assert.ok(recorded.rawHeaders.includes('X-Simulate'));
  outgoing.destroy();
  assert.equal(await recorded.closed, 'aborted');
});
