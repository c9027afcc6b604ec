// Streams of Chat Completions.

import {
  alone,
  CHAT,
  chunk,
  events,
  JSON_TYPE,
  type Kind,
  STREAM_TYPE,
  said,
  textOf,
  wordsOf,
} from './answer-parts.ts';

export const CHAT_STREAMS: readonly Kind[] = [
  [
    'chat stream, usage alone',
    (n) => ({
      ...CHAT,
      contentType: STREAM_TYPE,
      body: events(
        ...said(n),
        chunk({}, {}, 'stop'),
        alone({ prompt_tokens: 40 + n, completion_tokens: 6 }),
        '[DONE]',
      ),
      usage: { inputTokens: 40 + n, outputTokens: 6 },
      isFinal: true,
      text: textOf(n),
    }),
  ],
  [
    'chat stream that calls itself text/plain',
    (n) => ({
      ...CHAT,
      contentType: 'text/plain',
      body: events(
        ...said(n),
        chunk({}, {}, 'stop'),
        alone({ prompt_tokens: 40 + n, completion_tokens: 6 }),
        '[DONE]',
      ),
      usage: { inputTokens: 40 + n, outputTokens: 6 },
      isFinal: true,
      text: textOf(n),
    }),
  ],
  [
    'chat stream that calls itself JSON, behind comments',
    (n) => ({
      ...CHAT,
      contentType: JSON_TYPE,
      body: `: PROCESSING\n\n${events(...said(n), chunk({}, {}, 'stop'), alone({ prompt_tokens: 40 + n, completion_tokens: 6 }), '[DONE]')}`,
      usage: { inputTokens: 40 + n, outputTokens: 6 },
      isFinal: true,
      text: textOf(n),
    }),
  ],
  [
    'chat stream with more blanks',
    (n) => ({
      ...CHAT,
      contentType: STREAM_TYPE,
      body: events(
        ...said(n),
        chunk({}, {}, 'stop'),
        alone({ prompt_tokens: 40 + n, completion_tokens: 6 }),
        '[DONE]',
      ).replaceAll('data: ', 'data:   '),
      usage: { inputTokens: 40 + n, outputTokens: 6 },
      isFinal: true,
      text: textOf(n),
    }),
  ],
  [
    'Moonshot, usage in a choice',
    (n) => ({
      ...CHAT,
      contentType: STREAM_TYPE,
      body: events(
        ...said(n),
        chunk({}, { usage: { prompt_tokens: 1402 + n, completion_tokens: 27, cached_tokens: 1280 } }, 'stop'),
        '[DONE]',
      ),
      usage: { inputTokens: 122 + n, cacheReadTokens: 1280, outputTokens: 27 },
      isFinal: true,
      text: textOf(n),
    }),
  ],
  [
    'Groq, usage under x_groq',
    (n) => ({
      ...CHAT,
      contentType: STREAM_TYPE,
      body: events(
        ...said(n),
        { ...chunk({}, {}, 'stop'), x_groq: { usage: { prompt_tokens: 40 + n, completion_tokens: 6 } } },
        '[DONE]',
      ),
      usage: { inputTokens: 40 + n, outputTokens: 6 },
      isFinal: true,
      text: textOf(n),
    }),
  ],
  [
    'running totals, and zeros at the end',
    (n) => ({
      ...CHAT,
      contentType: STREAM_TYPE,
      body: events(
        ...said(n).map((document, index) => ({
          ...document,
          usage: { prompt_tokens: 700 + n, completion_tokens: index + 1 },
        })),
        chunk({}, {}, 'stop'),
        alone({ prompt_tokens: 0, completion_tokens: 0, prompt_tokens_details: null }),
        '[DONE]',
      ),
      usage: { inputTokens: 700 + n, outputTokens: wordsOf(n).length },
      isFinal: true,
      text: textOf(n),
    }),
  ],
  [
    'a placeholder of zeros first',
    (n) => ({
      ...CHAT,
      contentType: STREAM_TYPE,
      body: events(
        {
          ...chunk({ content: textOf(n) }),
          usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
        },
        chunk({}, {}, 'stop'),
        alone({ prompt_tokens: 70 + n, completion_tokens: 9 }),
        '[DONE]',
      ),
      usage: { inputTokens: 70 + n, outputTokens: 9 },
      isFinal: true,
      text: textOf(n),
    }),
  ],
  [
    'a stream without [DONE]',
    (n) => ({
      ...CHAT,
      contentType: STREAM_TYPE,
      body: events(...said(n), chunk({}, {}, 'stop'), alone({ prompt_tokens: 40 + n, completion_tokens: 6 })),
      usage: { inputTokens: 40 + n, outputTokens: 6 },
      isFinal: true,
      text: textOf(n),
    }),
  ],
  [
    'a stream that just ends',
    (n) => ({
      ...CHAT,
      contentType: STREAM_TYPE,
      body: events(...said(n)),
      usage: {},
      isCutShort: true,
      text: textOf(n),
    }),
  ],
  [
    'an error before any word',
    (n) => ({
      ...CHAT,
      contentType: STREAM_TYPE,
      body: events({ id: `gen-${n}`, choices: [], error: { code: 503, message: 'full' } }),
      usage: {},
      isCutShort: true,
      errorCode: '503',
      model: null,
    }),
  ],
  [
    'chat stream without blank lines between its events',
    (n) => ({
      ...CHAT,
      contentType: STREAM_TYPE,
      body: events(
        ...said(n),
        chunk({}, {}, 'stop'),
        alone({ prompt_tokens: 40 + n, completion_tokens: 6 }),
        '[DONE]',
      ).replaceAll('\n\n', '\n'),
      usage: { inputTokens: 40 + n, outputTokens: 6 },
      isFinal: true,
      text: textOf(n),
    }),
  ],
  ...[
    ['event: error\ndata: {"message":"full","code":"503"}\n\n', '503'],
    ['event:error\ndata:{"error":{"message":"full","code":502}}\n\n', '502'],
    ['event: error\ndata: upstream connect error\n\n', 'error'],
  ].map(
    ([body = '', errorCode = '']): Kind => [
      `an event that is named error: ${body}`,
      () => ({
        ...CHAT,
        contentType: STREAM_TYPE,
        body,
        usage: {},
        errorCode,
        isCutShort: true,
        model: null,
      }),
    ],
  ),
  [
    'an event without data that is named error, and a good one behind it',
    (n) => ({
      ...CHAT,
      contentType: STREAM_TYPE,
      body: `event: error\n\n${events(...said(n), chunk({}, {}, 'stop'), alone({ prompt_tokens: 40, completion_tokens: 6 }))}`,
      usage: { inputTokens: 40, outputTokens: 6 },
      isFinal: true,
      text: textOf(n),
    }),
  ],
];
