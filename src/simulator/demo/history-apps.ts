// The applications of the demo's past. A new one is an entry more.

import type { ProtocolName } from '../../core/protocol.ts';

export interface HistoryApp {
  readonly name: string;
  /** Its share of what runs by day, against the others'. */
  readonly weight: number;
  /** Runs once a night instead. */
  readonly nightly: boolean;
  readonly protocol: ProtocolName;
  /** A run takes one of them: what is there twice is taken twice as often. */
  readonly models: readonly string[];
  readonly tags: readonly (string | null)[];
  readonly hasSessions: boolean;
  /** The fewest and the most requests of a run. */
  readonly turns: readonly [number, number];
  /** Tokens of a turn, about. */
  readonly input: number;
  readonly output: number;
  readonly usesPromptCache: boolean;
  readonly systemTokens: number;
  /** Answered by our own cache. */
  readonly cachedShare: number;
  /** Whether the A/B test takes it. */
  readonly isTested: boolean;
}

export const HISTORY_APPS: readonly HistoryApp[] = [
  {
    name: 'claude-code',
    weight: 30,
    nightly: false,
    protocol: 'anthropic',
    models: ['claude-sonnet-4-5', 'claude-sonnet-4-5', 'claude-opus-4-6', 'claude-haiku-4-5'],
    tags: ['team=platform,feature=refactoring', 'team=platform,feature=review', 'team=growth,feature=tests'],
    hasSessions: true,
    turns: [3, 14],
    input: 3200,
    output: 420,
    usesPromptCache: true,
    systemTokens: 14_000,
    cachedShare: 0,
    isTested: false,
  },
  {
    name: 'support-chat',
    weight: 40,
    nightly: false,
    protocol: 'anthropic',
    models: ['claude-sonnet-4-5'],
    tags: ['team=support,feature=chat', 'team=support,feature=refunds'],
    hasSessions: true,
    turns: [1, 6],
    input: 900,
    output: 220,
    usesPromptCache: true,
    systemTokens: 2400,
    cachedShare: 0,
    isTested: true,
  },
  {
    name: 'search',
    weight: 45,
    nightly: false,
    protocol: 'openai',
    models: ['gpt-4o-mini', 'gpt-4o-mini', 'gpt-4o'],
    tags: ['team=growth,feature=search'],
    hasSessions: false,
    turns: [1, 3],
    input: 600,
    output: 90,
    usesPromptCache: false,
    systemTokens: 0,
    cachedShare: 0.3,
    isTested: false,
  },
  {
    name: 'notebook',
    weight: 8,
    nightly: false,
    protocol: 'openai',
    models: ['gpt-4o', 'house-llama-70b'],
    tags: [null],
    hasSessions: true,
    turns: [1, 8],
    input: 1500,
    output: 350,
    usesPromptCache: false,
    systemTokens: 0,
    cachedShare: 0,
    isTested: false,
  },
  {
    name: 'nightly-report',
    weight: 0,
    nightly: true,
    protocol: 'openai',
    models: ['gpt-4o'],
    tags: ['team=finance,feature=report'],
    hasSessions: false,
    turns: [12, 18],
    input: 5200,
    output: 700,
    usesPromptCache: false,
    systemTokens: 0,
    cachedShare: 0,
    isTested: false,
  },
];
