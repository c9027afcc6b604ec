// Answers that are charged by more than their tokens, or by another request than the one that asked.

import {
  type Answer,
  CHAT,
  chat,
  JSON_TYPE,
  type Kind,
  type Made,
  MESSAGES,
  RESPONSES,
} from './answer-parts.ts';

const USAGE = { prompt_tokens: 100, completion_tokens: 20 };
const TOKENS = { inputTokens: 100, outputTokens: 20 };

const document = (
  of: Pick<Answer, 'protocol' | 'path'>,
  body: object,
  read: Partial<Answer> & Pick<Answer, 'usage'>,
): Made => ({
  ...of,
  contentType: JSON_TYPE,
  body: JSON.stringify(body),
  isFinal: true,
  model: null,
  ...read,
});

/** Taken on, and answered by another request: nothing is told here, and it is not nothing. */
const pending = (name: string, body: object, model: string | null, text: string): Kind => [
  `a ticket in place of an answer: ${name}`,
  () => document(CHAT, body, { usage: {}, hasUnpricedParts: true, model, text }),
];

/** What was asked for earlier, as it is fetched. */
const fetched = (name: string, path: string, body: (n: number) => object): Kind => [
  `fetched later: ${name}`,
  (n) =>
    document({ protocol: CHAT.protocol, path }, body(n), {
      method: 'GET',
      usage: TOKENS,
      text: 'Lake',
      model: 'gpt-4o-mini',
    }),
];
const answered = () => ({
  ...chat(0, USAGE),
  choices: [{ message: { content: 'Lake' }, finish_reason: 'stop' }],
});

const item = (name: string, output: object, isUnpriced: boolean): Kind => [
  `a response with ${name}`,
  (n) =>
    document(
      RESPONSES,
      {
        id: 'resp_own',
        object: 'response',
        status: 'completed',
        model: 'gpt-5',
        output: [output],
        usage: { input_tokens: 100 + n, output_tokens: 20 },
      },
      {
        usage: { inputTokens: 100 + n, outputTokens: 20 },
        model: 'gpt-5',
        ...(isUnpriced && { hasUnpricedParts: true }),
      },
    ),
];

/** Searches that the list of what was done leaves out. */
const counted = (name: string, output: readonly object[], webSearches: number): Kind => [
  `a response that counts its searches: ${name}`,
  (n) =>
    document(
      RESPONSES,
      {
        ...{ id: 'resp_own', object: 'response', status: 'completed', model: 'gpt-5', output },
        tool_usage: { image_gen: { input_tokens: 0, output_tokens: 0 }, web_search: { num_requests: 2 } },
        usage: { input_tokens: 100 + n, output_tokens: 20 },
      },
      {
        usage: { inputTokens: 100 + n, outputTokens: 20, webSearches },
        model: 'gpt-5',
        ...(output.length > 0 && { isSum: true }),
        ...(output.includes(opened) && { extra: { pageFetches: 1 } }),
      },
    ),
];
const opened = { type: 'web_search_call', status: 'completed', action: { type: 'open_page' } };
const searched = { type: 'web_search_call', status: 'completed', action: { type: 'search' } };

const spoken = (name: string, details: object, read: Partial<Answer> & Pick<Answer, 'usage'>): Kind => [
  `an answer in sound, ${name}`,
  () =>
    document(
      CHAT,
      {
        ...chat(0, { ...USAGE, ...details }),
        choices: [
          { message: { content: null, audio: { data: 'AAAA', transcript: 'Lake' } }, finish_reason: 'stop' },
        ],
      },
      { text: 'Lake', model: 'gpt-4o-mini', ...read },
    ),
];

const message = (name: string, more: object, isUnpriced: boolean, isSum = true): Kind => [
  `a message, ${name}`,
  (n) =>
    document(
      MESSAGES,
      {
        type: 'message',
        model: 'claude-haiku-4-5',
        content: [],
        stop_reason: 'end_turn',
        ...more,
        usage: {
          input_tokens: 100 + n,
          output_tokens: 20,
          ...('usage' in more ? (more.usage as object) : {}),
        },
      },
      {
        usage: { inputTokens: 100 + n, outputTokens: 20 },
        model: 'claude-haiku-4-5',
        ...(isUnpriced && { hasUnpricedParts: true }),
        ...(isSum && { isSum }),
        ...('usage' in more && { extra: { pageFetches: 1 } }),
      },
    ),
];
const ran = (name: string): object => ({ content: [{ type: 'server_tool_use', id: 's', name, input: {} }] });

/** Lines of results, one of which leaves out what it used. */
const untold = (
  name: string,
  of: Pick<Answer, 'protocol' | 'path'>,
  line: (usage?: object) => object,
): Kind => [
  `batch results, ${name}`,
  () => ({
    ...of,
    method: 'GET',
    contentType: 'application/octet-stream',
    body: [USED, undefined, {}].map((usage) => `${JSON.stringify(line(usage))}\n`).join(''),
    usage: TOKENS,
    isFinal: true,
    hasUnpricedParts: true,
    model: 'm',
  }),
];
const USED = { prompt_tokens: 100, completion_tokens: 20, input_tokens: 100, output_tokens: 20 };

/** An error in the words of a house of its own: it comes in place of an answer. */
const failed = (name: string, body: object, errorCode: string): Kind => [
  `an error inside a good answer: ${name}`,
  () => document(CHAT, body, { usage: {}, isFinal: false, errorCode }),
];

/** Servers that write all of their members each time: the error is there, and says nothing. */
const unsaid = (name: string, of: Pick<Answer, 'protocol' | 'path'>, answer: object): Kind => [
  `an error that says nothing beside ${name}`,
  (n) =>
    document(
      of,
      { ...answer, error: n % 2 === 0 ? {} : { code: null, message: '', type: '' } },
      { usage: TOKENS, text: 'Lake', model: 'gpt-4o-mini' },
    ),
];

export const CHARGES: readonly Kind[] = [
  spoken('that its usage leaves out', {}, { usage: TOKENS, hasUnpricedParts: true }),
  spoken(
    'with its tokens',
    { completion_tokens_details: { audio_tokens: 15 } },
    { usage: { ...TOKENS, outputAudioTokens: 15 } },
  ),
  counted('no call is listed', [], 2),
  counted('a page was opened', [opened], 0),
  counted('one searched, and one opened a page', [searched, opened], 1),
  untold('Anthropic’s', { protocol: MESSAGES.protocol, path: '/v1/messages/batches/b/results' }, (usage) => ({
    custom_id: usage === USED ? 'a' : 'b',
    result: { type: 'succeeded', message: { type: 'message', model: 'm', content: [], usage } },
  })),
  untold('OpenAI’s', { protocol: CHAT.protocol, path: '/v1/files/f/content' }, (usage) => ({
    id: usage === USED ? 'a' : 'b',
    response: { status_code: 200, body: { model: 'm', choices: [{ message: { content: 'x' } }], usage } },
  })),
  failed(
    'Volcengine’s',
    { ResponseMetadata: { Error: { Code: 'InvalidAuthorization' } } },
    'InvalidAuthorization',
  ),
  failed('in camel case', { errorCode: 'Throttled', errorMessage: 'slow down' }, 'Throttled'),
  failed(
    'Apigee’s',
    { fault: { faultstring: 'x', detail: { errorcode: 'policies.Quota' } } },
    'policies.Quota',
  ),
  failed('an empty one, alone', { error: {} }, 'error'),
  unsaid('a chat', CHAT, {
    ...chat(0, USAGE),
    choices: [{ message: { content: 'Lake' }, finish_reason: 'stop' }],
  }),
  unsaid('a message', MESSAGES, {
    ...{ type: 'message', role: 'assistant', model: 'gpt-4o-mini', stop_reason: 'end_turn' },
    ...{ content: [{ type: 'text', text: 'Lake' }], usage: { input_tokens: 100, output_tokens: 20 } },
  }),
  unsaid('a response', RESPONSES, {
    ...{ id: 'resp_own', object: 'response', status: 'completed', model: 'gpt-4o-mini' },
    ...{ output: [{ type: 'message', content: [{ type: 'output_text', text: 'Lake' }] }] },
    usage: { input_tokens: 100, output_tokens: 20 },
  }),
  failed('Tencent’s', { Response: { Error: { Code: 'AuthFailure' } } }, 'AuthFailure'),
  failed('beside data', { code: 500, msg: 'fail', data: { reason: 'x' } }, '500'),
  pending('xAI’s deferred completion', { request_id: 'r-1' }, null, 'r-1'),
  pending(
    'Zhipu’s asynchronous one',
    { id: 'i', model: 'glm-4.7', task_status: 'PROCESSING' },
    'glm-4.7',
    'glm-4.7\nPROCESSING',
  ),
  pending('one that is queued', { requestId: 'r-1', status: 'pending' }, null, 'r-1\npending'),
  fetched('xAI’s deferred completion', '/v1/chat/deferred-completion/r-1', answered),
  fetched('Zhipu’s asynchronous one', '/api/paas/v4/async-result/r-1', () => ({
    ...answered(),
    task_status: 'SUCCESS',
  })),
  fetched('Perplexity’s asynchronous one', '/async/chat/completions/r-1', () => ({
    id: 'r-1',
    model: 'gpt-4o-mini',
    status: 'COMPLETED',
    response: answered(),
  })),
  [
    'xAI, tools that the provider ran and does not name',
    () =>
      document(
        CHAT,
        { ...answered(), usage: { ...USAGE, num_server_side_tools_used: 3 } },
        { usage: TOKENS, text: 'Lake', model: 'gpt-4o-mini', hasUnpricedParts: true },
      ),
  ],
  [
    'Moonshot, a function of its own',
    () =>
      document(
        CHAT,
        {
          ...answered(),
          choices: [
            {
              message: {
                content: 'Lake',
                tool_calls: [
                  { id: 'c', type: 'function', function: { name: '$web_search', arguments: '{"a":1}' } },
                ],
              },
              finish_reason: 'tool_calls',
            },
          ],
        },
        {
          usage: TOKENS,
          text: 'Lake$web_search{"a":1}',
          model: 'gpt-4o-mini',
          hasUnpricedParts: true,
          isSum: true,
        },
      ),
  ],
  ...Object.entries({
    'Zhipu, pages that it found': { web_search: [{ title: 'a', link: 'https://example.com' }] },
    'Volcengine, plugins that ran': { bot_usage: { action_usage: [{ name: 'content_plugin', count: 1 }] } },
    'Qwen, searches': { usage: { ...USAGE, plugins: { search: { count: 1, strategy: 'turbo' } } } },
  }).map(
    ([name, more]): Kind => [
      name,
      () =>
        document(
          CHAT,
          { ...answered(), usage: USAGE, ...more },
          {
            usage: TOKENS,
            text: 'Lake',
            model: 'gpt-4o-mini',
            hasUnpricedParts: true,
            isSum: !name.startsWith('Qwen'),
          },
        ),
    ],
  ),
  [
    'moderation that is charged by its tokens',
    (n) =>
      document(
        { protocol: CHAT.protocol, path: '/v1/chat/moderations' },
        {
          model: 'mistral-moderation-2411',
          results: [{ categories: {} }],
          usage: { prompt_tokens: 50 + n, completion_tokens: 0 },
        },
        { usage: { inputTokens: 50 + n }, model: 'mistral-moderation-2411' },
      ),
  ],
  item('a shell at the client’s', { type: 'shell_call', environment: { type: 'local' } }, false),
  item('a shell in a container', { type: 'shell_call', environment: { type: 'container_reference' } }, true),
  item('a shell that says nothing of where', { type: 'shell_call' }, true),
  item('what a client’s shell said', { type: 'shell_call_output' }, false),
  message('code that ran in a container', ran('bash_code_execution'), true),
  message('a container that it used', { container: { id: 'container_1' } }, true, false),
  message(
    'code that ran beside a fetch, which is free',
    { ...ran('code_execution'), usage: { server_tool_use: { web_fetch_requests: 1 } } },
    false,
  ),
  message('no container', { container: null }, false, false),
];
