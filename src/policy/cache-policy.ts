// What the cache may do for a request: the first cache rule that matches decides. Pure; the same code serves traffic
// and explanations.

import { globTest } from '../core/glob.ts';
import { tagTest } from '../core/tag.ts';

export const CACHE_SHARES = ['caller', 'app', 'all'] as const;
/** Who gets the same answer to the same question: who sends the same credential, the same application, everybody. */
export type CacheShare = (typeof CACHE_SHARES)[number];

export interface CacheRuleDefinition {
  /** Whom it concerns; null for all. In names of applications and models `*` stands for any text. */
  readonly app: string | null;
  /** Facets, all of which a request's tag must have. */
  readonly tag: string | null;
  /** The model that will be asked. */
  readonly model: string | null;
  /** Smaller first. */
  readonly priority: number;
  /** What it decides; null leaves it to the settings. */
  readonly cache: boolean | null;
  readonly semantic: boolean | null;
  readonly ttlMs: number | null;
  readonly distanceMax: number | null;
  readonly share: CacheShare | null;
}

export interface CacheRule extends CacheRuleDefinition {
  readonly name: string;
  readonly matches: (request: CacheSubject) => boolean;
}

/** What rules look at. */
export interface CacheSubject {
  readonly app: string;
  readonly tag: string | null;
  readonly model: string | null;
}

export interface CachePolicy {
  /** The rule that decided, if any. */
  readonly rule: string | null;
  readonly enabled: boolean;
  /** Null leaves it to the settings. */
  readonly semantic: boolean | null;
  readonly ttlMs: number | null;
  readonly distanceMax: number | null;
  readonly share: CacheShare;
}

const NO_RULE: CachePolicy = {
  rule: null,
  enabled: true,
  semantic: null,
  ttlMs: null,
  distanceMax: null,
  share: 'caller',
};

/** `rules` in the order in which they are tried. */
export function cachePolicy(rules: readonly CacheRule[], request: CacheSubject): CachePolicy {
  const rule = rules.find((candidate) => candidate.matches(request));
  if (rule === undefined) return NO_RULE;
  const { name, cache, semantic, ttlMs, distanceMax, share } = rule;
  return { rule: name, enabled: cache ?? true, semantic, ttlMs, distanceMax, share: share ?? 'caller' };
}

export function cacheRuleOf(name: string, definition: CacheRuleDefinition): CacheRule {
  const { app, tag, model } = definition;
  const isApp = app === null ? null : globTest(app);
  const isModel = model === null ? null : globTest(model);
  const hasTag = tag === null ? null : tagTest(tag);
  return {
    ...definition,
    name,
    matches: (request) =>
      (isApp === null || isApp(request.app)) &&
      (isModel === null || (request.model !== null && isModel(request.model))) &&
      (hasTag === null || hasTag(request.tag)),
  };
}

/** The rules of a definition list, in the order in which they are tried: by priority, the oldest first. */
export function inOrder<T extends { readonly priority: number }>(oldestFirst: readonly T[]): readonly T[] {
  return oldestFirst.toSorted((a, b) => a.priority - b.priority);
}
