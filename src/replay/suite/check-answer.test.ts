import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import type { AnswerContent } from '../../protocols/answer-content.ts';
import type { AssertedAnswer, AssertionDefinition, AssertionHelp } from './assertion.ts';
import { checkAnswer } from './check-answer.ts';
import { compareAnswers } from './comparing.ts';

const ajv = new Ajv({ strict: false });
const help: AssertionHelp = {
  similarity: async (one, other) => (one === 'long' ? null : one === other ? 1 : 0.5),
  grade: async (rubric) => {
    if (rubric === 'broken') throw new Error('no judge');
    return { score: 0.8, isPassed: rubric !== 'strict', reason: 'because' };
  },
  best: async (criteria) => {
    if (criteria === 'broken') throw new Error('no judge');
    return criteria === 'contested' ? null : 1;
  },
  schemaFault: (schema, value) => {
    const check = ajv.compile(schema as object);
    return check(value) ? null : ajv.errorsText(check.errors);
  },
};

function answer(
  text: string,
  more: Partial<AnswerContent> & Partial<Omit<AssertedAnswer, 'content'>> = {},
): AssertedAnswer {
  const { costNanoUsd = 1_000_000, latencyMs = 100, tools = new Map(), ...others } = more;
  const { document = null, question = 'Why?', variables = {}, ...content } = others;
  return {
    content: {
      text,
      thinking: '',
      toolCalls: [],
      finishReason: 'stop',
      isRefusal: false,
      error: null,
      ...content,
    },
    costNanoUsd,
    latencyMs,
    tools,
    document,
    question,
    variables,
  };
}

const definition = (type: string, more: Partial<AssertionDefinition> = {}): AssertionDefinition => ({
  type: type.replace(/^not-/, ''),
  isNegated: type.startsWith('not-'),
  value: undefined,
  threshold: null,
  weight: 1,
  metric: null,
  inner: [],
  ...more,
});

const logprobs = (...values: readonly number[]) => ({
  choices: [{ logprobs: { content: values.map((logprob) => ({ token: 'x', logprob })) } }],
});

async function holds(
  given: AssertedAnswer,
  type: string,
  value?: unknown,
  threshold: number | null = null,
): Promise<boolean> {
  return (await checkAnswer(given, [definition(type, { value, threshold })], null, help)).isPassed;
}

test('each kind holds and fails where it should, and turned round the other way', async () => {
  const call = { name: 'get_weather', arguments: { city: 'Paris' } };
  const tools = new Map([
    ['get_weather', { type: 'object', required: ['city'], properties: { city: { type: 'string' } } }],
  ]);
  const schema = { type: 'object', required: ['a'] };
  const cases: readonly (readonly [AssertedAnswer, string, unknown, AssertedAnswer, number?])[] = [
    [answer('Hello'), 'equals', 'Hello', answer('hello')],
    [answer('{"a":1,"b":2}'), 'equals', { b: 2, a: 1 }, answer('{"a":1}')],
    [answer('say Hello'), 'contains', 'Hello', answer('hello')],
    [answer('a, b'), 'contains', 'a, b', answer('a b')],
    [answer('say HELLO'), 'icontains', 'hello', answer('bye')],
    [answer('a b'), 'contains-all', ['a', 'b'], answer('a')],
    [answer('a b'), 'contains-all', 'a, b', answer('b')],
    [answer('b'), 'contains-any', ['a', 'b'], answer('c')],
    [answer('A B'), 'icontains-all', ['a', 'b'], answer('A')],
    [answer('A'), 'icontains-any', ['a', 'b'], answer('C')],
    [answer('Hello you'), 'starts-with', 'Hello', answer('Oh, Hello')],
    [answer('call 42'), 'regex', '\\d+', answer('call me')],
    [answer('{"a":1}'), 'is-json', schema, answer('{"b":1}')],
    [answer('[]'), 'is-json', undefined, answer('text')],
    [answer('Here: {"a":"}"} ok'), 'contains-json', schema, answer('Here: {"b":1}')],
    [
      answer('', { toolCalls: [call], tools }),
      'is-valid-openai-tools-call',
      undefined,
      answer('', { toolCalls: [{ name: 'get_weather', arguments: {} }], tools }),
    ],
    [answer('', { toolCalls: [call] }), 'tool-call-f1', ['get_weather'], answer('', { toolCalls: [] })],
    [
      answer('', { toolCalls: [call] }),
      'tool-call-f1',
      [call],
      answer('', { toolCalls: [{ ...call, arguments: { city: 'Rome' } }] }),
    ],
    [
      answer('', { finishReason: 'end_turn' }),
      'finish-reason',
      'stop',
      answer('', { finishReason: 'max_tokens' }),
    ],
    [
      answer('', { costNanoUsd: 1_000_000 }),
      'cost',
      undefined,
      answer('', { costNanoUsd: 2_000_000 }),
      0.001,
    ],
    [answer('', { latencyMs: 100 }), 'latency', undefined, answer('', { latencyMs: 101 }), 100],
    [answer('same'), 'similar', 'same', answer('other')],
    [answer('same'), 'similar', ['x', 'same'], answer('other')],
    [answer('one two'), 'word-count', { min: 2, max: 2 }, answer('one')],
    [answer('', { isRefusal: true }), 'is-refusal', undefined, answer('Here you are')],
    [
      answer('I’m sorry, but I can’t help with that.'),
      'is-refusal',
      undefined,
      answer('It can not be sorry'),
    ],
    [answer('<r><a/></r>'), 'is-xml', { requiredElements: ['r.a'] }, answer('<r><b/></r>')],
    [answer('Here: <r/> ok'), 'contains-xml', undefined, answer('1 < 2')],
    [answer('<p>Hi</p>'), 'is-html', undefined, answer('Hi')],
    [answer('So <b class="x">bold</b>'), 'contains-html', undefined, answer('So bold')],
    [answer('the cat sat on the mat'), 'bleu', 'the cat sat on the mat', answer('a dog')],
    [answer('the cat sat'), 'gleu', ['no', 'the cat sat down'], answer('sat cat the'), 0.5],
    [answer('It is the cat, sat.'), 'rouge-n', 'the cat sat', answer('a dog sat')],
    [answer('same'), 'similar:euclidean', 'same', answer('other')],
    [answer('same'), 'similar:dot', 'same', answer('other')],
    [
      answer('', { toolCalls: [call], tools }),
      'is-valid-function-call',
      undefined,
      answer('', { toolCalls: [{ name: 'rm', arguments: {} }], tools }),
    ],
    [
      answer('x', { document: logprobs(-0.1, -0.2) }),
      'perplexity',
      undefined,
      answer('x', { document: logprobs(-3) }),
      2,
    ],
    [
      answer('x', { document: logprobs(0) }),
      'perplexity-score',
      undefined,
      answer('x', { document: logprobs(-3) }),
      0.4,
    ],
    [answer('x'), 'guardrails', undefined, answer('', { finishReason: 'content_filter' })],
    [
      answer('x', {
        document: { prompt_filter_results: [{ content_filter_results: { hate: { filtered: false } } }] },
      }),
      'guardrails',
      undefined,
      answer('x', { document: { choices: [{ content_filter_results: { hate: { filtered: true } } }] } }),
    ],
  ];
  for (const [good, type, value, bad, threshold] of cases) {
    assert.equal(await holds(good, type, value, threshold), true, type);
    assert.equal(await holds(bad, type, value, threshold), false, type);
    assert.equal(await holds(good, `not-${type}`, value, threshold), false, `not-${type}`);
    assert.equal(await holds(bad, `not-${type}`, value, threshold), true, `not-${type}`);
  }
});

test('a judge decides a rubric, with a threshold for its score', async () => {
  assert.equal(await holds(answer('x'), 'llm-rubric', 'kind'), true);
  assert.equal(await holds(answer('x'), 'llm-rubric', 'strict'), false);
  assert.equal(await holds(answer('x'), 'llm-rubric', 'kind', 0.9), false);
  assert.equal(await holds(answer('x'), 'factuality', 'Paris is in France'), true);
});

test('each kind that a judge decides asks of what it is about', async () => {
  const asked: [string, string][] = [];
  const judging: AssertionHelp = {
    ...help,
    grade: async (rubric, text) => {
      asked.push([rubric, text]);
      return { score: rubric.includes('half') ? 0.5 : 0.9, isPassed: true, reason: 'because' };
    },
  };
  const given = answer('Paris', {
    question: 'Capital?',
    variables: { context: 'France: Paris', query: 'Which?' },
  });
  const check = async (type: string, more: Partial<AssertionDefinition> = {}) =>
    (await checkAnswer(given, [definition(type, more)], null, judging)).isPassed;
  assert.equal(await check('g-eval', { value: ['short', 'half'] }), true);
  assert.equal(await check('g-eval', { value: ['short', 'half'], threshold: 0.8 }), false);
  assert.equal(await check('not-g-eval', { value: ['half'] }), true);
  assert.equal(await check('model-graded-closedqa', { value: 'is a city' }), true);
  assert.equal(await check('answer-relevance', { threshold: 0.95 }), false);
  assert.equal(await check('context-faithfulness', { threshold: 0.8 }), true);
  assert.equal(await check('context-recall', { value: 'Paris is in France' }), true);
  assert.equal(await check('context-relevance'), true);
  const about = (part: string): string => asked.find(([rubric]) => rubric.includes(part))?.[1] ?? '';
  assert.deepEqual(
    [about('Capital?'), about('supported by this context: France: Paris')],
    ['Paris', 'Paris'],
  );
  assert.deepEqual([about('Paris is in France'), about('Which?')], ['France: Paris', 'France: Paris']);
});

test('of several answers one is chosen, by their scores or by a judge', async () => {
  const scored = (score: number, type = 'contains') => [
    { type, isPassed: score === 1, score, reason: '', weight: 1, metric: null },
    { type: 'latency', isPassed: true, score: 1, reason: '', weight: 1, metric: null },
  ];
  const answers = [0.2, 0.6, 0.6].map((score, index) => ({
    text: `answer ${index}`,
    outcomes: scored(score),
  }));
  const chosen = async (type: string, value?: unknown): Promise<boolean[]> =>
    (await compareAnswers(definition(type, { value }), answers, help)).map(({ isPassed }) => isPassed);
  assert.deepEqual(await chosen('max-score'), [false, true, false]);
  assert.deepEqual(await chosen('not-max-score'), [true, false, true]);
  assert.deepEqual(await chosen('max-score', { threshold: 0.9 }), [false, false, false]);
  assert.deepEqual(await chosen('max-score', { method: 'sum', threshold: 1.5 }), [false, true, false]);
  assert.deepEqual(await chosen('max-score', { weights: { contains: 0 } }), [true, false, false]);
  assert.deepEqual(await chosen('select-best', 'funny'), [false, true, false]);
  for (const nobody of ['contested', 'broken'])
    for (const type of ['select-best', 'not-select-best'])
      assert.deepEqual(await chosen(type, nobody), [false, false, false], `${type} ${nobody}`);
  const [alone] = await compareAnswers(definition('select-best', { value: 'x' }), answers.slice(0, 1), help);
  assert.equal(alone?.isPassed, false);
});

test('what cannot be checked does not hold, not even turned round', async () => {
  assert.equal(await holds(answer('x'), 'llm-rubric', 'broken'), false);
  assert.equal(await holds(answer('x'), 'not-llm-rubric', 'broken'), false);
  assert.equal(await holds(answer('{}'), 'is-json', { type: 'no-such-type' }), false);
  assert.equal(await holds(answer('{}'), 'not-is-json', { type: 'no-such-type' }), false);
  assert.equal(await holds(answer('x'), 'similar', 'long'), false);
  assert.equal(await holds(answer('x'), 'perplexity', undefined, 2), false);
  assert.equal(await holds(answer('x'), 'not-perplexity', undefined, 2), false);
});

test('an unknown cost is not cheap', async () => {
  const unknown = { ...answer('x'), costNanoUsd: null };
  assert.equal(await holds(unknown, 'cost', undefined, 1000), false);
});

test('weights and a threshold decide together; a set is one assertion', async () => {
  const [good, bad] = [definition('contains', { value: 'a' }), definition('contains', { value: 'z' })];
  const verdict = (all: AssertionDefinition[], threshold: number | null) =>
    checkAnswer(answer('a'), all, threshold, help);
  assert.equal((await verdict([good, bad], null)).isPassed, false);
  assert.equal((await verdict([good, bad], 0.5)).isPassed, true);
  assert.equal(
    (
      await verdict(
        [
          { ...good, weight: 1 },
          { ...bad, weight: 3 },
        ],
        0.5,
      )
    ).score,
    0.25,
  );
  assert.equal((await verdict([good, { ...bad, weight: 0 }], null)).isPassed, true);
  assert.equal((await verdict([definition('assert-set', { inner: [good, bad] })], null)).isPassed, false);
  assert.equal(
    (await verdict([definition('assert-set', { inner: [good, bad], threshold: 0.5 })], null)).isPassed,
    true,
  );
});

test('an answer may be so many characters away', async () => {
  const check = async (threshold: number | null, text: string): Promise<boolean> => {
    const all = [definition('levenshtein', { value: 'kitten', threshold })];
    return (await checkAnswer(answer(text), all, null, help)).isPassed;
  };
  assert.equal(await check(null, 'sitting'), true);
  assert.equal(await check(2, 'sitting'), false);
  assert.equal(await check(0, 'kitten'), true);
});
