// The kill switches that are in force, and which of them a request meets.

import type { Kill } from '../budget.ts';
import { type RequestFacets, ScopeMatcher, scopeMatches } from '../scope-matcher.ts';

export class KillSwitches {
  #all: readonly Kill[] = [];
  #matcher = matcherOf([]);

  get isEmpty(): boolean {
    return this.#all.length === 0;
  }

  matching(facets: RequestFacets): readonly Kill[] {
    return this.#matcher.matching(allNamed(facets));
  }

  /** Returns those that were not in force before. */
  replace(kills: readonly Kill[]): readonly Kill[] {
    const known = new Set(this.#all.map((kill) => kill.id));
    this.#all = kills;
    this.#matcher = matcherOf(kills);
    return kills.filter((kill) => !known.has(kill.id));
  }
}

/** Whether one holds for a request. */
export function holdsFor({ scope }: Kill, facets: RequestFacets): boolean {
  return scopeMatches(scope, allNamed(facets));
}

/** Whichever of its models a server takes, it is not to be asked for one that is stopped. */
function allNamed(facets: RequestFacets): RequestFacets {
  const { alsoModels = [], earlierModels } = facets;
  return earlierModels === undefined ? facets : { ...facets, alsoModels: [...alsoModels, ...earlierModels] };
}

function matcherOf(kills: readonly Kill[]): ScopeMatcher<Kill, readonly Kill[]> {
  return new ScopeMatcher<Kill, readonly Kill[]>(
    kills,
    (kill) => kill.scope,
    (matching) => matching,
  );
}
