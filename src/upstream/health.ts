// What is known of the upstreams' health: a circuit for each upstream and model, and who asked not to be asked again
// before a moment (retry-after). In memory: a restarted proxy finds out anew.

import type { Clock } from '../core/clock.ts';
import type { Upstream } from '../core/upstream.ts';
import { Circuit, type CircuitState } from './circuit.ts';

export interface HealthOptions {
  readonly clock: Clock;
  readonly random: () => number;
}

/** The health of one upstream for one model, as reports show it. */
export interface HealthRow {
  readonly model: string | null;
  readonly state: CircuitState;
  readonly errorRate: number;
  readonly latencyMs: number | null;
  readonly requests: number;
  /** While open: when the next trial may begin. */
  readonly reopensAtMs: number | null;
  /** It asked not to be asked before then. */
  readonly restsUntilMs: number | null;
}

/** Whoever asked for rest, and why. */
export interface Rest {
  readonly untilMs: number;
  readonly status: number;
}

/** Beyond it, what was used longest ago is forgotten. */
const CIRCUITS_MAX = 2000;
const RESTS_MAX = 2000;
/** A `retry-after` beyond this is taken for this. */
const REST_MS_MAX = 3_600_000;

interface Kept {
  readonly upstreamId: string;
  readonly model: string | null;
  readonly circuit: Circuit;
}

export class Health {
  readonly #options: HealthOptions;
  readonly #circuits = new Map<string, Kept>();
  readonly #rests = new Map<string, Rest>();

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  get hasRests(): boolean {
    return this.#rests.size > 0;
  }

  /** Null where nothing has gone there yet: as good as closed. */
  find(upstream: Upstream, model: string | null): Circuit | null {
    return this.#circuits.get(keyOf(upstream, model))?.circuit ?? null;
  }

  /** The circuit of a request that is about to go there. */
  circuit(upstream: Upstream, model: string | null): Circuit {
    const key = keyOf(upstream, model);
    const kept = this.#circuits.get(key) ?? {
      upstreamId: upstream.id,
      model: model?.slice(0, MODEL_CHARACTERS_MAX) ?? null,
      circuit: new Circuit({ random: this.#options.random }),
    };
    this.#circuits.delete(key);
    this.#circuits.set(key, kept);
    forgetOldest(this.#circuits, CIRCUITS_MAX);
    return kept.circuit;
  }

  /** `caller` tells clients apart whose own keys go there: the limit of one is not another's. */
  rest(upstream: Upstream, model: string | null, caller: string | null, rest: Rest): void {
    const key = `${keyOf(upstream, model)}\n${caller ?? ''}`;
    const untilMs = Math.min(rest.untilMs, this.#options.clock.now() + REST_MS_MAX);
    this.#rests.delete(key);
    this.#rests.set(key, { ...rest, untilMs });
    forgetOldest(this.#rests, RESTS_MAX);
  }

  restOf(upstream: Upstream, model: string | null, caller: string | null): Rest | null {
    if (this.#rests.size === 0) return null;
    const key = `${keyOf(upstream, model)}\n${caller ?? ''}`;
    const rest = this.#rests.get(key);
    if (rest === undefined) return null;
    if (rest.untilMs > this.#options.clock.now()) return rest;
    this.#rests.delete(key);
    return null;
  }

  rows(upstream: Upstream): readonly HealthRow[] {
    const nowMs = this.#options.clock.now();
    return [...this.#circuits]
      .filter(([, { upstreamId }]) => upstreamId === upstream.id)
      .map(([key, { model, circuit }]) => ({
        model,
        state: circuit.state(nowMs),
        ...circuit.figures(nowMs),
        reopensAtMs: circuit.reopensAtMs,
        restsUntilMs: this.#restOfKey(key, nowMs),
      }));
  }

  /** Those whose circuit is not closed. */
  troubled(upstream: Upstream): readonly Circuit[] {
    const nowMs = this.#options.clock.now();
    return [...this.#circuits.values()]
      .filter(({ upstreamId, circuit }) => upstreamId === upstream.id && circuit.state(nowMs) !== 'closed')
      .map(({ circuit }) => circuit);
  }

  /** Of all callers, the longest rest. */
  #restOfKey(key: string, nowMs: number): number | null {
    const ends = [...this.#rests].flatMap(([name, { untilMs }]) =>
      name.startsWith(`${key}\n`) && untilMs > nowMs ? [untilMs] : [],
    );
    return ends.length === 0 ? null : Math.max(...ends);
  }
}

/** A model's name comes from the client: a very long one must not be kept. */
const MODEL_CHARACTERS_MAX = 200;

const keyOf = (upstream: Upstream, model: string | null): string =>
  `${upstream.id}\n${(model ?? '').slice(0, MODEL_CHARACTERS_MAX)}`;

function forgetOldest(map: Map<string, unknown>, max: number): void {
  for (const key of map.keys()) {
    if (map.size <= max) return;
    map.delete(key);
  }
}
