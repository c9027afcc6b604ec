// What is answered from the cache, and how similar a prompt may be.

import { API_KEY, BYTES, called, DURATION, formOf, LIFETIME, matching, parseShare, SWITCH } from './forms.ts';
import { group, setting } from './setting.ts';

const PACE = formOf('events per second (500), or instant', parsePace);
const DISTANCE = formOf('a cosine distance from 0 to 0.5', (text) => parseShare(text, 0, 0.5));
const SHARE = formOf('a share such as 0.02 or 2%', (text) => parseShare(text, 0, 1));
const ERROR_SHARE = formOf('a share from 0.1% to 50%', (text) => parseShare(text, 0.001, 0.5));
const EMBEDDER = matching(
  'off, local, transformers:MODEL, endpoint:URL#MODEL, oracle or oracle:MODEL',
  /^(?:off|local|transformers:\S.*|endpoint:https?:\/\/\S+#\S+|oracle(?::[\w$#.]+)?)$/,
);
const JUDGE_MODEL = matching('openai:MODEL or anthropic:MODEL', /^(?:(?:openai|anthropic):\S+)?$/);

export const CACHE = group('Cache', {
  TOKENWATCH_CACHE_ENABLED: setting(SWITCH, 'false', 'whether repeated prompts are answered from the cache'),
  TOKENWATCH_CACHE_TTL: setting(
    LIFETIME,
    '86400',
    'how long an answer is kept; `X-TokenWatch-Cache-TTL` overrides it for a request',
  ),
  TOKENWATCH_CACHE_MEMORY: setting(
    BYTES,
    '64M',
    'how much of the cache is held in memory; the answers used last',
  ),
  TOKENWATCH_CACHE_STORE: setting(
    BYTES,
    '1G',
    'how much the cache takes in the database; the longest unused goes first',
  ),
  TOKENWATCH_CACHE_REPLAY_PACE: setting(
    PACE,
    '500',
    'how fast a stored answer is streamed; a long one goes faster, to end within a second',
  ),
  TOKENWATCH_CACHE_LOOKUP_TIMEOUT: setting(
    DURATION,
    '50ms',
    'a look into the cache that takes longer is a miss; the search for similar prompts as a whole, too',
  ),
  TOKENWATCH_CACHE_EMBEDDER: setting(
    called(EMBEDDER),
    'local',
    'what finds similar prompts; off answers only identical ones',
  ),
  TOKENWATCH_CACHE_EMBEDDER_KEY: setting(
    API_KEY,
    '',
    'the key for `endpoint`; keys of clients are never sent there',
  ),
  TOKENWATCH_CACHE_SIMILARITY_THRESHOLD: setting(
    DISTANCE,
    '0.05',
    'how far apart two prompts may be; lower is stricter, and guards refuse much of what is near',
  ),
  TOKENWATCH_CACHE_SHADOW_RATE: setting(
    SHARE,
    '2%',
    'how many answers to similar prompts are checked: the upstream is asked all the same; 0 checks none',
  ),
  TOKENWATCH_CACHE_MAX_ERROR: setting(
    ERROR_SHARE,
    '1%',
    'how many answers to similar prompts may be wrong before the cache gets stricter by itself',
  ),
  TOKENWATCH_CACHE_JUDGE_MODEL: setting(
    JUDGE_MODEL,
    '',
    'a model that says whether two answers agree, where their texts differ; its cost is recorded',
  ),
  TOKENWATCH_CACHE_JUDGE_KEY: setting(API_KEY, '', "the key for the judge model's requests"),
  TOKENWATCH_CACHE_INDEX: setting(
    BYTES,
    '64M',
    'how much of the prompts that can be found by similarity is held in memory',
  ),
});

/** Infinity for `instant`. */
function parsePace(text: string): number | undefined {
  if (text.toLowerCase() === 'instant') return Number.POSITIVE_INFINITY;
  return /^[1-9]\d{0,5}$/.test(text) ? Number(text) : undefined;
}
