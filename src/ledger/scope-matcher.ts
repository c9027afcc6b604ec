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
  readonly matchesModel: (model: string | null) => boolean;
  readonly matchesTag: (tag: string | null) => boolean;
}

const REMEMBERED_KINDS_MAX = 4096;

export class ScopeMatcher<T> {
  readonly #anyApp: Entry<T>[] = [];
  readonly #byApp = new Map<string, Entry<T>[]>();
  /** Matches per kind of request. Cleared when full: callers choose tags and apps freely. */
  readonly #remembered = new Map<string, readonly T[]>();

  constructor(items: readonly T[], scopeOf: (item: T) => Scope) {
    for (const item of items) {
      const scope = scopeOf(item);
      const entry = {
        item,
        scope,
        matchesModel: modelTest(scope.model),
        matchesTag: scopeTagTest(scope.tag),
      };
      if (scope.app === null) this.#anyApp.push(entry);
      else if (!this.#byApp.get(scope.app)?.push(entry)) this.#byApp.set(scope.app, [entry]);
    }
  }

  /** Everything whose scope the request meets, in a stable order. */
  matching(facets: RequestFacets): readonly T[] {
    if (this.#anyApp.length === 0 && this.#byApp.size === 0) return [];
    const model = facets.model === null ? '-' : `${facets.model.length}:${facets.model}`;
    // Lengths before the free texts: no two kinds of request share a key.
    const key = `${facets.app.length}:${facets.app}${model}${facets.tag === null ? '-' : `+${facets.tag}`}`;
    const known = this.#remembered.get(key);
    if (known !== undefined) return known;
    const found = [...this.#anyApp, ...(this.#byApp.get(facets.app) ?? [])]
      .filter((entry) => meets(entry, facets))
      .map((entry) => entry.item);
    if (this.#remembered.size >= REMEMBERED_KINDS_MAX) this.#remembered.clear();
    this.#remembered.set(key, found);
    return found;
  }
}

/** One scope against one request, without an index. */
export function scopeMatches(scope: Scope, facets: RequestFacets): boolean {
  if (scope.app !== null && scope.app !== facets.app) return false;
  return scopeTagTest(scope.tag)(facets.tag) && modelTest(scope.model)(facets.model);
}

function meets<T>(entry: Entry<T>, facets: RequestFacets): boolean {
  return entry.matchesTag(facets.tag) && entry.matchesModel(facets.model);
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
