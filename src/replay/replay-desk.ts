// What a request of a replay can cost, by the proxy's own prices; and which model and API a target means.

import type { Clock } from '../core/clock.ts';
import type { NanoUsd } from '../core/money.ts';
import { REPLAY_APP } from '../core/own-traffic.ts';
import type { Protocol, ProtocolName } from '../core/protocol.ts';
import { NO_USAGE, type UsageRun } from '../core/usage.ts';
import { CostBound } from '../ledger/bounds/cost-bound.ts';
import { InputCount } from '../ledger/bounds/input-count.ts';
import { familyOf } from '../policy/model-family.ts';
import type { PriceBook } from '../pricing/price-book.ts';
import { anthropic } from '../protocols/anthropic/protocol.ts';
import { openai } from '../protocols/openai/protocol.ts';
import type { TaskCost } from './replay-money.ts';
import type { ReplayTask } from './replay-task.ts';

export const PROTOCOLS: Readonly<Record<ProtocolName, Protocol>> = { anthropic, openai };

export interface ReplayDeskOptions {
  readonly prices: PriceBook;
  readonly clock: Clock;
  /** Where an API's requests go: it decides whose prices hold. */
  readonly upstreamOf: (api: ProtocolName) => string;
}

export class ReplayDesk {
  readonly #options: ReplayDeskOptions;
  readonly #costs: CostBound;

  constructor(options: ReplayDeskOptions) {
    this.#options = options;
    // Bounds come from the body alone: nothing is counted.
    const inputCount = new InputCount({ tokens: async () => null });
    this.#costs = new CostBound({ prices: options.prices, inputCount, mode: 'worst' });
  }

  costOf(task: ReplayTask, inputTokens: number, outputTokens: number): TaskCost {
    const { clock, upstreamOf } = this.#options;
    const protocol = PROTOCOLS[task.api];
    const endpoint = protocol.endpoint('POST', task.path);
    const { maxOutputTokens, serviceTier, speed } = protocol.readRequest(endpoint, task.body);
    const { costNanoUsd } = this.#costs.bound({
      stream: false,
      endpoint,
      model: task.target,
      upstream: upstreamOf(task.api),
      app: REPLAY_APP,
      maxOutputTokens,
      serviceTier,
      speed,
      body: task.body,
      atMs: clock.now(),
    });
    const usage = { ...NO_USAGE, inputTokens, outputTokens };
    const run: UsageRun = { kind: 'message', model: null, usage, serviceTier, speed, inferenceGeo: null };
    const expected = this.priceOf(task.api, [run], task.target);
    return {
      task,
      worstNanoUsd: costNanoUsd,
      // Counts of another model, or of a prompt that was redacted since, can say more than the prompt can cost.
      expectedNanoUsd: expected === null || costNanoUsd === null ? expected : Math.min(expected, costNanoUsd),
      inputTokens,
      outputTokens,
    };
  }

  priceOf(api: ProtocolName, runs: readonly UsageRun[], model: string): NanoUsd | null {
    const { prices, clock, upstreamOf } = this.#options;
    return prices.cost({ runs, model, upstream: upstreamOf(api), atMs: clock.now() }).costNanoUsd;
  }
}

/** `openai:MODEL` says which API it speaks; otherwise its name does, or the request's own API is taken. */
export function targetOf(text: string): { readonly model: string; readonly api: ProtocolName | null } {
  const match = /^(openai|anthropic):(.+)$/.exec(text);
  if (match !== null) return { model: String(match[2]), api: match[1] as ProtocolName };
  return { model: text, api: familyOf(text) };
}
