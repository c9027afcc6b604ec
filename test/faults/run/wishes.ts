// What a client of a fault run asks for, drawn by chance.

import { BEHAVIOURS } from './behaviours.ts';
import type { Chance } from './chance.ts';
import type { Kind } from './evidence.ts';

const WORDS_MAX = 40;
const SHARED_PROMPTS = 12;
const OUTPUT_TOKENS_MAX = 64;
const CALLERS = ['caller-a', 'caller-b', 'caller-c'];
export const WELL: ReadonlySet<string> = new Set(['well', 'gzip', 'trickle', 'hold']);
/** What leaves no doubt about the bill: a stream that breaks off is billed by its provider and estimated here. */
const CERTAIN = [
  'well',
  'well',
  'gzip',
  'trickle',
  'refuse',
  'overload',
  'fail',
  'reset',
  'hangup',
  'nonsense',
];
/** How often each comes: what takes megabytes or seconds would else be all that a run does. */
const WEIGHTS: Readonly<Record<string, number>> = {
  bomb: 1,
  blankLines: 4,
  endlessHead: 4,
  silence: 4,
  silentStream: 4,
};
const WEIGHT_OF_OTHERS = 20;
const FAULTS = Object.keys(BEHAVIOURS)
  .filter((name) => !WELL.has(name))
  .flatMap((name) => Array<string>(WEIGHTS[name] ?? WEIGHT_OF_OTHERS).fill(name));
/** Of the A/B test that `routed` requests are in: the asked model, and the other one. */
export const ROUTED = { app: 'routed', tag: 'team=routed', modelA: 'gpt-4o-mini', modelB: 'gpt-4.1-nano' };

export interface Wish {
  readonly key: string;
  readonly prompt: string;
  readonly kind: Kind;
  readonly app: string;
  readonly behaviour: string;
  readonly isChat: boolean;
  readonly isStream: boolean;
  readonly words: number;
  readonly caller: string;
  readonly leaves: boolean;
  readonly dawdles: boolean;
}

/** The `number`-th request of a run. */
export function wishOf(number: number, chance: Chance, limitedApp: string): Wish {
  const kind = kindOf(chance.next());
  const isFaulty = chance.next() < 0.35;
  const behaviour =
    kind === 'limited'
      ? chance.oneOf(CERTAIN)
      : kind === 'plain' && isFaulty
        ? chance.oneOf(FAULTS)
        : chance.oneOf(['well', 'well', 'well', 'gzip', 'trickle']);
  const isShared = kind === 'cached';
  const prompt = isShared ? `shared-${chance.from(1, SHARED_PROMPTS)}` : `own-${number}`;
  return {
    key: `key-${number}`,
    prompt,
    kind,
    app: kind === 'limited' ? limitedApp : kind === 'routed' ? ROUTED.app : 'free',
    behaviour: isShared ? 'well' : behaviour,
    isChat: kind === 'routed' || (!isShared && chance.next() < 0.4),
    isStream: !isShared && (behaviour === 'trickle' || (behaviour !== 'gzip' && chance.next() < 0.5)),
    words: isShared ? 9 : chance.from(1, WORDS_MAX),
    caller: chance.oneOf(CALLERS),
    leaves: kind === 'plain' && chance.next() < 0.04,
    dawdles: chance.next() < 0.03,
  };
}

function kindOf(dice: number): Kind {
  if (dice < 0.25) return 'limited';
  if (dice < 0.35) return 'cached';
  if (dice < 0.4) return 'unpriced';
  return dice < 0.43 ? 'routed' : 'plain';
}

/** One that is kept open until all are. */
export function streamWish(index: number): Wish {
  return {
    key: `stream-${index}`,
    prompt: `stream-${index}`,
    kind: 'plain',
    app: 'free',
    behaviour: 'hold',
    isChat: false,
    isStream: true,
    words: 3,
    caller: 'caller-a',
    leaves: false,
    dawdles: false,
  };
}

export function bodyOf(wish: Wish, model = modelOf(wish)): string {
  const { prompt, behaviour, words, isChat, isStream } = wish;
  return JSON.stringify({
    model,
    max_tokens: OUTPUT_TOKENS_MAX,
    ...(isStream && { stream: true }),
    ...(isStream && isChat && { stream_options: { include_usage: true } }),
    messages: [{ role: 'user', content: `[fault ${prompt} ${behaviour} ${words}]` }],
  });
}

function modelOf({ kind, isChat }: Wish): string {
  if (kind === 'unpriced') return 'nobody-knows-this-model';
  return isChat ? ROUTED.modelA : 'claude-haiku-4-5';
}
