// What a replay works with: the proxy that it goes through (the one that runs, or one that is started for it), and the
// proxy's own prices.

import { join } from 'node:path';
import { startApp } from '../app.ts';
import { systemClock } from '../core/clock.ts';
import type { NanoUsd } from '../core/money.ts';
import type { Protocol, ProtocolName } from '../core/protocol.ts';
import { NO_USAGE, type UsageRun } from '../core/usage.ts';
import { CostBound } from '../ledger/cost-bound.ts';
import { InputCount } from '../ledger/input-count.ts';
import { familyOf } from '../policy/model-family.ts';
import { loadPriceBook } from '../pricing/price-book.ts';
import { anthropic } from '../protocols/anthropic/protocol.ts';
import { openai } from '../protocols/openai/protocol.ts';
import type { TaskCost } from '../replay/replay-money.ts';
import type { ReplayResult, ResultFile } from '../replay/replay-result.ts';
import { REPLAY_APP, runReplay } from '../replay/replay-run.ts';
import type { ReplayTask } from '../replay/replay-task.ts';
import type { Settings } from '../settings.ts';
import type { CommandContext } from './command.ts';
import { Progress } from './progress.ts';
import { serverOf } from './server.ts';

export const PROTOCOLS: Readonly<Record<ProtocolName, Protocol>> = { anthropic, openai };

/** `openai:MODEL` says which API it speaks; otherwise its name does, or the request's own API is taken. */
export function targetOf(text: string): { readonly model: string; readonly api: ProtocolName | null } {
  const match = /^(openai|anthropic):(.+)$/.exec(text);
  if (match !== null) return { model: String(match[2]), api: match[1] as ProtocolName };
  return { model: text, api: familyOf(text) };
}

export class ReplayBench implements AsyncDisposable {
  readonly #opened = new AsyncDisposableStack();
  #proxy: Promise<string> | null = null;
  readonly #context: CommandContext;
  readonly #settings: Settings;
  readonly #prices: ReturnType<typeof loadPriceBook>;
  readonly #costs: CostBound;

  constructor(context: CommandContext) {
    this.#context = context;
    this.#settings = context.settings();
    this.#prices = loadPriceBook(this.#settings.TOKENWATCH_PRICES, this.#settings.TOKENWATCH_DATA_DIR);
    // Bounds come from the body alone: nothing is counted.
    const inputCount = new InputCount({ tokens: async () => null });
    this.#costs = new CostBound({ prices: this.#prices, inputCount, mode: 'worst' });
  }

  /** Where a run's results are kept if the user names no place. */
  resultPath(name: string): string {
    return join(this.#settings.TOKENWATCH_DATA_DIR, 'replays', `${name}.jsonl`);
  }

  costOf(task: ReplayTask, inputTokens: number, outputTokens: number): TaskCost {
    const protocol = PROTOCOLS[task.api];
    const endpoint = protocol.endpoint('POST', task.path);
    const { maxOutputTokens, serviceTier, speed } = protocol.readRequest(endpoint, task.body);
    const { costNanoUsd } = this.#costs.bound({
      stream: false,
      endpoint,
      model: task.target,
      upstream: this.#upstreamOf(task.api),
      app: REPLAY_APP,
      maxOutputTokens,
      serviceTier,
      speed,
      body: task.body,
      atMs: systemClock.now(),
    });
    const usage = { ...NO_USAGE, inputTokens, outputTokens };
    const run: UsageRun = { kind: 'message', model: null, usage, serviceTier, speed, inferenceGeo: null };
    return {
      task,
      worstNanoUsd: costNanoUsd,
      expectedNanoUsd: this.#priceOf(task.api, [run], task.target),
      inputTokens,
      outputTokens,
    };
  }

  /** Through the server that runs on the data folder; where none does, through one that is started for it. */
  async run(
    tasks: readonly ReplayTask[],
    file: ResultFile,
    concurrency: number,
    onDone: (result: ReplayResult) => void = () => {},
  ): Promise<void> {
    if (tasks.length === 0) return;
    const environment = this.#context.environment();
    const progress = new Progress(process.stderr, tasks.length, () => systemClock.monotonicMs());
    this.#proxy ??= this.#openProxy();
    const proxyUrl = await this.#proxy;
    await runReplay(
      {
        proxyUrl,
        protocols: PROTOCOLS,
        keys: {
          anthropic: environment.ANTHROPIC_API_KEY ?? null,
          openai: environment.OPENAI_API_KEY ?? null,
        },
        fetch,
        clock: systemClock,
        concurrency,
        file,
        priceOf: (api, runs, model) => this.#priceOf(api, runs, model),
        session: `replay-${process.pid}-${systemClock.now()}`,
        signal: this.#context.signal,
        onDone: (result) => {
          progress.step(result.costNanoUsd);
          onDone(result);
        },
      },
      tasks,
    );
    progress.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened.disposeAsync();
  }

  async #openProxy(): Promise<string> {
    const server = await serverOf(this.#settings);
    if (server !== null) return server.status.proxyUrl;
    const settings = {
      ...this.#settings,
      TOKENWATCH_HOST: '127.0.0.1',
      TOKENWATCH_PROXY_PORT: 0,
      TOKENWATCH_DASHBOARD_PORT: 0,
    };
    const app = await startApp({ settings, environment: this.#context.environment() });
    this.#opened.defer(() => app.close());
    return app.proxyUrl;
  }

  #priceOf(api: ProtocolName, runs: readonly UsageRun[], model: string): NanoUsd | null {
    const upstream = this.#upstreamOf(api);
    return this.#prices.cost({ runs, model, upstream, atMs: systemClock.now() }).costNanoUsd;
  }

  #upstreamOf(api: ProtocolName): string {
    const { TOKENWATCH_ANTHROPIC_URL, TOKENWATCH_OPENAI_URL } = this.#settings;
    return (api === 'anthropic' ? TOKENWATCH_ANTHROPIC_URL : TOKENWATCH_OPENAI_URL).origin;
  }
}
