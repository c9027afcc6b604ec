// Answers of Vercel's AI Gateway, which says beside an answer what it has taken for it (`gateway.cost`, in a text: "the
// amount debited from your AI Gateway Credits balance"), and what that is worth at the maker's (`marketCost`).

import {
  CHAT,
  chunk,
  events,
  JSON_TYPE,
  type Kind,
  RESPONSES,
  STREAM_TYPE,
  said,
  textOf,
  whole,
} from './answer-parts.ts';

const USAGE = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 };
const TOKENS = { inputTokens: 100, outputTokens: 20 };
const told = (cost: string, marketCost = '0.0045405') => ({
  openai: { responseId: 'resp_own' },
  gateway: {
    routing: { finalProvider: 'openai', planningReasoning: 'System credentials planned for: openai.' },
    cost,
    marketCost,
    generationId: 'gen_own',
  },
});

/** llama.cpp's: what it had in its cache, what it read beside that, and what it wrote. */
const timings = (n: number) => ({
  cache_n: 40,
  prompt_n: 60 + n,
  prompt_ms: 30.9,
  predicted_n: 20,
  predicted_ms: 9,
});
const timed = (n: number) => ({ inputTokens: 60 + n, cacheReadTokens: 40, outputTokens: 20 });

/** Servers whose figures stand among their timings, where no usage was asked for. */
export const TIMED: readonly Kind[] = [
  [
    'llama.cpp’s timings, a whole answer',
    (n) => {
      const answer = whole(n, undefined, { usage: timed(n) });
      return {
        ...answer,
        body: JSON.stringify({ ...JSON.parse(answer.body as string), timings: timings(n) }),
      };
    },
  ],
  [
    'llama.cpp’s timings, a stream that tells them with each chunk',
    (n) => ({
      ...CHAT,
      contentType: STREAM_TYPE,
      body: events(
        ...said(n).map((piece, at) => ({ ...piece, timings: { ...timings(n), predicted_n: at } })),
        { ...chunk({}, {}, 'stop'), timings: timings(n) },
        '[DONE]',
      ),
      isFinal: true,
      text: textOf(n),
      usage: timed(n),
    }),
  ],
  [
    'llama.cpp’s timings beside a usage, which goes before them',
    (n) => {
      const answer = whole(n, USAGE, { usage: TOKENS });
      return {
        ...answer,
        body: JSON.stringify({ ...JSON.parse(answer.body as string), timings: timings(n) }),
      };
    },
  ],
];

export const GATEWAYS: readonly Kind[] = [
  [
    'Vercel’s gateway, a whole answer',
    (n) => {
      const answer = whole(n, USAGE, { usage: TOKENS, reportedNanoUsd: 4_540_500, isCharge: true });
      const document = JSON.parse(answer.body as string);
      document.choices[0].message.provider_metadata = told('0.0045405');
      return { ...answer, body: JSON.stringify(document) };
    },
  ],
  [
    'Vercel’s gateway, a stream',
    (n) => ({
      ...CHAT,
      contentType: STREAM_TYPE,
      body: events(
        ...said(n),
        { ...chunk({ provider_metadata: told('0.0042') }, {}, 'stop'), usage: USAGE },
        '[DONE]',
      ),
      isFinal: true,
      text: textOf(n),
      usage: TOKENS,
      reportedNanoUsd: 4_200_000,
      isCharge: true,
    }),
  ],
  [
    'Vercel’s gateway, which took nothing: somebody else charges',
    (n) => {
      const answer = whole(n, USAGE, { usage: TOKENS, reportedNanoUsd: 4_540_500 });
      const document = JSON.parse(answer.body as string);
      document.choices[0].message.provider_metadata = told('0');
      return { ...answer, body: JSON.stringify(document) };
    },
  ],
  [
    'Vercel’s gateway, a response',
    (n) => ({
      ...RESPONSES,
      contentType: JSON_TYPE,
      body: JSON.stringify({
        id: 'resp_own',
        object: 'response',
        status: 'completed',
        model: 'gpt-4o-mini',
        output: [{ type: 'message', content: [{ type: 'output_text', text: textOf(n) }] }],
        usage: { input_tokens: 100, output_tokens: 20, total_tokens: 120 },
        provider_metadata: told('0.0001'),
      }),
      isFinal: true,
      text: textOf(n),
      usage: TOKENS,
      reportedNanoUsd: 100_000,
      isCharge: true,
    }),
  ],
];
