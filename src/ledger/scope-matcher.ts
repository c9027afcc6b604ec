// Decides which scoped things (budgets, kill switches) a request falls under, in well under a microsecond
// for a kind of request that was seen before.

import { globTest } from '../core/glob.ts';
import { tagTest } from '../core/tag.ts';
import type { Scope } from './budget.ts';

/** What scopes look at. */
export interface RequestFacets {
  readonly app: string;
  /** The model that will be paid for, or null where the request names none. */
  readonly model: string | null;
  readonly tag: string | null;
}

interface Entry<T> {
  readonly item: T;
  readonly scope: Scope;
}

/** Values of one facet, and kinds of request. What remembers them is cleared when full: callers choose them freely. */
const REMEMBERED_MAX = 4096;

/** `T`: what has a scope. `M`: what is made, once, of those that a kind of request meets. */
export class ScopeMatcher<T, M> {
  readonly #entries: readonly Entry<T>[];
  readonly #apps: ReadonlySet<string>;
  readonly #models: FacetKinds;
  readonly #tags: FacetKinds;
  readonly #made: (matching: readonly T[]) => M;
  readonly #none: M;
  readonly #remembered = new Map<string, M>();

  constructor(items: readonly T[], scopeOf: (item: T) => Scope, made: (matching: readonly T[]) => M) {
    this.#entries = items.map((item) => ({ item, scope: scopeOf(item) }));
    const scopes = this.#entries.map(({ scope }) => scope);
    this.#apps = namedIn(scopes, ({ app }) => app);
    this.#models = new FacetKinds([...namedIn(scopes, ({ model }) => model)].map(modelTest));
    this.#tags = new FacetKinds([...namedIn(scopes, ({ tag }) => tag)].map(scopeTagTest));
    this.#made = made;
    this.#none = made([]);
  }

  /** Of everything whose scope the request meets, in a stable order. */
  matching(facets: RequestFacets): M {
    if (this.#entries.length === 0) return this.#none;
    const app = this.#apps.has(facets.app) ? facets.app : '';
    const kind = `${this.#models.of(facets.model)},${this.#tags.of(facets.tag)},${app}`;
    const known = this.#remembered.get(kind);
    if (known !== undefined) return known;
    const matching = this.#entries.filter(({ scope }) => scopeMatches(scope, facets)).map(({ item }) => item);
    const made = matching.length === 0 ? this.#none : this.#made(matching);
    remember(this.#remembered, kind, made);
    return made;
  }
}

/** Tells the values of one facet apart by which of its tests they meet, and no further. */
class FacetKinds {
  readonly #tests: readonly ((value: string | null) => boolean)[];
  readonly #remembered = new Map<string | null, string>();

  constructor(tests: readonly ((value: string | null) => boolean)[]) {
    this.#tests = tests;
  }

  /** One digit for each test. */
  of(value: string | null): string {
    if (this.#tests.length === 0) return '';
    const known = this.#remembered.get(value);
    if (known !== undefined) return known;
    const met = this.#tests.map((test) => (test(value) ? '1' : '0')).join('');
    remember(this.#remembered, value, met);
    return met;
  }
}

function remember<K, V>(all: Map<K, V>, key: K, value: V): void {
  if (all.size >= REMEMBERED_MAX) all.clear();
  all.set(key, value);
}

function namedIn(scopes: readonly Scope[], part: (scope: Scope) => string | null): Set<string> {
  return new Set(scopes.map(part).filter((name) => name !== null));
}

/** One scope against one request, without an index. */
export function scopeMatches(scope: Scope, facets: RequestFacets): boolean {
  if (scope.app !== null && scope.app !== facets.app) return false;
  return scopeTagTest(scope.tag)(facets.tag) && modelTest(scope.model)(facets.model);
}

function scopeTagTest(wanted: string | null): (tag: string | null) => boolean {
  return wanted === null ? () => true : tagTest(wanted);
}

function modelTest(pattern: string | null): (model: string | null) => boolean {
  if (pattern === null) return () => true;
  if (!pattern.includes('*')) return (model) => model === pattern;
  const matches = globTest(pattern);
  return (model) => model !== null && matches(model);
}
