// The applications of the demo: which models they ask, how they identify themselves, what their requests
// look like. A new application is one more entry in APPS.

import { write } from '../prose.ts';
import { hexId, type Random } from '../random.ts';

export interface PlannedRequest {
  readonly app: string;
  /** Path at the proxy: `/anthropic/v1/messages`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The client goes away after so long; null: it stays. */
  readonly abortAfterMs: number | null;
}

interface DemoApp {
  readonly name: string;
  /** Its share of the traffic, against the others'. */
  readonly weight: number;
  readonly plan: (random: Random, sessions: Sessions) => Omit<PlannedRequest, 'app' | 'abortAfterMs'>;
}

/** A session is one conversation: its turns come one after another. */
export interface Session {
  readonly id: string;
  turns: number;
}

/** A few open conversations for each application; a long one makes room for a new one. */
export class Sessions {
  readonly #open = new Map<string, Session[]>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  next(app: string): Session {
    const open = (this.#open.get(app) ?? []).filter((session) => session.turns < TURNS_MAX);
    while (open.length < SESSIONS_PER_APP) open.push({ id: uuid(this.#random), turns: 0 });
    this.#open.set(app, open);
    const session = this.#random.pick(open);
    session.turns += 1;
    return session;
  }
}

const TURNS_MAX = 8;
const SESSIONS_PER_APP = 3;
const SYSTEM_TOKENS = 2400;
const ABORT_SHARE = 0.03;
const BREAK_SHARE = 0.01;
const QUESTIONS = [
  'Why does the importer skip the last line of the file?',
  'Please rename this function and its callers.',
  'Summarise the incident of last night in three sentences.',
  'Which index would help the slow query on the orders table?',
  'Translate the release notes into German.',
  'My invoice shows the wrong address. What can I do?',
  'Write a test for the empty list.',
  'Explain how the retry loop decides to give up.',
  'Compare both plans and recommend one.',
  'Use a tool to look at the current status.',
];
const LOOKUP_SCHEMA = {
  type: 'object',
  properties: { place: { type: 'string' }, depth: { type: 'integer' } },
  required: ['place'],
};

const APPS: readonly DemoApp[] = [
  {
    name: 'claude-code',
    weight: 30,
    plan: (random, sessions) => {
      const { id, turns } = sessions.next('claude-code');
      return anthropic(
        {
          model: random.pick([
            'claude-opus-4-6',
            'claude-sonnet-4-5',
            'claude-sonnet-4-5',
            'claude-haiku-4-5',
          ]),
          max_tokens: 4096,
          stream: random.next() < 0.9,
          system: [cachedBlock(write(SYSTEM_TOKENS, 'coding agent', random), '1h')],
          tools: [{ name: 'read_file', description: 'Reads a file', input_schema: LOOKUP_SCHEMA }],
          messages: conversation(turns, random, (text) => [cachedBlock(text, '5m')]),
          metadata: { user_id: `user_demo_account__session_${id}` },
        },
        { 'user-agent': 'claude-cli/2.1.4 (external, cli)' },
      );
    },
  },
  {
    name: 'support-chat',
    weight: 22,
    plan: (random, sessions) => {
      const { id, turns } = sessions.next('support-chat');
      const own = {
        'x-tokenwatch-app': 'support-chat',
        'x-tokenwatch-tag': 'support',
        'x-tokenwatch-session': id,
      };
      const messages = conversation(turns, random, (text) => text);
      return random.next() < 0.5
        ? anthropic({ model: 'claude-haiku-4-5', max_tokens: 600, stream: true, messages }, own)
        : chat({ model: 'gpt-4o-mini', stream: true, messages }, own);
    },
  },
  {
    name: 'openai-python',
    weight: 18,
    plan: (random) => {
      const own = {
        'user-agent': 'OpenAI/Python 2.8.1',
        'x-tokenwatch-tag': random.pick(['reports', 'search']),
      };
      if (random.next() < 0.35) {
        const input = Array.from({ length: random.between(1, 6) }, () =>
          write(120, random.pick(QUESTIONS), random),
        );
        return openai('embeddings', { model: 'text-embedding-3-small', input }, own);
      }
      const stream = random.next() < 0.4;
      const messages = conversation(1, random, (text) => text);
      return chat({ model: random.pick(['gpt-4o', 'gpt-4o-mini']), stream, messages }, own);
    },
  },
  {
    name: 'ai-sdk',
    weight: 12,
    plan: (random, sessions) => {
      const { id } = sessions.next('ai-sdk');
      const own = { 'user-agent': 'ai-sdk/openai/4.0.118 runtime/node.js/26', 'x-tokenwatch-session': id };
      const input = [{ role: 'user', content: [{ type: 'input_text', text: random.pick(QUESTIONS) }] }];
      const body = { model: 'gpt-5-mini', input, stream: random.next() < 0.6, prompt_cache_key: id };
      return openai('responses', body, own);
    },
  },
  {
    name: 'opencode',
    weight: 12,
    plan: (random, sessions) => {
      const { id, turns } = sessions.next('opencode');
      const messages = conversation(turns, random, (text) => text);
      const own = {
        'user-agent': 'opencode/1.18.0',
        'x-tokenwatch-session': id,
        'x-tokenwatch-tag': 'internal',
      };
      const tools = [{ type: 'function', function: { name: 'grep', parameters: LOOKUP_SCHEMA } }];
      const model = random.pick(['glm-4.7', 'glm-4.7', 'glm-4.7-flash']);
      return chat({ model, stream: true, messages, tools }, own);
    },
  },
  {
    name: 'nightly-report',
    weight: 6,
    plan: (random) => {
      const own = { 'x-tokenwatch-app': 'nightly-report', 'x-tokenwatch-tag': 'nightly' };
      const messages = conversation(1, random, (text) => text);
      return chat({ model: 'house-llama-70b', stream: false, messages }, own);
    },
  },
];

export function planRequest(random: Random, sessions: Sessions): PlannedRequest {
  const total = APPS.reduce((sum, app) => sum + app.weight, 0);
  let ticket = random.next() * total;
  const app = APPS.find((candidate) => {
    ticket -= candidate.weight;
    return ticket < 0;
  });
  if (app === undefined) throw new RangeError('the weights of the applications do not add up');
  const planned = app.plan(random, sessions);
  const breaks = random.next() < BREAK_SHARE;
  return {
    app: app.name,
    ...planned,
    headers: { ...planned.headers, ...(breaks && { 'x-simulate': 'break-after=6' }) },
    abortAfterMs: random.next() < ABORT_SHARE ? random.between(300, 1500) : null,
  };
}

type Plan = ReturnType<DemoApp['plan']>;

function anthropic(body: object, headers: Record<string, string>): Plan {
  const own = { 'anthropic-version': '2023-06-01', 'x-api-key': 'demo', ...headers };
  return request('/anthropic/v1/messages', body, own);
}

function chat(body: object, headers: Record<string, string>): Plan {
  return openai('chat/completions', body, headers);
}

function openai(operation: string, body: object, headers: Record<string, string>): Plan {
  return request(`/openai/v1/${operation}`, body, { authorization: 'Bearer demo', ...headers });
}

function request(path: string, body: object, headers: Record<string, string>): Plan {
  return { path, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

function conversation(
  turns: number,
  random: Random,
  lastContent: (text: string) => unknown,
): readonly object[] {
  const earlier = Array.from({ length: turns - 1 }, () => {
    const question = random.pick(QUESTIONS);
    return [
      { role: 'user', content: question },
      { role: 'assistant', content: write(80, question, random) },
    ];
  });
  return [...earlier.flat(), { role: 'user', content: lastContent(random.pick(QUESTIONS)) }];
}

function cachedBlock(text: string, ttl: '5m' | '1h'): object {
  return { type: 'text', text, cache_control: { type: 'ephemeral', ttl } };
}

function uuid(random: Random): string {
  const digits = hexId('', 32, random);
  return digits.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5');
}
