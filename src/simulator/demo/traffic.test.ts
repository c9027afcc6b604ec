import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSimulatedProvider } from '../provider.ts';
import { randomFrom } from '../random.ts';
import { sendTraffic, type TrafficProgress } from './traffic.ts';
import { planRequest, Sessions } from './traffic-apps.ts';

const planned = (count: number) => {
  const random = randomFrom(3);
  const sessions = new Sessions(random);
  return Array.from({ length: count }, () => planRequest(random, sessions));
};

test('the traffic has every application, both protocols, tools, caching, streams and aborts', () => {
  const plans = planned(400);
  assert.deepEqual(plans, planned(400));
  assert.equal(new Set(plans.map((plan) => plan.app)).size, 6);
  const paths = new Set(plans.map((plan) => plan.path));
  assert.deepEqual([...paths].sort(), [
    '/anthropic/v1/messages',
    '/openai/v1/chat/completions',
    '/openai/v1/embeddings',
    '/openai/v1/responses',
  ]);
  const bodies = plans.map((plan) => JSON.parse(plan.body));
  for (const model of [
    'claude-opus-4-6',
    'claude-sonnet-4-5',
    'claude-haiku-4-5',
    'gpt-4o',
    'gpt-4o-mini',
    'glm-4.7',
  ]) {
    assert.ok(
      bodies.some((body) => body.model === model),
      model,
    );
  }
  assert.ok(bodies.some((body) => body.stream === true) && bodies.some((body) => body.stream === false));
  assert.ok(bodies.some((body) => body.tools) && bodies.some((body) => body.system?.[0].cache_control));
  assert.ok(plans.some((plan) => plan.abortAfterMs !== null));
  assert.ok(plans.some((plan) => plan.headers['x-simulate']));
});

test('every request ends in exactly one way and progress is told', async () => {
  const provider = await startSimulatedProvider({ recording: true, errorRate: 0.1 });
  const { url } = provider;
  const told: TrafficProgress[] = [];
  const options = { proxyUrl: url, requests: 60, ratePerSecond: 1000, seed: 3 };
  const end = await sendTraffic({ ...options, onProgress: (progress) => told.push(progress) });
  assert.equal(end.sent, 60);
  assert.equal(end.completed + end.failed + end.aborted, 60);
  assert.ok(end.failed > 0 && end.completed > 40);
  assert.equal(end.inFlight, 0);
  assert.deepEqual(told.at(-1), end);
  assert.equal(provider.requests.length, 60);
  await provider.close();
});

test('a stop ends the traffic and what is under way', async () => {
  const provider = await startSimulatedProvider({ recording: true, latency: 'realistic' });
  const stop = new AbortController();
  const traffic = sendTraffic({
    proxyUrl: provider.url,
    requests: 50,
    ratePerSecond: 2,
    signal: stop.signal,
  });
  await provider.arrival(0);
  stop.abort();
  const end = await traffic;
  assert.ok(end.sent < 50);
  assert.equal(end.inFlight, 0);
  await provider.close();
});
