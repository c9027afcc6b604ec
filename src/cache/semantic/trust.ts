// What checks have found, and what follows from it: how near a prompt must be to be answered by another's answer.
//
// States of a scope: level 0 (the configured distance) → 1 (half) → 2 (a quarter) → 3 (off), one step whenever the
// checks at the present level are evidence that more answers are wrong than allowed. Only `cache clear` goes back.
// States of an entry: serves → serves only what is nearer than a prompt that it failed → serves nothing.

import type { Clock } from '../../core/clock.ts';
import type { ScopeTrust, SemanticEntries, Standing } from './ports.ts';
import { evidence } from './statistics.ts';

export type Agreement = 'agreed' | 'disagreed' | 'undecided';

/** Chance, over its whole life, that a scope that errs no more than allowed is tightened. */
export const FALSE_ALARM = 0.1;
/** Different prompts that an entry serves before a check must agree: many mean one template with changing words. */
const PROMPTS_ALLOWED_AT_FIRST = 8;
/** An entry that failed so near, or so often, serves nothing any more. */
const DISTANCE_USEFUL_MIN = 0.002;
const DISAGREED_MAX = 1;
const SHARE_OF_LEVEL = [1, 0.5, 0.25, 0] as const;
const LEVEL_OFF = SHARE_OF_LEVEL.length - 1;
/** As many as the store keeps. */
const SCOPES_MAX = 10_000;
const HEAR_EVERY_MS = 2000;

export const NEW_STANDING: Standing = {
  distanceBelow: null,
  prompts: 0,
  promptsAllowed: PROMPTS_ALLOWED_AT_FIRST,
  agreed: 0,
  disagreed: 0,
};

export const scopeOfEmbedder = (embedderId: string): string => `all:${embedderId}`;

/** What is left of the configured distance at a level. 0: off. */
export function shareOfLevel(level: number): number {
  return SHARE_OF_LEVEL[Math.min(level, LEVEL_OFF)] ?? 0;
}

export interface TrustOptions {
  readonly entries: SemanticEntries;
  readonly clock: Clock;
  readonly errorMax: number;
  readonly distanceMax: number;
  readonly warn: (message: string) => void;
  readonly onFault: (error: unknown) => void;
}

export class Trust {
  readonly #options: TrustOptions;
  #scopes = new Map<string, ScopeTrust>();
  #loadedMs = Number.NEGATIVE_INFINITY;

  constructor(options: TrustOptions) {
    this.#options = options;
  }

  async load(): Promise<void> {
    const scopes = await this.#options.entries.scopeTrust();
    this.#scopes = new Map(scopes.map((scope) => [scope.scope, scope]));
    this.#loadedMs = this.#options.clock.monotonicMs();
  }

  /**
   * Takes in, every other second, what others found by the same store. It is never taken for more than is known here.
   */
  hearOthers(): void {
    const { clock, entries, onFault } = this.#options;
    if (clock.monotonicMs() - this.#loadedMs < HEAR_EVERY_MS) return;
    this.#loadedMs = clock.monotonicMs();
    entries.scopeTrust().then((scopes) => {
      for (const theirs of scopes) {
        const mine = this.#scopes.get(theirs.scope);
        const isFurther =
          mine === undefined ||
          theirs.level > mine.level ||
          (theirs.level === mine.level && theirs.totalChecks > mine.totalChecks);
        if (isFurther) this.#scopes.set(theirs.scope, theirs);
      }
    }, onFault);
  }

  /** What is left of any distance in a partition: 0 where nothing is served. */
  share(partition: string, embedderId: string): number {
    const everywhere = this.#scopes.get(scopeOfEmbedder(embedderId))?.level ?? 0;
    return shareOfLevel(Math.max(everywhere, this.#scopes.get(partition)?.level ?? 0));
  }

  /** Counts a check of a served answer that was chosen by chance; others would bend the rate. */
  checked(partition: string, embedderId: string, agreement: Agreement): void {
    this.#count(partition, agreement);
    this.#count(scopeOfEmbedder(embedderId), agreement);
  }

  #count(scope: string, agreement: Agreement): void {
    const { clock, entries, errorMax, onFault } = this.#options;
    const before = this.#scopes.get(scope) ?? { ...NO_CHECKS, scope, changedAtMs: 0 };
    let trust: ScopeTrust = { ...before, changedAtMs: clock.now() };
    if (agreement === 'undecided') trust = { ...trust, undecided: trust.undecided + 1 };
    else {
      const wrong = agreement === 'disagreed' ? 1 : 0;
      trust = {
        ...trust,
        checks: trust.checks + 1,
        disagreed: trust.disagreed + wrong,
        totalChecks: trust.totalChecks + 1,
        totalDisagreed: trust.totalDisagreed + wrong,
      };
    }
    if (trust.level < LEVEL_OFF && evidence(trust.checks, trust.disagreed, errorMax) >= 1 / FALSE_ALARM)
      trust = this.#tightened(trust);
    // Set anew: the map is in the order of the last change.
    this.#scopes.delete(scope);
    this.#scopes.set(scope, trust);
    if (this.#scopes.size > SCOPES_MAX) this.#forgetOne();
    entries.putScopeTrust(trust).catch(onFault);
  }

  /** Evidence from a wider distance says nothing of the narrower one: it begins anew. */
  #tightened(trust: ScopeTrust): ScopeTrust {
    const { distanceMax, errorMax, warn } = this.#options;
    const level = trust.level + 1;
    const where = trust.scope.startsWith('all:') ? '' : ` in one partition (${trust.scope.slice(0, 12)})`;
    const share = shareOfLevel(level);
    const consequence =
      share === 0
        ? `Similar prompts are no longer answered from it${where === '' ? '' : ' there'}`
        : `From now on they must be nearer${where === '' ? '' : ' there'} (distance ${distanceMax * share})`;
    warn(
      `Cache: of ${trust.checks} checked answers to similar prompts${where}, ${trust.disagreed} differed from the fresh answer: more than TOKENWATCH_CACHE_MAX_ERROR (${100 * errorMax} %) allows. ${consequence}. "tokenwatch cache clear" begins anew.`,
    );
    return { ...trust, level, checks: 0, disagreed: 0 };
  }

  #forgetOne(): void {
    for (const [scope, { level }] of this.#scopes) {
      if (level > 0) continue;
      this.#scopes.delete(scope);
      return;
    }
  }
}

/** What both hold of one entry: nothing that one of them found against it is taken back by the other. */
export function stricter(one: Standing, other: Standing): Standing {
  const below = Math.min(
    one.distanceBelow ?? Number.POSITIVE_INFINITY,
    other.distanceBelow ?? Number.POSITIVE_INFINITY,
  );
  return {
    distanceBelow: Number.isFinite(below) ? below : null,
    prompts: Math.max(one.prompts, other.prompts),
    promptsAllowed: Math.max(one.promptsAllowed, other.promptsAllowed),
    agreed: Math.max(one.agreed, other.agreed),
    disagreed: Math.max(one.disagreed, other.disagreed),
  };
}

const NO_CHECKS = {
  level: 0,
  checks: 0,
  disagreed: 0,
  totalChecks: 0,
  totalDisagreed: 0,
  undecided: 0,
};

/** What an entry's standing is after it was checked with a prompt at `distance`. */
export function afterCheck(standing: Standing, distance: number, agreement: Agreement): Standing {
  if (agreement === 'undecided') return standing;
  if (agreement === 'agreed') {
    const promptsAllowed = Math.max(standing.promptsAllowed, 2 * standing.prompts);
    return { ...standing, agreed: standing.agreed + 1, promptsAllowed };
  }
  const disagreed = standing.disagreed + 1;
  const below = Math.min(standing.distanceBelow ?? 1, distance);
  const stops = disagreed > DISAGREED_MAX || below < DISTANCE_USEFUL_MIN;
  return { ...standing, disagreed, distanceBelow: stops ? 0 : below };
}
