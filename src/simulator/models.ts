// What the simulated provider knows of each model: its full name, its pace, whether it reasons.

export interface ModelProfile {
  /** The name that answers carry: providers resolve aliases to dated names. */
  readonly answersAs: string;
  readonly owner: 'anthropic' | 'openai' | 'zai';
  /** Typical time to the first token. */
  readonly firstTokenMs: number;
  readonly tokensPerSecond: number;
  readonly reasons: boolean;
}

type Row = readonly [
  name: string,
  answersAs: string,
  owner: ModelProfile['owner'],
  firstTokenMs: number,
  tokensPerSecond: number,
];

const ROWS: readonly Row[] = [
  ['claude-opus-4-6', 'claude-opus-4-6', 'anthropic', 900, 70],
  ['claude-sonnet-4-5', 'claude-sonnet-4-5-20250929', 'anthropic', 600, 90],
  ['claude-haiku-4-5', 'claude-haiku-4-5-20251001', 'anthropic', 300, 180],
  ['gpt-4o', 'gpt-4o-2024-08-06', 'openai', 400, 110],
  ['gpt-4o-mini', 'gpt-4o-mini-2024-07-18', 'openai', 300, 150],
  ['o4-mini', 'o4-mini-2025-04-16', 'openai', 1200, 140],
  ['gpt-5', 'gpt-5-2025-08-07', 'openai', 1100, 100],
  ['gpt-5-mini', 'gpt-5-mini-2025-08-07', 'openai', 700, 150],
  ['gpt-3.5-turbo-instruct', 'gpt-3.5-turbo-instruct', 'openai', 250, 120],
  ['text-embedding-3-small', 'text-embedding-3-small', 'openai', 80, 100_000],
  ['text-embedding-3-large', 'text-embedding-3-large', 'openai', 120, 100_000],
  ['glm-4.7', 'glm-4.7', 'zai', 500, 100],
  ['glm-4.7-flash', 'glm-4.7-flash', 'zai', 250, 200],
];

const PROFILES: ReadonlyMap<string, ModelProfile> = new Map(
  ROWS.map(([name, answersAs, owner, firstTokenMs, tokensPerSecond]) => [
    name,
    { answersAs, owner, firstTokenMs, tokensPerSecond, reasons: isReasoningName(name) },
  ]),
);

/** The profile of a model; unknown names are served too, under their own name. */
export function modelProfile(name: string): ModelProfile {
  const known = PROFILES.get(name);
  if (known !== undefined) return known;
  const owner = name.startsWith('claude') ? 'anthropic' : 'openai';
  return { answersAs: name, owner, firstTokenMs: 500, tokensPerSecond: 100, reasons: isReasoningName(name) };
}

/** Names for the `models` lists. */
export function modelNames(owner: 'anthropic' | 'openai'): readonly string[] {
  return [...PROFILES.values()]
    .filter((profile) => (profile.owner === 'anthropic') === (owner === 'anthropic'))
    .map((profile) => profile.answersAs);
}

function isReasoningName(name: string): boolean {
  return /^(?:o\d|gpt-5)/.test(name);
}
