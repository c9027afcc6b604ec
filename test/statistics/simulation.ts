// Simulated A/B tests that are looked at after every request, by the report's own code: how often a difference is
// shown where there is none, and how soon one is shown where there is.

import { NO_SUMS, type UnitSums } from '../../src/core/experiment-figures.ts';
import { type Comparison, compareMeans } from '../../src/statistics/comparison.ts';
import { quantileReach } from '../../src/statistics/quantile-sequence.ts';
import { designEffect, ratioEstimate, shareEstimate } from '../../src/statistics/ratio-metric.ts';

export type Chance = () => number;

/** Requests of one kind of traffic: `effect` multiplies what variant B draws. */
export interface Scenario {
  readonly title: string;
  readonly kind: 'mean' | 'share';
  /** Requests of a session on average; 1: each request is drawn for itself. */
  readonly sessionLength: number;
  /** A session's own level, then the value of one of its requests. */
  readonly session: (chance: Chance) => number;
  readonly request: (level: number, chance: Chance) => number;
}

const normal = (chance: Chance): number =>
  Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());
const lognormal = (spread: number) => (_: number, chance: Chance) => Math.exp(spread * normal(chance));
const bernoulli = (share: number) => (_: number, chance: Chance) => Number(chance() < share);
const flat = (): number => 0;

export const SCENARIOS: readonly Scenario[] = [
  {
    title: 'normal',
    kind: 'mean',
    sessionLength: 1,
    session: flat,
    request: (_, chance) => 10 + normal(chance),
  },
  {
    title: 'heavy-tailed (lognormal, σ 1)',
    kind: 'mean',
    sessionLength: 1,
    session: flat,
    request: lognormal(1),
  },
  {
    title: 'very heavy-tailed (lognormal, σ 2)',
    kind: 'mean',
    sessionLength: 1,
    session: flat,
    request: lognormal(2),
  },
  { title: 'failures, 2 %', kind: 'share', sessionLength: 1, session: flat, request: bernoulli(0.02) },
  { title: 'failures, 0.2 %', kind: 'share', sessionLength: 1, session: flat, request: bernoulli(0.002) },
  {
    title: 'sessions of ten, alike and heavy-tailed',
    kind: 'mean',
    sessionLength: 10,
    session: (chance) => 0.7 * normal(chance),
    request: (level, chance) => Math.exp(level + 0.7 * normal(chance)),
  },
  {
    title: 'sessions of ten, some of which fail',
    kind: 'share',
    sessionLength: 10,
    session: (chance) => Number(chance() < 0.1),
    request: (level, chance) => Number(chance() < 0.01 + 0.3 * level),
  },
];

/** mulberry32 */
export function chanceFrom(seed: number): Chance {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Session {
  readonly isB: boolean;
  readonly level: number;
  sum: number;
  count: number;
}

interface Arrival {
  readonly isB: boolean;
  readonly value: number;
  readonly session: Session;
}

/** Sessions run beside each other, and most are unfinished at any look. */
function* arrivals(scenario: Scenario, effect: number, chance: Chance): Generator<Arrival> {
  const open: Session[] = [];
  for (;;) {
    const isNew = open.length === 0 || chance() < 1 / scenario.sessionLength;
    const session = isNew
      ? { isB: chance() < 0.5, level: scenario.session(chance), sum: 0, count: 0 }
      : (open[Math.floor(chance() * open.length)] as Session);
    if (isNew && scenario.sessionLength > 1) {
      open.push(session);
      if (open.length > 20) open.shift();
    }
    const value = scenario.request(session.level, chance) * (session.isB ? effect : 1);
    yield { isB: session.isB, value, session };
  }
}

/** What a store would answer after one more request; the session's own sums are kept in it. */
function added(sums: UnitSums, session: Session, value: number): UnitSums {
  const { sum, count } = session;
  session.sum += value;
  session.count += 1;
  return {
    units: sums.units + Number(count === 0),
    sum: sums.sum + value,
    count: sums.count + 1,
    sumSquare: sums.sumSquare + session.sum ** 2 - sum ** 2,
    countSquare: sums.countSquare + session.count ** 2 - count ** 2,
    product: sums.product + session.sum * session.count - sum * count,
  };
}

export type Look = (a: UnitSums, b: UnitSums) => boolean;

/** The report's own comparison. */
export function byReport({ kind }: Scenario, alpha: number): Look {
  const estimate = kind === 'share' ? shareEstimate : ratioEstimate;
  return (a, b) => {
    const terms = { alpha, mayConclude: true };
    // The outlook is no part of the decision, and dear.
    const comparison: Pick<Comparison, 'finding'> = compareMeans(
      estimate(a),
      estimate(b),
      terms,
      () => true,
      kind,
    );
    return comparison.finding === 'different';
  };
}

/** What must not be done: an interval for one look, at every look. */
export const byOneLookInterval: Look = (a, b) => {
  const [one, other] = [ratioEstimate(a), ratioEstimate(b)];
  if (one === null || other === null || Math.min(one.units, other.units) < 50) return false;
  const error = Math.sqrt(one.variance / one.units + other.variance / other.units);
  return Math.abs(one.mean - other.mean) > 1.96 * error;
};

export interface Run {
  readonly scenario: Scenario;
  readonly effect: number;
  readonly requests: number;
  readonly look: Look;
  readonly seed: number;
  /** What must not be done either: every request of a session counts as if it had been drawn for itself. */
  readonly ignoresSessions?: boolean;
}

/** The request after which a difference was first shown; null: none was. */
export function firstShown({
  scenario,
  effect,
  requests,
  look,
  seed,
  ignoresSessions = false,
}: Run): number | null {
  let [a, b]: UnitSums[] = [NO_SUMS, NO_SUMS] as const;
  let seen = 0;
  for (const arrival of arrivals(scenario, effect, chanceFrom(seed))) {
    const { isB, value } = arrival;
    const session = ignoresSessions ? { ...arrival.session, sum: 0, count: 0 } : arrival.session;
    if (isB) b = added(b ?? NO_SUMS, session, value);
    else a = added(a ?? NO_SUMS, session, value);
    seen += 1;
    if (look(a ?? NO_SUMS, b ?? NO_SUMS)) return seen;
    if (seen >= requests) return null;
  }
  return null;
}

export function shareShown(run: Omit<Run, 'seed'>, runs: number): { share: number; medianAt: number | null } {
  const shown = Array.from({ length: runs }, (_, seed) => firstShown({ ...run, seed: 7919 * (seed + 1) }));
  const found = shown.filter((at) => at !== null).sort((x, y) => x - y);
  return { share: found.length / runs, medianAt: found[found.length >> 1] ?? null };
}

/** How often an interval of the `share` quantile has missed it at any look, with requests in sessions. */
export function shareOfQuantileMisses(
  share: number,
  sessionLength: number,
  requests: number,
  runs: number,
): number {
  // Each request's latency is lognormal; half of its spread is its session's.
  const upTo = { 0.5: 1, 0.95: Math.exp(1.6448536269514722) }[share] ?? Number.NaN;
  const scenario: Scenario = {
    title: 'latency',
    kind: 'share',
    sessionLength,
    session: (chance) => Math.SQRT1_2 * normal(chance),
    request: (level, chance) => Number(Math.exp(level + Math.SQRT1_2 * normal(chance)) <= upTo),
  };
  let misses = 0;
  for (let run = 0; run < runs; run += 1) {
    let sums = NO_SUMS;
    for (const { value, session } of arrivals(scenario, 1, chanceFrom(104_729 * (run + 1)))) {
      sums = added(sums, session, value);
      if (sums.units < 50) continue;
      const reach = quantileReach(sums.count / designEffect(sums), share, 0.05);
      if (Math.abs(sums.sum / sums.count - share) > reach) {
        misses += 1;
        break;
      }
      if (sums.count >= requests) break;
    }
  }
  return misses / runs;
}
