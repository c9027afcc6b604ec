// All the ways to spell one model. A spelling may lose its provider, its date and its punctuation, never
// a word: `gpt-4o-mini` is no spelling of `gpt-4o`, and `:free` or `-fast` is another product.

export interface ModelName {
  /** Most specific first: the whole name, then without provider, then without date; all folded. */
  readonly spellings: readonly string[];
  /** Catalogue ids of the sellers that the name itself points at; null where it points at none. */
  readonly sellers: readonly string[] | null;
  /** OpenRouter's suffix for the variant that costs nothing. */
  readonly isFreeVariant: boolean;
}

/** Longer than any model's name: what is longer is no name and is not kept. */
export const MODEL_NAME_CHARACTERS_MAX = 300;

const DAY = '(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\\d|3[01])';
const DATE = `20\\d{2}-?${DAY}`;
// A colon before a date is what the answers of `gpt-3.5-turbo-instruct` say (`:20230824-v2`).
const DECORATION = new RegExp(
  `(?:[-@]${DATE}|:${DATE}(?:-v\\d{1,2})?|[-@]latest|@default|-v\\d{1,2}:\\d{1,2}|\\[1m\\])$`,
);
/**
 * What may follow a catalogue prefix and still be the same model: a snapshot's date, number or stage. Clients
 * choose the name, so the repetition is bounded: its parts overlap, and backtracking would double with each.
 */
const SNAPSHOT_PART = `(?:[-@](?:latest|preview|exp|${DATE}|${DAY}|\\d{2}-20\\d{2}|\\d{3,4})|@default|-v\\d{1,2}(?::\\d{1,2})?|:\\d{1,2}|\\[1m\\])`;
const SNAPSHOT_PARTS_MAX = 4;
const SNAPSHOT = new RegExp(`^${SNAPSHOT_PART}{0,${SNAPSHOT_PARTS_MAX}}$`);
const LAST_PART = new RegExp(`${SNAPSHOT_PART}$`);
const REGION = '(?:(?:us|eu|apac|jp|au|in|ca|sa|me|af|us-gov|global)\\.)';
const VENDOR =
  '(?:(?:anthropic|amazon|meta|mistral|cohere|ai21|deepseek|openai|qwen|google|nvidia|writer|minimax|moonshotai?|zai)\\.)';
const BEDROCK_PREFIX = new RegExp(`^(?:${REGION}?${VENDOR})(?=[a-z])`);
const BEDROCK_REGION = new RegExp(`^${REGION}(?=${VENDOR})`);
const BEDROCK_ROUTE = new RegExp(`^(?:${REGION})?(?:${VENDOR})?$`);

/** Path segments that name nobody. */
const NEUTRAL_SEGMENTS = new Set([
  'models',
  'publishers',
  'accounts',
  'deployments',
  // LiteLLM's ways to Bedrock.
  'converse',
  'invoke',
  // Charges what whoever answers for it lists.
  'vercel',
  'vercel_ai_gateway',
]);

/** First path segment → sellers, in the order of their lists. Other segments name unknown sellers. */
const SELLERS: Readonly<Record<string, readonly string[]>> = Object.assign(Object.create(null), {
  anthropic: ['anthropic'],
  openai: ['openai'],
  google: ['google'],
  gemini: ['google'],
  vertex_ai: ['google'],
  'google-vertex': ['google'],
  'x-ai': ['x-ai'],
  xai: ['x-ai'],
  'z-ai': ['zai'],
  zai: ['zai'],
  'zai-org': ['zai'],
  dashscope: ['dashscope'],
  alibaba: ['dashscope'],
  qwen: ['dashscope'],
  zhipuai: ['zhipuai'],
  zhipu: ['zhipuai'],
  deepseek: ['deepseek'],
  'deepseek-ai': ['deepseek'],
  mistral: ['mistral'],
  mistralai: ['mistral'],
  moonshot: ['moonshotai'],
  moonshotai: ['moonshotai'],
  minimax: ['minimax'],
  minimaxai: ['minimax'],
  cohere: ['cohere'],
  perplexity: ['perplexity'],
  voyage: ['voyageai'],
  voyageai: ['voyageai'],
  'arcee-ai': ['arcee'],
  groq: ['groq'],
  together: ['together'],
  together_ai: ['together'],
  fireworks: ['fireworks'],
  fireworks_ai: ['fireworks'],
  openrouter: ['openrouter'],
  azure: ['azure'],
  azure_ai: ['azure'],
  bedrock: ['aws'],
  aws: ['aws'],
  amazon: ['aws'],
  cerebras: ['cerebras'],
  cloudflare: ['cloudflare'],
  '@cf': ['cloudflare'],
  github_copilot: ['github-copilot'],
  'github-copilot': ['github-copilot'],
  novita: ['novita'],
  baseten: ['baseten'],
  avian: ['avian'],
});

/** Of these, who sells what others made. */
const RESELLERS: ReadonlySet<string> = new Set([
  ...[
    'groq',
    'together',
    'fireworks',
    'openrouter',
    'azure',
    'aws',
    'cerebras',
    'cloudflare',
    'github-copilot',
  ],
  ...['novita', 'baseten', 'avian'],
]);

export function readModelName(model: string): ModelName {
  const whole = foldName(model);
  const { paths, sellers } = splitPath(whole);
  const bare = paths.at(-1)!;
  const bedrock = BEDROCK_PREFIX.exec(bare);
  const starts = bedrock === null ? paths : [...paths, bare.slice(bedrock[0].length)];
  const spellings = new Set<string>();
  // By loss of detail: every path with its date goes before any path without.
  for (let level = starts; level.length > 0; level = level.flatMap(undecorated)) {
    for (const name of level) spellings.add(name);
  }
  for (const name of [...spellings]) {
    const reordered = reorderedClaude(name);
    if (reordered !== null) spellings.add(reordered);
  }
  return {
    spellings: [...spellings],
    sellers: sellers ?? (bedrock === null ? null : ['aws']),
    isFreeVariant: whole.endsWith(':free'),
  };
}

/** Case and the dot in a version make no difference: `GLM-4.7` is `glm-4-7`. */
export function foldName(name: string): string {
  return (NOT_PLAIN.test(name) ? plain(name) : name)
    .trim()
    .toLowerCase()
    .replace(/(\d)\.(?=\d)/g, '$1-');
}

const NOT_PLAIN = /[^\x20-\x7e]/;

/** Signs that only look like others, or like nothing, are those that they look like. */
const plain = (name: string): string =>
  name
    .normalize('NFKC')
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .replace(/\p{Pd}/gu, '-');

/** Whether `name` is the model that the catalogue knows by the beginning `prefix`. Both are folded. */
export function isSnapshotOf(name: string, prefix: string): boolean {
  if (!name.startsWith(prefix)) return false;
  const separator = /[-@]$/.test(prefix) ? prefix.slice(-1) : '';
  return SNAPSHOT.test(separator + name.slice(prefix.length));
}

/** The same, where a region or a maker in Amazon Bedrock's spelling may stand before it. */
export function isRoutedSnapshotOf(name: string, part: string): boolean {
  const at = name.indexOf(part);
  return at >= 0 && BEDROCK_ROUTE.test(name.slice(0, at)) && isSnapshotOf(name.slice(at), part);
}

/** The name, and what it is without its snapshot's date, number or stage, one part less each time. */
export function withoutSnapshots(name: string): readonly string[] {
  const names = [name];
  for (let parts = 0; parts < SNAPSHOT_PARTS_MAX; parts += 1) {
    const last = names.at(-1) as string;
    const shorter = last.replace(LAST_PART, '');
    if (shorter === last || shorter === '') break;
    names.push(shorter);
  }
  return names;
}

/** Amazon Bedrock's name without its region, and without its maker; the name itself where it is no such name. */
export function withoutBedrockRoute(name: string): readonly string[] {
  return [name.replace(BEDROCK_REGION, ''), name.replace(BEDROCK_PREFIX, '')];
}

/** `claude-4.5-sonnet` is how some sell `claude-sonnet-4.5`. Null for another name. */
export function reorderedClaude(name: string): string | null {
  const found = /^claude-(\d+(?:-\d)?)-(opus|sonnet|haiku|fable)(?=$|[-@])/.exec(name);
  return found === null ? null : `claude-${found[2]}-${found[1]}${name.slice(found[0].length)}`;
}

/** Whether a name's first segment is that of a model's maker, and of no cloud or reseller. */
export function namesMaker(segment: string): boolean {
  const [seller] = SELLERS[segment] ?? [];
  return seller !== undefined && !RESELLERS.has(seller) && !/vertex/.test(segment);
}

/** Agents' libraries write a seller before a colon: `openai:gpt-4o`. The name itself where none stands there. */
export function withoutSellerBefore(name: string): string {
  const colon = name.indexOf(':');
  return colon > 0 && SELLERS[name.slice(0, colon)] !== undefined ? name.slice(colon + 1) : name;
}

/** Google moves these from model to model: what they cost is the price of none. */
const MOVING = /^gemini-(?:pro|flash|flash-lite)-latest$/;

function undecorated(name: string): string[] {
  if (MOVING.test(name)) return [];
  const shorter = name.replace(DECORATION, '');
  return shorter === name || shorter === '' ? [] : [shorter];
}

/** A fine-tuned model, and what it is of. */
const FINE_TUNED = /^(ft:[^:]+):/;

/** The name with fewer and fewer leading segments, as far as they are known to name a seller. */
function splitPath(whole: string): { paths: string[]; sellers: readonly string[] | null } {
  // Also of its clouds for China and for governments.
  if (/^arn:aws[\w-]*:bedrock:/.test(whole)) {
    return { paths: [whole, whole.slice(whole.lastIndexOf('/') + 1)], sellers: ['aws'] };
  }
  const fineTuned = FINE_TUNED.exec(whole)?.[1];
  if (fineTuned !== undefined) return { paths: [whole, fineTuned], sellers: ['openai'] };
  const behind = withoutSellerBefore(whole);
  if (behind !== whole) {
    const { paths, sellers } = splitPath(behind);
    return { paths: [whole, ...paths], sellers: SELLERS[whole.slice(0, -behind.length - 1)] ?? sellers };
  }
  const paths = [whole];
  let sellers: readonly string[] | null = null;
  let rest = whole;
  for (let slash = rest.indexOf('/'); slash > 0; slash = rest.indexOf('/')) {
    const segment = rest.slice(0, slash);
    const named = SELLERS[segment];
    if (named === undefined && !NEUTRAL_SEGMENTS.has(segment)) {
      // A name of someone else's making: only a list that has it whole can price it.
      return { paths, sellers: sellers ?? [] };
    }
    sellers ??= named ?? null;
    rest = rest.slice(slash + 1);
    // Amazon's own models by the name that gateways give them: `amazon/nova-pro-v1`.
    paths.push(...(segment === 'amazon' ? [`amazon.${rest}`, rest] : [rest]));
    const tuned = FINE_TUNED.exec(rest)?.[1];
    if (tuned !== undefined) return { paths: [...paths, tuned], sellers: sellers ?? ['openai'] };
  }
  return { paths, sellers };
}
