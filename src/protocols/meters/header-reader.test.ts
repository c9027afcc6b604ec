import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_USAGE } from '../../core/usage.ts';
import { openai } from '../openai/protocol.ts';

function read(path: string, body: unknown, headers: readonly string[]) {
  const head = { status: 200, contentType: 'application/json', headers };
  const meter = openai.meter(openai.endpoint('POST', path), head, path);
  assert.ok(meter !== null);
  meter.push(Buffer.from(JSON.stringify(body)));
  return { ...meter.end(), text: meter.generatedText() };
}

const INVOKE = '/model/mistral.mistral-large-2407-v1:0/invoke';
const COUNTED = ['X-Amzn-Bedrock-Input-Token-Count', '100', 'x-amzn-bedrock-output-token-count', '20'];

test('Bedrock’s counts in headers stand in for those that an answer leaves out', () => {
  const { runs, usageIsFinal, text } = read(INVOKE, { outputs: [{ text: 'Lake' }] }, COUNTED);
  assert.deepEqual(
    [runs.map(({ usage }) => usage), usageIsFinal, text],
    [[{ ...NO_USAGE, inputTokens: 100, outputTokens: 20 }], true, 'Lake'],
  );
  const told = read(INVOKE, { prompt_token_count: 7, generation_token_count: 8, generation: 'x' }, COUNTED);
  assert.deepEqual([told.runs[0]?.usage.inputTokens, told.runs[0]?.usage.outputTokens], [7, 8]);
});

test('vectors have no output, whatever words stand beside them', () => {
  const headers = ['x-amzn-bedrock-input-token-count', '12'];
  const { runs, text } = read(INVOKE, { embeddings: [[1]], texts: ['hello world'] }, headers);
  assert.deepEqual([runs[0]?.usage, text], [{ ...NO_USAGE, inputTokens: 12 }, '']);
});

test('LiteLLM’s cost in a header is kept, behind one in the answer; none and nonsense are none', () => {
  const usage = { prompt_tokens: 5, completion_tokens: 1 };
  const chat = (more: object) => ({ choices: [{ message: { content: 'x' } }], usage: { ...usage, ...more } });
  const cost = (value: string, more: object = {}): number | null =>
    read('/v1/chat/completions', chat(more), ['x-litellm-response-cost', value]).reportedCostNanoUsd;
  assert.equal(cost('0.0005'), 500_000);
  assert.equal(cost('0.0005', { cost: 0.001 }), 1_000_000);
  for (const none of ['0', '0.0', '-1', 'None', '', '1e99']) assert.equal(cost(none), null, none);
});

test('headers that are no figures change nothing', () => {
  for (const value of ['', 'x', '-5', '0', '1e99']) {
    const { runs } = read(INVOKE, { outputs: [] }, ['x-amzn-bedrock-input-token-count', value]);
    assert.deepEqual(runs, [], value);
  }
});
