import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { parseProvider, readSuite, type Suite } from './read-suite.ts';

const read = (suite: unknown, files: Readonly<Record<string, string>> = {}): Suite =>
  readSuite(typeof suite === 'string' ? suite : stringify(suite), '/suites/s.yaml', (path) => {
    const text = files[path];
    if (text === undefined) throw new Error(`no ${path}`);
    return text;
  });
const withTest = (more: object): object => ({
  prompts: ['Say {{word}}'],
  tests: [{ vars: { word: 'a' }, ...more }],
});

test('prompts, variables and defaults make tests', () => {
  const suite = read(
    `
description: Greetings
providers: [openai:gpt-4o-mini, {id: anthropic:messages:claude-haiku-4-5, label: haiku, config: {temperature: 0}}]
prompts: ['Say {{ word }} to {{name}}', 'file://other.txt']
defaultTest: {assert: [{type: latency, threshold: 5000}], vars: {name: you}}
tests:
  - vars: {word: [hello, bye]}
    assert: [{type: icontains, value: '{{word}}'}, {type: not-regex, value: '^x', weight: 2}]
`,
    { '/suites/other.txt': 'Whisper {{word}}' },
  );
  assert.equal(suite.description, 'Greetings');
  assert.deepEqual(
    suite.providers.map(({ label, path, model }) => [label, path, model]),
    [
      ['openai:gpt-4o-mini', '/v1/chat/completions', 'gpt-4o-mini'],
      ['haiku', '/v1/messages', 'claude-haiku-4-5'],
    ],
  );
  assert.deepEqual(
    suite.tests.map(({ prompt }) => ('messages' in prompt ? prompt.messages[0]?.content : null)),
    ['Say hello to you', 'Whisper hello', 'Say bye to you', 'Whisper bye'],
  );
  assert.deepEqual(
    suite.tests[2]?.assertions.map(({ type, isNegated, value, weight }) => [type, isNegated, value, weight]),
    [
      ['latency', false, undefined, 1],
      ['icontains', false, 'bye', 1],
      ['regex', true, '^x', 2],
    ],
  );
});

test('a prompt may be messages, and a test a whole request', () => {
  const suite = read({
    prompts: ['[{"role":"system","content":"Be {{how}}"},{"role":"user","content":"Hi"}]'],
    tests: [
      { vars: { how: 'short' } },
      {
        api: 'anthropic',
        path: '/v1/messages',
        request: { model: 'm', messages: [{ role: 'user', content: 'a {{b}}' }] },
      },
    ],
  });
  assert.deepEqual(suite.tests[0]?.prompt, {
    messages: [
      { role: 'system', content: 'Be short' },
      { role: 'user', content: 'Hi' },
    ],
  });
  assert.deepEqual(suite.tests[1]?.prompt, {
    api: 'anthropic',
    path: '/v1/messages',
    request: { model: 'm', messages: [{ role: 'user', content: 'a {{b}}' }] },
  });
});

test('what is not supported is refused by name and place', () => {
  const refusals: readonly (readonly [unknown, RegExp])[] = [
    [
      withTest({ assert: [{ type: 'javascript', value: 'true' }] }),
      /tests\[0\]\.assert\[0\] is of the type "javascript", which is not supported: it runs code/,
    ],
    [withTest({ assert: [{ type: 'not-python', value: 'x' }] }), /"python".*it runs code/],
    [withTest({ assert: [{ type: 'webhook', value: 'x' }] }), /webhook/],
    [
      withTest({ assert: [{ type: 'sounds-nice' }] }),
      /is of the type "sounds-nice"; there are equals, contains/,
    ],
    [withTest({ assert: [{ type: 'contains' }] }), /\(contains\) needs a value/],
    [withTest({ assert: [{ type: 'cost' }] }), /\(cost\) needs a threshold/],
    [withTest({ assert: [{ type: 'regex', value: '(' }] }), /no pattern/],
    [withTest({ assert: [{ type: 'equals', value: 'file://x.js' }] }), /reads x\.js: only .*no code/],
    [withTest({ assert: [{ type: 'constructor', value: 'x' }] }), /of the type "constructor"; there are/],
    [withTest({ assert: [{ type: 'select-best' }] }), /\(select-best\) needs a value/],
    [withTest({ assert: [{ type: 'max-score' }] }), /by the scores of other assertions, and there are none/],
    [
      withTest({ assert: [{ type: 'assert-set', assert: [{ type: 'max-score' }] }] }),
      /cannot stand in an assert-set/,
    ],
    [withTest({ assert: [{ type: 'context-recall', value: 'x' }] }), /needs a variable "context"/],
    [
      withTest({ assert: [{ type: 'assert-set', assert: [{ type: 'context-relevance' }] }] }),
      /needs a variable "context"/,
    ],
    [
      withTest({ assert: [{ type: 'equals', value: 'a', transform: 'x' }] }),
      /has "transform", which is not supported/,
    ],
    [withTest({ options: {} }), /tests\[0\] has "options"/],
    [{ ...withTest({}), scenarios: [] }, /has "scenarios", which is not supported/],
    [{ prompts: ['{% if a %}'], tests: [{ vars: { a: 1 } }] }, /\{% … %\}/],
    [{ prompts: ['{{a | upper}}'], tests: [{ vars: { a: 1 } }] }, /only plain variables/],
    [{ prompts: ['{{b}}'], tests: [{ vars: { a: 1 } }] }, /no such variable/],
    [{ prompts: ['file://gen.js'], tests: [{}] }, /no code/],
    [{ ...withTest({}), providers: ['ollama:llama3'] }, /providers\[0\] is "ollama:llama3"/],
    [{ ...withTest({}), providers: [{ id: 'openai:x', config: { apiKey: 'x' } }] }, /has "apiKey"/],
    [{ prompts: ['a'], tests: [] }, /holds no tests/],
    [{ tests: [{}] }, /the suite no prompts/],
    ['a: [', /is not YAML/],
    [withTest({ threshold: 'high' }), /threshold is "high", not a number/],
  ];
  for (const [suite, expected] of refusals) assert.throws(() => read(suite), expected, JSON.stringify(suite));
});

test('every assertion of promptfoo is known or refused by name, also turned round', () => {
  // As its documents list them in 2026.
  const names =
    `equals contains icontains regex starts-with contains-any contains-all icontains-any icontains-all is-json
    contains-json contains-html is-html is-sql contains-sql is-xml contains-xml is-refusal javascript python ruby webhook
    rouge-n bleu gleu levenshtein latency meteor perplexity perplexity-score cost is-valid-function-call
    is-valid-openai-function-call is-valid-openai-tools-call tool-call-f1 trace-span-count trace-span-duration
    trace-error-spans skill-used trajectory:tool-used trajectory:tool-args-match trajectory:tool-sequence
    trajectory:step-count trajectory:goal-success guardrails similar similar:cosine similar:dot similar:euclidean classifier
    moderation llm-rubric g-eval answer-relevance context-faithfulness context-recall context-relevance
    conversation-relevance factuality model-graded-factuality model-graded-closedqa pi select-best max-score word-count
    finish-reason search-rubric agent-rubric human assert-set promptfoo:redteam:pii`.split(/\s+/);
  const refused: string[] = [];
  for (const name of names)
    for (const type of [name, `not-${name}`]) {
      const assertion = { type, value: 'x', threshold: 1, assert: [] };
      try {
        read(
          withTest({
            vars: { word: 'w', context: 'c' },
            assert: [assertion, { type: 'contains', value: 'x' }],
          }),
        );
      } catch (error) {
        assert.match((error as Error).message, /is not supported: \S+ \S+/, type);
        refused.push(name);
      }
    }
  assert.deepEqual(
    [...new Set(refused)].sort().join(' '),
    'agent-rubric classifier contains-sql conversation-relevance human is-sql javascript meteor moderation pi promptfoo:redteam:pii python ruby search-rubric skill-used trace-error-spans trace-span-count trace-span-duration trajectory:goal-success trajectory:step-count trajectory:tool-args-match trajectory:tool-sequence trajectory:tool-used webhook',
  );
});

test('values may lie in files of data and text', () => {
  const files: Record<string, string> = {
    'schema.json': '{"type":"object"}',
    'schema.yaml': 'type: array',
    'text.txt': ' Hello \n',
  };
  const values = ['schema.json', 'schema.yaml', 'text.txt'].map((name) => `file://${name}`);
  const suite = readSuite(
    JSON.stringify({
      prompts: ['a'],
      tests: [{ assert: values.map((value) => ({ type: 'equals', value })) }],
    }),
    '/suites/suite.yaml',
    (path) => files[path.replace('/suites/', '')] ?? '',
  );
  assert.deepEqual(
    suite.tests[0]?.assertions.map(({ value }) => value),
    [{ type: 'object' }, { type: 'array' }, 'Hello'],
  );
});

test('a document that expands without end, nests too deep or makes too many tests is refused', () => {
  const many = Array.from({ length: 3000 }, (_, index) => index);
  const suite = (rest: string): string => `prompts: [hi]\nproviders: [openai:gpt-4o-mini]\n${rest}`;
  const nines = (name: string): string => Array.from({ length: 9 }, () => `*${name}`).join();
  const bomb = [...'abcdefgh'].map((name, index) => {
    const inner = index === 0 ? 'x' : nines('abcdefgh'[index - 1] ?? '');
    return `  ${name}: &${name} [${inner}]`;
  });
  for (const [text, expected] of [
    [suite(`tests:\n- vars:\n${bomb.join('\n')}`), /is not YAML: Excessive alias count/],
    [suite('tests: *nobody'), /is not YAML: .*nobody/],
    [suite(`tests: ${'['.repeat(20_000)}${']'.repeat(20_000)}`), /is not YAML: it nests too deep\.$/],
    [
      `prompts: [${many.map((index) => `p${index}`).join()}]\ntests:\n${many.map((index) => `- vars: { a: ${index} }`).join('\n')}`,
      /makes more than 10000 tests\.$/,
    ],
    [suite(`tests:\n- vars: { a: [${many}], b: [${many}] }`), /vars make more than 10000 tests/],
  ] as const)
    assert.throws(() => readSuite(text, 'suite.yaml', assert.fail), expected);
});

test('whatever a document holds, it is read or refused with words', () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.constantFrom('tests', 'prompts', 'providers', 'defaultTest', 'x'),
      (value, name) => {
        try {
          read({ prompts: ['a'], tests: [{}], [name]: value });
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'invalid_argument', String(error));
        }
      },
    ),
  );
});

test('providers by their names', () => {
  assert.equal(parseProvider('openai:responses:gpt-5')?.path, '/v1/responses');
  assert.equal(parseProvider('openai:chat:gpt-4o')?.path, '/v1/chat/completions');
  assert.equal(parseProvider('anthropic:claude-x')?.api, 'anthropic');
  for (const id of ['anthropic:chat:x', 'openai:messages:x', 'openai:', 'x:y', 'gpt-4o'])
    assert.equal(parseProvider(id), null, id);
});
