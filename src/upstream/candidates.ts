// Who may answer a request, in the order in which they are asked. Pure: the same for traffic and explanations.

import type { ProtocolName } from '../core/protocol.ts';
import { type BaseUrl, modelAt, takesClientKey, type Upstream } from '../core/upstream.ts';
import type { CircuitState } from './circuit.ts';
import type { Health, Rest } from './health.ts';

export interface CandidateQuestion {
  /** The API that the request speaks when it leaves. */
  readonly api: ProtocolName;
  /** The model that is asked for; null where there is none. */
  readonly model: string | null;
  /** The draw among equals: the same text, the same order. A session keeps its upstream, and its prompt cache. */
  readonly draw: string;
  /** Tells apart the clients whose own keys are passed on; asked only where it matters. */
  readonly caller: () => string;
  /**
   * False for what belongs to an account (files, batches, stored responses): always the same upstream, whatever its
   * health, since no other knows of it.
   */
  readonly isPortable: boolean;
  /** Where a rule sent it: nobody else is asked. */
  readonly only: Upstream | null;
}

export interface CandidatePlaces {
  readonly upstreams: readonly Upstream[];
  /** The own base of the API that is asked. */
  readonly fallback: Upstream;
  /** Whose credentials clients send: the own base of the API that they speak. */
  readonly clientBase: BaseUrl;
  /** Whether the mount's own base is asked beside upstreams that were set. */
  readonly asksFallback: boolean;
  readonly health: Health;
  readonly nowMs: number;
}

export interface Candidate {
  readonly upstream: Upstream;
  /** The model by the name that this upstream has for it. */
  readonly model: string | null;
  readonly state: CircuitState;
  /** It asked not to be asked before then: it is not. */
  readonly rest: Rest | null;
  /** Whether the client's own credentials go there. */
  readonly takesClientKey: boolean;
}

/** Never empty. First those that are well, by priority and weight; then open circuits; those that rest stand last. */
export function candidatesFor(question: CandidateQuestion, places: CandidatePlaces): readonly Candidate[] {
  const { fallback, clientBase, health, nowMs } = places;
  const fitting = question.only === null ? fittingOf(question, places) : [question.only];
  if (!question.isPortable) {
    const first = steadyOrder(fitting)[0] ?? fallback;
    const model = modelAt(first, question.model);
    const takesKey = takesClientKey(first, clientBase);
    return [{ upstream: first, model, state: 'closed', rest: null, takesClientKey: takesKey }];
  }
  const ranked = fitting.map((upstream) => {
    const model = modelAt(upstream, question.model);
    const circuit = health.find(upstream, model);
    const takesKey = takesClientKey(upstream, clientBase);
    const caller = takesKey && health.hasRests ? question.caller() : null;
    const rest = health.restOf(upstream, model, caller);
    const state = circuit?.state(nowMs) ?? 'closed';
    const rank = rest !== null ? 2 : circuit === null || circuit.isWilling(nowMs) ? 0 : 1;
    const candidate: Candidate = { upstream, model, state, rest, takesClientKey: takesKey };
    return { candidate, rank, draw: drawOf(upstream, question.draw) };
  });
  ranked.sort(
    (a, b) =>
      a.rank - b.rank || a.candidate.upstream.priority - b.candidate.upstream.priority || a.draw - b.draw,
  );
  return ranked.map(({ candidate }) => candidate);
}

function fittingOf({ api, model }: CandidateQuestion, places: CandidatePlaces): readonly Upstream[] {
  const { upstreams, fallback, asksFallback } = places;
  const fitting = upstreams.filter((upstream) => upstream.api === api && upstream.serves(model));
  return fitting.length === 0 || asksFallback ? [...fitting, fallback] : fitting;
}

function steadyOrder(upstreams: readonly Upstream[]): readonly Upstream[] {
  return upstreams.toSorted((a, b) => a.priority - b.priority || (a.name < b.name ? -1 : 1));
}

const HASH_RANGE = 2 ** 32;

/**
 * A weighted draw without replacement (Efraimidis and Spirakis): each gets an exponential variate of its weight from a
 * hash, and the smallest goes first.
 */
function drawOf(upstream: Upstream, draw: string): number {
  return -Math.log((hashOf(`${upstream.name}\n${draw}`) + 1) / (HASH_RANGE + 1)) / upstream.weight;
}

/** FNV-1a with MurmurHash3's finish: nobody gains from guessing it, and it takes a fifth of a microsecond. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
