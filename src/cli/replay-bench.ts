// What a replay works with: the proxy that it goes through (the one that runs, or one that is started for it), and the
// proxy's own prices.

import { hostname } from 'node:os';
import { join } from 'node:path';
import { startApp } from '../app.ts';
import { systemClock } from '../core/clock.ts';
import { TokenWatchError } from '../core/errors.ts';
import { loadPriceBook } from '../pricing/price-book.ts';
import { claimResults } from '../record/results-claim.ts';
import { processOwner } from '../record/spool.ts';
import { worstByModel } from '../replay/paid-run.ts';
import { PROTOCOLS, ReplayDesk } from '../replay/replay-desk.ts';
import type { TaskCost } from '../replay/replay-money.ts';
import { type ReplayResult, ResultFile } from '../replay/replay-result.ts';
import { runReplay } from '../replay/replay-run.ts';
import type { ReplayTask } from '../replay/replay-task.ts';
import type { Settings } from '../settings.ts';
import type { CommandContext } from './command.ts';
import { Progress } from './progress.ts';
import { askServer, fetchOf, type RunningServer, serverOf } from './server.ts';

/** For one that nobody else asks. */
const PLAIN = {
  TOKENWATCH_TLS_CERT: '',
  TOKENWATCH_TLS_KEY: '',
  TOKENWATCH_DASHBOARD_TLS_CERT: 'off',
  TOKENWATCH_DASHBOARD_TLS_KEY: '',
};

export class ReplayBench implements AsyncDisposable {
  readonly #opened = new AsyncDisposableStack();
  readonly #context: CommandContext;
  readonly #settings: Settings;
  readonly #desk: ReplayDesk;
  readonly #session = `replay-${process.pid}-${systemClock.now()}`;
  #server: Promise<RunningServer> | null;

  private constructor(context: CommandContext, running: RunningServer | null) {
    this.#context = context;
    this.#settings = context.settings();
    this.#server = running === null ? null : Promise.resolve(running);
    const { TOKENWATCH_PRICES, TOKENWATCH_DATA_DIR, ...settings } = this.#settings;
    // Whose prices hold is decided by where the server sends requests, not by this command's own settings.
    const upstreams = running?.status.upstreams ?? {
      anthropic: settings.TOKENWATCH_ANTHROPIC_URL.href,
      openai: settings.TOKENWATCH_OPENAI_URL.href,
    };
    this.#desk = new ReplayDesk({
      prices: loadPriceBook(TOKENWATCH_PRICES, TOKENWATCH_DATA_DIR),
      clock: systemClock,
      upstreamOf: (api) => new URL(upstreams[api]).origin,
    });
  }

  static async open(context: CommandContext): Promise<ReplayBench> {
    return new ReplayBench(context, await serverOf(context.settings()));
  }

  /** Where a run's results are kept if the user names no place. */
  resultPath(name: string): string {
    return join(this.#settings.TOKENWATCH_DATA_DIR, 'replays', `${name}.jsonl`);
  }

  /** What earlier runs left in the file. Throws where another run is writing to it. */
  openResults(path: string): ResultFile {
    this.#opened.defer(claimResults(path));
    return new ResultFile(path);
  }

  costOf(task: ReplayTask, inputTokens: number, outputTokens: number): TaskCost {
    return this.#desk.costOf(task, inputTokens, outputTokens);
  }

  /** With the server's budgets: other traffic cannot leave the run half done. */
  async hold(costs: readonly TaskCost[]): Promise<() => Promise<void>> {
    const server = await this.#opens();
    const session = this.#session;
    const owner = { host: hostname(), process: processOwner() };
    await askServer(server, 'replayHold', { session, ...owner, models: [...worstByModel(costs)] });
    return async () => {
      // A server that is gone holds nothing, and the answers that came are worth telling.
      await askServer(server, 'replayHoldRemove', { session }).catch(() => undefined);
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
    const { proxyUrl } = (await this.#opens()).status;
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
        session: this.#session,
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

  #opens(): Promise<RunningServer> {
    this.#server ??= this.#open();
    return this.#server;
  }

  async #open(): Promise<RunningServer> {
    const settings = {
      ...this.#settings,
      TOKENWATCH_HOST: '127.0.0.1',
      TOKENWATCH_PROXY_PORT: 0,
      TOKENWATCH_DASHBOARD_PORT: 0,
      ...PLAIN,
    };
    const app = await startApp({ settings, environment: this.#context.environment() });
    this.#opened.defer(() => app.close());
    const started = await serverOf(settings);
    if (started === null)
      throw new TokenWatchError('internal_error', 'The server that was started for the run does not answer.');
    return started;
  }
}
