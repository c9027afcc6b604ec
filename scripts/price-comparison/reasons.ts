// Why we keep our price where the other list has another.

import type { Disagreement } from './compare.ts';

/** Models (all for `*`), what is priced, the reason. */
const REASONS: readonly (readonly [models: string, what: string, reason: string])[] = [
  [
    'gpt-4o-transcribe gpt-4o-mini-transcribe',
    'audio input',
    "OpenAI's page prices audio tokens apart from text tokens; theirs has the text price for both.",
  ],
  [
    'gpt-4o-transcribe gpt-4o-mini-transcribe',
    'sound per minute',
    'OpenAI charges these by the token; its price per minute is an estimate.',
  ],
  [
    'gpt-4o-mini-tts',
    'output',
    'It answers in sound alone, which has its price; text output does not occur.',
  ],
  [
    'text-embedding-3-small text-embedding-3-large text-embedding-ada-002 gemini-embedding-001',
    'output',
    'Embeddings have no output: what would come as such is not known to be free.',
  ],
  [
    'glm-4.6 glm-4.7 glm-5 glm-5-code glm-5.1 glm-5.2 glm-5.3 glm-5.3-flash deepseek-chat deepseek-v4-flash deepseek-v4-pro',
    'cache write',
    'The seller lists no price for writes, so they are plain input; theirs charges them beside the input, as nothing.',
  ],
  [
    'glm-4.7-flash',
    '*',
    'Z.ai gives it away to its own accounts; what is not certain to be free is not free here (the list "spec").',
  ],
  [
    'deepseek-v4-flash deepseek-v4-pro',
    'input, output, cache read',
    'Ours is the price of this hour; theirs that of the peak hours at all times.',
  ],
];

export function reasonFor(model: string, what: string): string | null {
  return REASONS.find((row) => fits(row, model, what))?.[2] ?? null;
}

/** Reasons for which there is no disagreement any more. */
export function unusedReasons(disagreements: readonly Disagreement[]): readonly string[] {
  return REASONS.filter((row) => !disagreements.some(({ model, what }) => fits(row, model, what))).map(
    ([models, what]) => `${models}, ${what}`,
  );
}

function fits([models, classes]: (typeof REASONS)[number], model: string, what: string): boolean {
  return models.split(' ').includes(model) && (classes === '*' || classes.split(', ').includes(what));
}
