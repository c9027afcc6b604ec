// What a replay works with: the proxy that it goes through (the one that runs, or one that is started for it), and the
// proxy's own prices.

import { join } from 'node:path';
import { startApp } from '../app.ts';
import { systemClock } from '../core/clock.ts';
import { loadPriceBook } from '../pricing/price-book.ts';
import { PROTOCOLS, ReplayDesk } from '../replay/replay-desk.ts';
import type { TaskCost } from '../replay/replay-money.ts';
import type { ReplayResult, ResultFile } from '../replay/replay-result.ts';
import { runReplay } from '../replay/replay-run.ts';
import type { ReplayTask } from '../replay/replay-task.ts';
import type { Settings } from '../settings.ts';
import type { CommandContext } from './command.ts';
import { Progress } from './progress.ts';
import { fetchOf, serverOf } from './server.ts';

/** For one that nobody else asks. */
const PLAIN = {
  TOKENWATCH_TLS_CERT: '',
  TOKENWATCH_TLS_KEY: '',
  TOKENWATCH_DASHBOARD_TLS_CERT: 'off',
  TOKENWATCH_DASHBOARD_TLS_KEY: '',
};

export class ReplayBench implements AsyncDisposable {
  readonly #opened = new AsyncDisposableStack();
  #proxy: Promise<string> | null = null;
  readonly #context: CommandContext;
  readonly #settings: Settings;
  readonly #desk: ReplayDesk;

  constructor(context: CommandContext) {
    this.#context = context;
    this.#settings = context.settings();
    const { TOKENWATCH_PRICES, TOKENWATCH_DATA_DIR, ...settings } = this.#settings;
    const { TOKENWATCH_ANTHROPIC_URL, TOKENWATCH_OPENAI_URL } = settings;
    this.#desk = new ReplayDesk({
      prices: loadPriceBook(TOKENWATCH_PRICES, TOKENWATCH_DATA_DIR),
      clock: systemClock,
      upstreamOf: (api) => (api === 'anthropic' ? TOKENWATCH_ANTHROPIC_URL : TOKENWATCH_OPENAI_URL).origin,
    });
  }

  /** Where a run's results are kept if the user names no place. */
  resultPath(name: string): string {
    return join(this.#settings.TOKENWATCH_DATA_DIR, 'replays', `${name}.jsonl`);
  }

  costOf(task: ReplayTask, inputTokens: number, outputTokens: number): TaskCost {
    return this.#desk.costOf(task, inputTokens, outputTokens);
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
        fetch: await fetchOf(this.#settings.TOKENWATCH_DATA_DIR),
        clock: systemClock,
        concurrency,
        file,
        priceOf: (api, runs, model) => this.#desk.priceOf(api, runs, model),
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
      ...PLAIN,
    };
    const app = await startApp({ settings, environment: this.#context.environment() });
    this.#opened.defer(() => app.close());
    return app.proxyUrl;
  }
}
