// Which spellings of a model a scope means: `gpt-4o` is `GPT-4o`, `openai/gpt-4o`, `gpt-4o-2024-08-06` and a fine-tune of
// it, in a budget and in a kill switch, and never `gpt-4o-mini`. A scope is as specific as it is written: one with a date
// means that snapshot, one that names a cloud or a reseller means the model there.

import { globTest } from './glob.ts';
import {
  foldName,
  MODEL_NAME_CHARACTERS_MAX,
  namesMaker,
  reorderedClaude,
  withoutBedrockRoute,
  withoutSellerBefore,
  withoutSnapshots,
} from './model-name.ts';
import { MODEL_CHARACTERS_MAX, storedName } from './stored-name.ts';

/** A model's names, in each of which a scope may mean it. */
export interface ModelNames {
  /** As it is written. */
  readonly written: string;
  /** As records and scopes keep it. */
  readonly stored: string;
  /** Folded: a dot in a version is a dash. */
  readonly dashed: ReadonlySet<string>;
  /** The other way round, for patterns: in `gpt-4-*` and `gpt-4.*` the sign tells two families apart. */
  readonly dotted: ReadonlySet<string>;
  /** It says nothing about which model answers. */
  readonly isAny: boolean;
  /** Whose newest model it means, whichever that is: `claude-opus`. Null for a name that stays with its model. */
  readonly family: string | null;
}

/** Names that stand for a choice which somebody else makes, or for what was given a number. */
const OPAQUE =
  /(?:^|\/)arn:aws[\w-]*:sagemaker:|(?:^|\/)openrouter\/(?:auto|fusion|pareto|bodybuilder|free)\b|@preset\/|(?:^|\/)model-router(?:-20\d\d|$)/i;
/** At Bedrock, such names say what they stand for behind this, somewhere. */
const AT_BEDROCK = /(?:^|\/)arn:aws[\w-]*:bedrock:/i;
const OPAQUE_AT_BEDROCK =
  /application-inference-profile|provisioned-model|custom-model|imported-model|prompt/i;
/** OpenRouter, Google, xAI and others move these from model to model of a family; a version in the name says which it is. */
const MOVING = /^([a-z][a-z-]*[a-z])-latest$/;
/** OpenRouter's variants of a model, and Ollama's word for the usual one. */
const VARIANT = /(?::(?:free|nitro|floor|online|extended|exacto|beta|thinking|latest))+$/;
const VARIANT_TAIL = /(?::[a-z]+)+$/;
const FINE_TUNE = /^ft:([^:]+)/;
/** Gateways' and editors' words for how long one of these models shall think. */
const EFFORT =
  /^((?:claude|gpt|o\d|gemini).*?)(?:-(?:no-?)?think(?:ing)?(?:-\d+k?)?)?(?:-(?:none|minimal|low|medium|high|xhigh))?$/;
/** Azure's. */
const FINE_TUNE_BEHIND = /\.ft-[\da-f]+(?:-[\w-]+)?$/;
/** Databricks and SAP write a maker or themselves before the name. */
const WRITTEN_BEFORE = /^(?:databricks-|[a-z\d]+--)/;
/** A name has no more; who writes more says nothing with them. */
const SEGMENTS_MAX = 8;

export function couldBeAny(model: string): boolean {
  if (OPAQUE.test(model)) return true;
  // In two steps: one pattern for both would look for the second from each of a long text's many beginnings.
  const found = AT_BEDROCK.exec(model);
  return found !== null && OPAQUE_AT_BEDROCK.test(model.slice(found.index + found[0].length));
}

export function readModelNames(model: string): ModelNames {
  const folded = foldScope(model.slice(-MODEL_NAME_CHARACTERS_MAX));
  const dashed = new Set<string>();
  const segments = folded.split('/');
  for (let left = Math.max(0, segments.length - SEGMENTS_MAX); left < segments.length; left += 1) {
    for (const name of spellingsOf(segments.slice(left).join('/'), folded.includes('fireworks')))
      dashed.add(name);
  }
  const dotted = new Set([...dashed].map(dotVersions));
  return {
    written: model,
    stored: storedName(model, MODEL_CHARACTERS_MAX),
    dashed,
    dotted,
    isAny: couldBeAny(model),
    family: movingFamily(folded),
  };
}

/** Null for a name that says which model it means. */
export function movingFamily(model: string): string | null {
  const last = model.slice(model.lastIndexOf('/') + 1).toLowerCase();
  return MOVING.exec(last.replace(VARIANT_TAIL, ''))?.[1] ?? null;
}

/** Whether a scope with this pattern, in which `*` is any text, means a model of these names. */
export function modelScopeTest(pattern: string): (names: ModelNames) => boolean {
  const asWritten = globTest(pattern);
  const folded = foldScope(withoutMaker(pattern));
  const inFamily = familyTest(folded);
  if (!pattern.includes('*')) {
    const wanted = settled(folded);
    return ({ written, stored, dashed, isAny, family }) =>
      isAny || asWritten(written) || asWritten(stored) || dashed.has(wanted) || inFamily(family);
  }
  const onDots = globTest(dotVersions(folded));
  // Claude's versions are written both ways by everybody.
  const onDashes = /claude|opus|sonnet|haiku/.test(folded) ? globTest(folded) : () => false;
  return ({ written, dashed, dotted, isAny, family }) =>
    isAny || asWritten(written) || some(dotted, onDots) || some(dashed, onDashes) || inFamily(family);
}

/** Whether the newest model of a family may be one that a folded pattern means: it is, but for its version and date. */
function familyTest(folded: string): (family: string | null) => boolean {
  const words = withoutBedrockRoute(folded.slice(folded.lastIndexOf('/') + 1))
    .at(-1)!
    .split(/[-:@]/)
    .filter((word) => !/^[a-z]?\d[\d.]*[a-z]?$/.test(word))
    .map((word) => (/^[a-z]?\d[\d.]*\*$/.test(word) ? '*' : word.replace(/\d[\d.]*$/, '')));
  const test = globTest(words.join('-'));
  const open = globTest(words.join('-').replace(/-\*$/, '*'));
  return (family) => family !== null && (test(family) || open(family));
}

function spellingsOf(name: string, isFireworks: boolean): readonly string[] {
  const plain = name.replace(VARIANT, '');
  const tuned = FINE_TUNE.exec(plain)?.[1] ?? plain.replace(FINE_TUNE_BEHIND, '');
  const places = new Set([name, plain, tuned, `ft:${tuned}`, ...withoutBedrockRoute(tuned)]);
  if (!FINE_TUNE.test(plain)) places.delete(`ft:${tuned}`);
  const alone = withoutSellerBefore(tuned).replace(WRITTEN_BEFORE, '');
  const bare = withoutBedrockRoute(alone).at(-1) as string;
  places.add(bare).add(EFFORT.exec(bare)?.[1] ?? bare);
  // `glm-4p7`, `llama-v3p1`.
  if (isFireworks) places.add(tuned.replace(/(\d)p(?=\d)/g, '$1-'));
  const names = [...places].flatMap(withoutSnapshots);
  return names.flatMap((each) => [each, settled(each)]);
}

/** What is said in several ways without a difference in meaning. */
function settled(name: string): string {
  const plain = name.replace(/[-:@](?:latest|default)$/, '');
  return (reorderedClaude(plain) ?? plain).replace(/^(claude-(?:opus|sonnet)-4)-0$/, '$1');
}

function foldScope(name: string): string {
  return foldName(name).replace(/@(?=\d)/g, '-');
}

/** `4-5` is `4.5`, where it is a version: no date, no size and no snapshot's number. */
function dotVersions(name: string): string {
  return name.replace(/(\d)-(?=\d{1,2}(?![\da-z]))/g, '$1.');
}

/** `openai/gpt-4o` is the model by its maker's name; `azure/gpt-4o` is the one at Azure. */
function withoutMaker(pattern: string): string {
  let rest = pattern.trim();
  for (let slash = rest.indexOf('/'); slash > 0; slash = rest.indexOf('/')) {
    const after = rest.slice(slash + 1);
    if (!namesMaker(rest.slice(0, slash).toLowerCase()) || after === '' || after.startsWith('*')) break;
    rest = after;
  }
  return rest;
}

function some(names: ReadonlySet<string>, test: (name: string) => boolean): boolean {
  for (const name of names) if (test(name)) return true;
  return false;
}
