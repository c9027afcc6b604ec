// Decides which scoped things (budgets, kill switches) a request falls under, in well under a microsecond
// for a kind of request that was seen before.

import { couldBeAny, type ModelNames, modelScopeTest, readModelNames } from '../core/model-scope.ts';
import { tagTest } from '../core/tag.ts';
import type { Scope } from './budget.ts';

/** Stands for a model that is not known, of a request that may cost: it could be any. */
export const ANY_MODEL = Symbol('any model');

/** What scopes look at. */
export interface RequestFacets {
  readonly app: string;
  /** The model that will be paid for. Null where none can be: the request is known to be free. */
  readonly model: string | typeof ANY_MODEL | null;
  /** Models that may answer instead, or as well, as the request itself says. They are paid for only where they do. */
  readonly alsoModels?: readonly string[];
  /** Models that it names before the one that counts: nobody is known to take them, and only kill switches hold for them. */
  readonly earlierModels?: readonly string[];
  readonly tag: string | null;
  /** Null or absent: none. */
  readonly user?: string | null;
  readonly session?: string | null;
  /** The access key's name. */
  readonly key?: string | null;
}

/** What scopes name by its exact text. */
const NAMED = ['app', 'user', 'session', 'key'] as const;

interface Entry<T> {
  readonly item: T;
  readonly scope: Scope;
}

/** Values of one facet, and kinds of request. What remembers them is cleared when full: callers choose them freely. */
const REMEMBERED_MAX = 4096;

/** `T`: what has a scope. `M`: what is made, once, of those that a kind of request meets. */
export class ScopeMatcher<T, M> {
  readonly #entries: readonly Entry<T>[];
  /** For each exact part that any scope names: the numbers of its names. */
  readonly #named: readonly (readonly [(typeof NAMED)[number], ReadonlyMap<string, number>])[];
  readonly #models: FacetKinds<RequestFacets['model'], ScopedModel>;
  readonly #tags: FacetKinds<string | null, string | null>;
  readonly #made: (matching: readonly T[]) => M;
  readonly #none: M;
  readonly #remembered = new Map<string, M>();

  constructor(items: readonly T[], scopeOf: (item: T) => Scope, made: (matching: readonly T[]) => M) {
    this.#entries = items.map((item) => ({ item, scope: scopeOf(item) }));
    const scopes = this.#entries.map(({ scope }) => scope);
    this.#named = NAMED.flatMap((part) => {
      const names = namedIn(scopes, (scope) => scope[part] ?? null);
      return names.size === 0
        ? []
        : [[part, new Map([...names].map((name, index) => [name, index]))] as const];
    });
    this.#models = new FacetKinds([...namedIn(scopes, ({ model }) => model)].map(modelTest), scopedModel);
    this.#tags = new FacetKinds([...namedIn(scopes, ({ tag }) => tag)].map(scopeTagTest), (tag) => tag);
    this.#made = made;
    this.#none = made([]);
  }

  /** Of everything whose scope the request meets, in a stable order. */
  matching(facets: RequestFacets): M {
    if (this.#entries.length === 0) return this.#none;
    let kind = `${this.#modelsMet(facets)},${this.#tags.of(facets.tag)}`;
    for (const [part, numbers] of this.#named) kind += `,${numbers.get(facets[part] ?? '') ?? ''}`;
    const known = this.#remembered.get(kind);
    if (known !== undefined) return known;
    const matching = this.#entries.filter(({ scope }) => scopeMatches(scope, facets)).map(({ item }) => item);
    const made = matching.length === 0 ? this.#none : this.#made(matching);
    remember(this.#remembered, kind, made);
    return made;
  }

  /** The tests that any of its models meets. */
  #modelsMet({ model, alsoModels }: RequestFacets): string {
    const met = this.#models.of(model);
    if (alsoModels === undefined || met === '') return met;
    const others = alsoModels.map((name) => this.#models.of(name));
    return [...met].map((digit, at) => (others.some((other) => other[at] === '1') ? '1' : digit)).join('');
  }
}

/** Tells the values of one facet apart by which of its tests they meet, and no further. */
class FacetKinds<V, Read> {
  readonly #tests: readonly ((read: Read) => boolean)[];
  readonly #read: (value: V) => Read;
  readonly #remembered = new Map<V, string>();

  constructor(tests: readonly ((read: Read) => boolean)[], read: (value: V) => Read) {
    this.#tests = tests;
    this.#read = read;
  }

  /** One digit for each test. */
  of(value: V): string {
    if (this.#tests.length === 0) return '';
    const known = this.#remembered.get(value);
    if (known !== undefined) return known;
    const read = this.#read(value);
    const met = this.#tests.map((test) => (test(read) ? '1' : '0')).join('');
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
export function scopeMatches(
  scope: Scope,
  facets: RequestFacets,
  read: (model: RequestFacets['model']) => ScopedModel = scopedModel,
): boolean {
  for (const part of NAMED) {
    const wanted = scope[part] ?? null;
    if (wanted !== null && wanted !== facets[part]) return false;
  }
  if (!scopeTagTest(scope.tag)(facets.tag)) return false;
  if (scope.model === null) return true;
  const fits = modelTest(scope.model);
  if (fits(read(facets.model))) return true;
  return facets.alsoModels?.some((model) => fits(read(model))) ?? false;
}

/** The request without those models that may answer beside its own. */
export function withoutOthers(facets: RequestFacets): RequestFacets {
  if (facets.alsoModels === undefined) return facets;
  const { alsoModels: _others, ...own } = facets;
  return own;
}

/**
 * Whether a request that has ended is charged to a scope: by the model that was asked for, and by the one that
 * answered. Where neither is known, it may have been any.
 */
export function scopeCharges(scope: Scope, all: RequestFacets, answeredBy: string | null): boolean {
  const asked = withoutOthers(all);
  const isKnown = answeredBy !== null && scopeMatches(scope, { ...asked, model: answeredBy });
  if (mayBeAny(asked.model) && answeredBy !== null) return isKnown;
  // Of a name that moves, the answer tells which model it was.
  return isKnown || scopeMatches(scope, asked, answeredBy === null ? scopedModel : namedModel);
}

function scopeTagTest(wanted: string | null): (tag: string | null) => boolean {
  return wanted === null ? () => true : tagTest(wanted);
}

/** Whether a request tells nothing about the model that will be paid for. */
export function mayBeAny(model: RequestFacets['model']): boolean {
  return model === ANY_MODEL || (model !== null && couldBeAny(model));
}

type ScopedModel = ModelNames | typeof ANY_MODEL | null;

function scopedModel(model: RequestFacets['model']): ScopedModel {
  return typeof model === 'string' ? readModelNames(model) : model;
}

/** By the name alone, whatever it leads to. */
function namedModel(model: RequestFacets['model']): ScopedModel {
  return typeof model === 'string' ? { ...readModelNames(model), family: null } : model;
}

function modelTest(pattern: string): (model: ScopedModel) => boolean {
  const means = modelScopeTest(pattern);
  return (model) => model === ANY_MODEL || (model !== null && means(model));
}
