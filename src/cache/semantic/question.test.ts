import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeyMaker } from '../cache-key.ts';
import { doubtOf, isQuestion, type NoQuestion, type Question, readQuestion } from './question.ts';

const keys = new KeyMaker(new Uint8Array(32).fill(7));

interface Asking {
  readonly body: Readonly<Record<string, unknown>>;
  readonly endpoint?: string;
  readonly url?: string;
  readonly rawHeaders?: readonly string[];
  readonly embedder?: string;
}

function question(asking: Asking): Question | NoQuestion {
  const {
    body,
    endpoint = 'chat/completions',
    url = 'https://a',
    rawHeaders = [],
    embedder = 'e-1',
  } = asking;
  const text = JSON.stringify(body);
  const audience = { share: 'caller' } as const;
  const key = keys.make({ protocol: 'openai', endpoint, url, rawHeaders, body: text, audience });
  assert.ok(key !== null);
  return readQuestion(keys, key, endpoint, body, embedder);
}

function partition(asking: Asking): string {
  const read = question(asking);
  assert.ok(isQuestion(read), JSON.stringify(read));
  return read.partition;
}

const user = (content: unknown) => ({ role: 'user', content });
const PLAIN = { model: 'm', messages: [user('How big is the Moon?')] };

test('the last user turn is the question, in every endpoint that has one', () => {
  for (const [endpoint, body] of [
    ['chat/completions', PLAIN],
    [
      'messages',
      { model: 'm', max_tokens: 9, messages: [user([{ type: 'text', text: 'How big is the Moon?' }])] },
    ],
    ['responses', { model: 'm', input: 'How big is the Moon?' }],
    [
      'responses',
      {
        model: 'm',
        input: [{ type: 'message', ...user([{ type: 'input_text', text: 'How big is the Moon?' }]) }],
      },
    ],
  ] as const) {
    const read = question({ endpoint, body });
    assert.ok(isQuestion(read), JSON.stringify(read));
    assert.equal(read.text, 'How big is the Moon?');
  }
});

test('the wording of the last turn is not part of the partition', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('How wide is it?', 'how WIDE is it', 'Почему небо синее?', '空はなぜ青いのですか'),
      (text) => {
        assert.equal(partition({ body: { ...PLAIN, messages: [user(text)] } }), partition({ body: PLAIN }));
      },
    ),
  );
});

test('any change in anything else makes another partition', () => {
  const value = fc.oneof(fc.string({ minLength: 1 }), fc.integer(), fc.boolean(), fc.double({ noNaN: true }));
  const earlier = [user('Hello'), { role: 'assistant', content: 'Good day' }];
  const base: Asking = {
    body: {
      ...PLAIN,
      messages: [{ role: 'system', content: 'Be brief.' }, ...earlier, ...PLAIN.messages],
      top_p: 0.5,
    },
    rawHeaders: ['authorization', 'Bearer a', 'openai-organization', 'o'],
  };
  const home = partition(base);
  const bodyWith = (more: object): Asking => ({ ...base, body: { ...base.body, ...more } });
  const changes = fc.oneof(
    value.map((of) => bodyWith({ model: `other ${of}` })),
    fc
      .tuple(
        fc.constantFrom(
          'top_p',
          'seed',
          'n',
          'max_tokens',
          'stop',
          'user',
          'logprobs',
          'response_format',
          'x_new',
        ),
        value,
      )
      .filter(([name, of]) => !(name === 'top_p' && of === 0.5))
      .map(([name, of]) => bodyWith({ [name]: of })),
    fc.constantFrom(0, 0.25, 1).map((temperature) => bodyWith({ temperature })),
    fc.string({ minLength: 1 }).map((credential) => ({
      ...base,
      rawHeaders: ['authorization', `Bearer b${credential.trim()}`, 'openai-organization', 'o'],
    })),
    fc.constant({ ...base, rawHeaders: ['authorization', 'Bearer a', 'openai-organization', 'p'] }),
    fc.webUrl().map((url) => ({ ...base, url })),
    fc.string({ minLength: 1 }).map((embedder) => ({ ...base, embedder: `other ${embedder}` })),
    fc.string().map((text) =>
      bodyWith({
        messages: [{ role: 'system', content: `Be brief.${text}!` }, ...earlier, ...PLAIN.messages],
      }),
    ),
    fc.string().map((text) =>
      bodyWith({
        messages: [
          { role: 'system', content: 'Be brief.' },
          user(`Hello ${text}`),
          earlier[1],
          ...PLAIN.messages,
        ],
      }),
    ),
    fc.constant(bodyWith({ messages: [{ role: 'system', content: 'Be brief.' }, ...PLAIN.messages] })),
    fc.constant(bodyWith({ messages: [...earlier, ...PLAIN.messages] })),
    fc.constant(
      bodyWith({
        messages: [{ role: 'system', content: 'Be brief.' }, earlier[1], earlier[0], ...PLAIN.messages],
      }),
    ),
    fc.string({ minLength: 1 }).map((text) =>
      bodyWith({
        messages: [
          { role: 'system', content: 'Be brief.' },
          ...earlier,
          user([
            { type: 'text', text },
            { type: 'text', text: 'How big is the Moon?' },
          ]),
        ],
      }),
    ),
  );
  fc.assert(
    fc.property(changes, (changed) => {
      const read = question(changed);
      // No question at all is as far apart.
      assert.ok(!isQuestion(read) || read.partition !== home, JSON.stringify(changed));
    }),
    { numRuns: 500 },
  );
});

test('digits that a number cannot hold tell earlier turns apart', () => {
  const body = (digits: string) =>
    `{"model":"m","messages":[{"role":"user","content":"a","n":${digits}},{"role":"user","content":"How big is the Moon?"}]}`;
  const [one, other] = ['10000000000000001', '10000000000000000'].map((digits) => {
    const key = keys.make({
      protocol: 'openai',
      endpoint: 'chat/completions',
      url: '',
      rawHeaders: [],
      body: body(digits),
      audience: { share: 'caller' },
    });
    assert.ok(key !== null);
    const read = readQuestion(keys, key, 'chat/completions', JSON.parse(body(digits)), 'e');
    assert.ok(isQuestion(read));
    return read.partition;
  });
  assert.notEqual(one, other);
});

test('what is more than a text turn of a user has no question', () => {
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } };
  const bodies: readonly (readonly [string, object])[] = [
    ['more than text', { ...PLAIN, tools: [{ type: 'function', function: { name: 'f' } }] }],
    ['more than text', { ...PLAIN, tool_choice: 'auto' }],
    ['more than text', { ...PLAIN, modalities: ['audio'] }],
    ['more than text', { ...PLAIN, messages: [user([image, { type: 'text', text: 'How big is it?' }])] }],
    ['more than text', { ...PLAIN, messages: [user([image]), user('How big is it?')] }],
    ['more than text', { ...PLAIN, messages: [{ role: 'assistant', content: 'How big is it?' }] }],
    ['more than text', { ...PLAIN, messages: [{ ...user('How big is it?'), name: 'Ann' }] }],
    [
      'more than text',
      { ...PLAIN, messages: [{ role: 'tool', tool_call_id: 't', content: '1' }, user('How big is it?')] },
    ],
    ['more than text', { ...PLAIN, messages: [] }],
    ['more than text', { ...PLAIN, messages: 'How big is it?', input: 'How big is it?' }],
    ['temperature', { ...PLAIN, temperature: 1.5 }],
    ['length', { ...PLAIN, messages: [user('word '.repeat(101))] }],
    ['empty', { ...PLAIN, messages: [user(' ?! ')] }],
  ];
  for (const [rule, body] of bodies) {
    const read = question({ body: body as Asking['body'] });
    assert.equal(isQuestion(read) ? 'a question' : read.rule, rule, JSON.stringify(body));
  }
  assert.equal(
    isQuestion(question({ endpoint: 'embeddings', body: { model: 'm', input: 'How big is it?' } })),
    false,
  );
});

test('prompts about time, that point at something, or have code are refused, in many languages', () => {
  const doubtful: Readonly<Record<string, readonly string[]>> = {
    time: [
      'What is the weather today?',
      'Who is the current president of France?',
      'What are the latest news?',
      'How did the market do this week?',
      'Wie ist das Wetter heute?',
      'Was ist die aktuelle Version von Node?',
      'Quel est le dernier film de Nolan ?',
      '¿Quién es el presidente actual?',
      'Qual é o preço do bitcoin hoje?',
      'Какая сегодня погода?',
      'Который сейчас час?',
      '今天天气怎么样?',
      '最新のニュースは何ですか',
      '오늘 날씨 어때?',
      'ما هو الطقس اليوم؟',
      'आज मौसम कैसा है?',
      'Ποιος είναι ο πρωθυπουργός σήμερα;',
      'Bugün hava nasıl?',
    ],
    pointing: [
      'Fix this code',
      'Summarize the above',
      'Translate the following text',
      'What is wrong in that file?',
      'Was macht dieser Code?',
      'Expliquez cette fonction',
      '¿Qué hace este código?',
      'Что делает этот код?',
      '这段代码有什么问题?',
      'このコードを直して',
      'ماذا يفعل هذا الكود؟',
    ],
    code: [
      'What does `ls` do?',
      'Why is i<=n slow in for(;;)?',
      'What does print("x") print?',
      'Explain SELECT name FROM users;',
      'Where is /etc/hosts?',
      'What is https://example.com?',
      'What is my_variable?',
      'if (a == b) { return 1 }',
    ],
  };
  for (const [rule, texts] of Object.entries(doubtful))
    for (const text of texts) assert.equal(doubtOf(text)?.rule, rule, text);
});

test('plain questions are let through, in many languages', () => {
  for (const text of [
    'How do I learn to play the guitar?',
    'What is the capital of France?',
    'Why is the sky blue?',
    'Is 17 a prime number?',
    'Wie lerne ich Gitarre spielen?',
    'Quelle est la capitale de la France ?',
    '¿Cuál es la capital de Francia?',
    'Почему небо голубое?',
    '法国的首都是哪里?',
    'フランスの首都はどこですか',
    '프랑스의 수도는 어디입니까?',
    'ما عاصمة فرنسا؟',
    'फ्रांस की राजधानी क्या है?',
    "What's the difference between a crow and a raven?",
    'How many people live in New York City (USA)?',
  ])
    assert.equal(doubtOf(text), null, `${text}: ${doubtOf(text)?.reason}`);
});
