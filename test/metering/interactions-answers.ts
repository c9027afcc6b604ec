// Answers of Google's Interactions API.

import { openai } from '../../src/protocols/openai/protocol.ts';
import {
  type Answer,
  JSON_TYPE,
  type Kind,
  type Made,
  STREAM_TYPE,
  textOf,
  wordsOf,
} from './answer-parts.ts';

const INTERACTIONS = { protocol: openai, path: '/v1beta/interactions' };
const usage = (n: number, more: object = {}) => ({
  total_input_tokens: 100 + n,
  total_output_tokens: 20,
  total_thought_tokens: 22,
  total_cached_tokens: 0,
  total_tool_use_tokens: 0,
  total_tokens: 142 + n,
  ...more,
});
const TOKENS = (n: number) => ({ inputTokens: 100 + n, outputTokens: 42, reasoningTokens: 22 });
const interaction = (n: number, more: object = {}) => ({
  id: 'v1_own',
  object: 'interaction',
  model: 'gemini-2.5-flash',
  status: 'completed',
  steps: [{ type: 'model_output', content: [{ type: 'text', text: textOf(n) }] }],
  usage: usage(n),
  ...more,
});
const whole = (n: number, more: object, read: Partial<Answer> = {}): Made => ({
  ...INTERACTIONS,
  contentType: JSON_TYPE,
  body: JSON.stringify(interaction(n, more)),
  usage: TOKENS(n),
  isFinal: true,
  text: textOf(n),
  model: 'gemini-2.5-flash',
  ...read,
});
const event = (event_type: string, more: object): string =>
  `event: ${event_type}\ndata: ${JSON.stringify({ event_type, ...more })}\n\n`;
const stream = (n: number, last: readonly string[], read: Partial<Answer>): Made => ({
  ...INTERACTIONS,
  contentType: STREAM_TYPE,
  body: [
    event('interaction.created', {
      interaction: { id: 'v1_own', status: 'in_progress', object: 'interaction', model: 'gemini-2.5-flash' },
    }),
    ...wordsOf(n).map((text) => event('step.delta', { index: 0, delta: { type: 'text', text } })),
    ...last,
  ].join(''),
  usage: {},
  text: textOf(n),
  model: 'gemini-2.5-flash',
  ...read,
});

export const INTERACTION_KINDS: readonly Kind[] = [
  ['an interaction', (n) => whole(n, {})],
  [
    'an interaction that is fetched later',
    (n) => ({ ...whole(n, {}), method: 'GET', path: '/v1beta/interactions/v1_own' }),
  ],
  [
    'an interaction of the older form',
    (n) => whole(n, { steps: undefined, outputs: [{ type: 'text', text: textOf(n) }] }),
  ],
  [
    'an interaction by Vertex AI’s names',
    (n) => whole(n, { usage: { totalInputTokens: 100 + n, totalOutputTokens: 20, totalThoughtTokens: 22 } }),
  ],
  [
    'an interaction that listened, with a cache and pictures',
    (n) =>
      whole(
        n,
        {
          usage: usage(n, {
            total_cached_tokens: 40,
            input_tokens_by_modality: [
              { modality: 'text', tokens: 40 + n },
              { modality: 'audio', tokens: 60 },
            ],
            output_tokens_by_modality: [{ modality: 'image', tokens: 20 }],
          }),
        },
        {
          usage: { ...TOKENS(n), inputTokens: 60 + n, cacheReadTokens: 40, inputAudioTokens: 60 },
          extra: { outputImageTokens: 20 },
        },
      ),
  ],
  [
    'an interaction that searched',
    (n) =>
      whole(
        n,
        { usage: usage(n, { grounding_tool_count: [{ type: 'google_search', count: 2 }] }) },
        { hasUnpricedParts: true },
      ),
  ],
  [
    'an interaction that searched, and does not count it',
    (n) =>
      whole(
        n,
        {
          steps: [
            { type: 'google_search_call', id: 's' },
            { type: 'function_call', id: 'f' },
          ],
        },
        { hasUnpricedParts: true, text: '' },
      ),
  ],
  [
    'an interaction in the background',
    (n) =>
      whole(
        n,
        { status: 'in_progress', usage: undefined, steps: [] },
        { usage: {}, hasUnpricedParts: true, text: '' },
      ),
  ],
  [
    'an interaction, streamed',
    (n) =>
      stream(
        n,
        [
          event('interaction.completed', {
            interaction: { id: 'v1_own', status: 'completed', object: 'interaction', usage: usage(n) },
          }),
          event('done', {}),
        ],
        { usage: TOKENS(n), isFinal: true },
      ),
  ],
  ['an interaction, cut short', (n) => stream(n, [], { isCutShort: true })],
  [
    'an interaction that failed on the way',
    (n) =>
      stream(n, [event('error', { error: { code: 'internal', message: 'x' } })], {
        errorCode: 'internal',
        isCutShort: true,
      }),
  ],
];
