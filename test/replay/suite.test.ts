// `tokenwatch replay --suite` through a running server, and a suite made of stored prompts.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { XMLParser } from 'fast-xml-parser';
import { visitStore } from '../../src/storage/registry.ts';
import { type Ran, runCommand } from '../run-command.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';

let app: TestApp;
before(async () => {
  app = await startTestApp({ settings: { TOKENWATCH_STORE_PROMPTS: 'true' } });
});
after(() => app.close());

const environment = () => ({
  TOKENWATCH_DATA_DIR: app.dataDir,
  TOKENWATCH_DASHBOARD_PORT: new URL(app.dashboardUrl).port,
  TOKENWATCH_ANTHROPIC_URL: app.provider.url,
  TOKENWATCH_OPENAI_URL: app.provider.url,
  OPENAI_API_KEY: 'k',
  ANTHROPIC_API_KEY: 'k',
});
const replay = (...words: readonly string[]): Promise<Ran> => runCommand('replay', words, environment());

function suite(text: string): string {
  const file = join(app.dataDir, 'suite.yaml');
  writeFileSync(file, text);
  return file;
}

const SUITE = `
description: Weather
providers: [openai:gpt-4o-mini, anthropic:claude-haiku-4-5, openai:responses:gpt-5-mini]
prompts: ['Tell me about {{topic}}']
tests:
  - description: says something
    vars: {topic: parsers}
    assert:
      - {type: regex, value: '.'}
      - {type: latency, threshold: 60000}
      - {type: cost, threshold: 1}
      - {type: finish-reason, value: stop}
      - {type: not-contains, value: '{{topic}} are made of cheese'}
`;

test('a suite that holds passes at every provider', async () => {
  const { stdout, stderr, status } = await replay('--suite', suite(SUITE));
  assert.deepEqual({ stderr, status }, { stderr: '', status: 0 });
  assert.match(stdout, /^Weather\nok {4}says something \[openai:gpt-4o-mini\]/);
  assert.match(stdout, /3 passed, 0 failed; (?:<?)\$0/);
});

test('a suite that does not hold tells why, in JUnit too, and ends with 1', async () => {
  const file = suite(SUITE.replace("value: '.'", "value: '^cheese'"));
  const { stdout, status } = await replay('--suite', file, '--target', 'gpt-4o-mini', '--format', 'junit');
  assert.equal(status, 1);
  const { testsuites } = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' }).parse(stdout);
  assert.deepEqual([testsuites.tests, testsuites.failures, testsuites.errors], ['1', '1', '0']);
  assert.match(testsuites.testsuite.testcase.failure.message, /^regex: the answer "About Tell/);
});

test('a rubric asks the judge; without one it does not hold', async () => {
  const rubric = `
prompts: ['Say hello']
tests: [{assert: [{type: llm-rubric, value: is polite}]}]
`;
  const without = await replay('--suite', suite(rubric), '--target', 'gpt-4o-mini');
  assert.match(without.stdout, /llm-rubric: it could not be checked: there is no judge/);
  const before = app.provider.requests.length;
  const judged = await replay(
    '--suite',
    suite(rubric),
    '--target',
    'gpt-4o-mini',
    '--judge',
    'openai:gpt-4o',
  );
  assert.equal(app.provider.requests.length - before, 2);
  assert.match(judged.stdout, /^1 passed, 0 failed/m);
});

test('of the answers of several providers one is the best, and only one', async () => {
  const text = (assertion: string) => `
providers: [openai:gpt-4o-mini, openai:gpt-4o, anthropic:claude-haiku-4-5]
prompts: ['Tell me about {{topic}}']
tests: [{vars: {topic: [parsers, tests]}, assert: [{type: regex, value: '.'}, ${assertion}]}]
`;
  const scored = await replay('--suite', suite(text('{type: max-score}')), '--format', 'json');
  const { passed, failed, results } = JSON.parse(scored.stdout);
  assert.deepEqual([passed, failed], [2, 4], 'the first of those that share the highest score, of each test');
  assert.match(results[0].verdict.outcomes[1].reason, /scores of the answers are 1\.00, 1\.00, 1\.00/);
  const judge = ['--judge', 'openai:gpt-4o'];
  const before = app.provider.requests.length;
  const best = await replay('--suite', suite(text('{type: select-best, value: funny}')), ...judge);
  assert.equal(app.provider.requests.length - before, 6 + 2 * 2, 'each test is judged in both orders');
  assert.match(best.stdout, /select-best: the judge chose/);
  const alone = text('{type: select-best, value: funny}').replace(
    /providers.*/,
    'providers: [openai:gpt-4o]',
  );
  assert.match(
    (await replay('--suite', suite(alone), ...judge)).stderr,
    /there is one: add prompts or providers/,
  );
  const unsure = SUITE.replace("{type: regex, value: '.'}", '{type: perplexity, threshold: 2}');
  assert.match((await replay('--suite', suite(unsure))).stderr, /needs the logprobs of openai:gpt-4o-mini/);
});

test('money and mistakes are told before anything is sent', async () => {
  const before = app.provider.requests.length;
  assert.match(
    (await replay('--suite', suite(SUITE), '--dry-run')).stdout,
    /^3 tests, about .*\$0.*at most \$0.*\nNothing was sent\.$/,
  );
  assert.match((await replay('--suite', suite(SUITE), '--max-cost', '0.000001')).stderr, /--max-cost/);
  assert.match((await replay('--suite', '/no/such.yaml')).stderr, /cannot be read/);
  assert.match((await replay('--suite', suite('prompts: [a]\ntests: [{}]'))).stderr, /no providers/);
  const script = SUITE.replace('type: regex', 'type: javascript');
  assert.match((await replay('--suite', suite(script))).stderr, /"javascript", which is not supported/);
  assert.equal(app.provider.requests.length, before);
});

test('a suite made of stored prompts asks the same, and holds for the same model', async () => {
  const tools = [
    {
      type: 'function',
      function: {
        name: 'get_weather',
        parameters: { type: 'object', properties: { city: { type: 'string' } } },
      },
    },
  ];
  const response = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-tokenwatch-session': 'for-a-suite' },
    body: JSON.stringify({
      model: 'gpt-4o-mini',
      tools,
      messages: [{ role: 'user', content: 'Use get_weather for {{city}}' }],
    }),
  });
  await response.arrayBuffer();
  const { prompts, close } = await visitStore({ TOKENWATCH_DATA_DIR: app.dataDir }, 'refuse');
  while ((await prompts.items({ session: 'for-a-suite', order: 'newest', limit: 1 })).length === 0)
    await new Promise((resolve) => setImmediate(resolve));
  await close();
  const file = join(app.dataDir, 'made.yaml');
  const made = await runCommand(
    'prompts export',
    ['--suite', '--session', 'for-a-suite', '--out', file],
    environment(),
  );
  assert.match(made.stdout, /1 test written/);
  assert.match(readFileSync(file, 'utf8'), /type: tool-call-f1/);
  const { stdout, stderr } = await replay('--suite', file);
  assert.match(stdout + stderr, /1 passed, 0 failed/);
});
