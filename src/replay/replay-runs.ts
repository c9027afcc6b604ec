// Replays that a server runs for its page: one at a time, each with how far it is, and kept with its comparison beside
// the answers that it paid for. A run is `running` until it is `done`, `cancelled` or `failed`; one whose server ended
// meanwhile is `interrupted`: started again, it pays only for what is missing.

import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { TokenWatchError } from '../core/errors.ts';
import type { NanoUsd } from '../core/money.ts';
import { REPLAY_PROMPTS_MAX } from '../core/own-traffic.ts';
import { makeFolders } from '../runtime/make-folders.ts';
import { type Comparison, compare } from './comparison.ts';
import type { Bench } from './paid-run.ts';
import type { PromptSource } from './prompt-source.ts';
import { ResultFile } from './replay-result.ts';
import type { ReplayTask } from './replay-task.ts';
import {
  assertChosen,
  type OpenEmbedder,
  type PlannedReplay,
  planStored,
  runName,
  runStored,
  type StoredReplay,
} from './stored-replay.ts';

export interface ReplayRun {
  readonly id: string;
  readonly target: string;
  readonly state: 'running' | 'done' | 'cancelled' | 'failed' | 'interrupted';
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  readonly prompts: number;
  /** Requests, of which `done` have been answered; those of an earlier run count as answered. */
  readonly requests: number;
  readonly done: number;
  /** By this run, of known cost. */
  readonly spentNanoUsd: NanoUsd;
  readonly mostNanoUsd: NanoUsd;
  /** Why it failed; null: it did not. */
  readonly fault: string | null;
  /** What the user should know of it. */
  readonly notes: readonly string[];
}

export interface ReplayRunsOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly source: PromptSource;
  readonly costOf: Bench['costOf'];
  readonly hold: Bench['hold'];
  /** Throws where another process writes to the file; returns what gives it up. */
  readonly claim: (path: string) => () => void;
  /** Asks them through the proxy; ends early where the signal aborts. */
  readonly send: (
    tasks: readonly ReplayTask[],
    file: ResultFile,
    concurrency: number,
    signal: AbortSignal,
    onDone: (costNanoUsd: NanoUsd | null) => void,
  ) => Promise<void>;
  readonly openEmbedder: OpenEmbedder;
}

interface Running {
  run: ReplayRun;
  /** Why it ended before anything was sent; null: it has not. */
  refusal: unknown;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

const KEPT_MAX = 50;
const ID_FORM = /^[0-9a-f]{12}$/;

export class ReplayRuns {
  readonly #options: ReplayRunsOptions;
  readonly #folder: string;
  #running: Running | null = null;
  #listener: (run: ReplayRun) => void = () => {};

  constructor(options: ReplayRunsOptions) {
    this.#options = options;
    this.#folder = join(options.dataDir, 'replays', 'runs');
  }

  /** `listener` hears of every change of a run, its end included. There is one. */
  watch(listener: (run: ReplayRun) => void): void {
    this.#listener = listener;
  }

  plan(options: StoredReplay): Promise<PlannedReplay> {
    return planStored(this.#options.source, options, this.#options, REPLAY_PROMPTS_MAX);
  }

  /** Resolves as soon as it has begun. Throws where another one runs, or where it does not fit the money. */
  async start(options: StoredReplay): Promise<ReplayRun> {
    const planned = await this.plan(options);
    if (this.#running !== null)
      throw new TokenWatchError(
        'invalid_argument',
        `A replay on ${this.#running.run.target} is running. Wait for its end, or cancel it.`,
      );
    assertChosen(planned);
    const run: ReplayRun = {
      id: randomBytes(6).toString('hex'),
      target: options.target,
      state: 'running',
      startedAtMs: this.#options.clock.now(),
      endedAtMs: null,
      prompts: planned.chosen.length,
      requests: planned.costs.length + planned.noise.length,
      done: 0,
      spentNanoUsd: 0,
      mostNanoUsd: options.mostNanoUsd,
      fault: null,
      notes: [],
    };
    const abort = new AbortController();
    const begun = Promise.withResolvers<void>();
    // What throws at once must find the run that it belongs to.
    const ended = Promise.resolve().then(() => this.#work(planned, options, abort.signal, begun.resolve));
    const running: Running = { run, refusal: null, abort, ended };
    this.#running = running;
    this.#keep(run);
    await Promise.race([begun.promise, ended]);
    if (running.refusal === null) return running.run;
    this.#forget(run.id);
    throw running.refusal;
  }

  async #work(
    planned: PlannedReplay,
    options: StoredReplay,
    signal: AbortSignal,
    begun: () => void,
  ): Promise<void> {
    const path = join(this.#options.dataDir, 'replays', `${runName(options)}.jsonl`);
    let hasBegun = false;
    let release = (): void => undefined;
    try {
      release = this.#options.claim(path);
      const file = new ResultFile(path);
      const isAnswered = ({ task }: { readonly task: ReplayTask }): boolean => file.done(task.key) !== null;
      this.#change({ done: [...planned.costs, ...planned.noise].filter(isAnswered).length });
      const bench: Bench = {
        costOf: this.#options.costOf,
        hold: this.#options.hold,
        run: (tasks, results, concurrency) => {
          hasBegun = true;
          begun();
          return this.#options.send(tasks, results, concurrency, signal, (cost) => this.#count(cost));
        },
      };
      const tell = (line: string): void => this.#change({ notes: [...this.#current().notes, line] });
      const openEmbedder: OpenEmbedder = async () => (signal.aborted ? null : this.#options.openEmbedder());
      const comparison = await runStored(planned, options, bench, file, openEmbedder, tell);
      this.#write(`${this.#current().id}.comparison.json`, comparison);
      this.#change({ state: signal.aborted ? 'cancelled' : 'done' });
    } catch (error) {
      if (!hasBegun && this.#running !== null) this.#running.refusal = error;
      this.#change({ state: 'failed', fault: error instanceof Error ? error.message : String(error) });
    } finally {
      release();
    }
    this.#change({ endedAtMs: this.#options.clock.now() });
    const run = this.#current();
    this.#running = null;
    this.#keep(run);
    this.#listener(run);
  }

  /** Newest first. */
  list(): readonly ReplayRun[] {
    const kept = this.#ids().map((id) => this.#read(id));
    return kept.filter((run) => run !== null).sort((a, b) => b.startedAtMs - a.startedAtMs);
  }

  /** Throws `no_data`. The comparison is null until the run has ended. */
  async show(id: string): Promise<{ readonly run: ReplayRun; readonly comparison: Comparison | null }> {
    const run = this.#find(id);
    const text = await readFile(join(this.#folder, `${id}.comparison.json`), 'utf8').catch(() => null);
    if (text === null) return { run, comparison: null };
    // Anew from the pairs: an earlier version kept fewer figures of them all.
    const { target, prompts, overall } = JSON.parse(text) as Comparison;
    return { run, comparison: compare(target, prompts, overall.similarityFloor) };
  }

  /** Ends one that runs; forgets one that has ended. Answers that were paid stay. */
  async remove(id: string): Promise<'cancelled' | 'removed'> {
    const running = this.#running;
    if (running?.run.id === id) {
      if (!running.abort.signal.aborted)
        this.#change({
          notes: [...running.run.notes, 'Cancelled: what is in flight ends, nothing more is sent.'],
        });
      running.abort.abort();
      await running.ended;
      return 'cancelled';
    }
    this.#find(id);
    this.#forget(id);
    return 'removed';
  }

  /** Nothing more is sent. */
  stop(): void {
    this.#running?.abort.abort();
  }

  async close(): Promise<void> {
    this.stop();
    await this.#running?.ended;
  }

  #current(): ReplayRun {
    if (this.#running === null) throw new Error('a run that is changed must be running');
    return this.#running.run;
  }

  #change(change: Partial<ReplayRun>): void {
    if (this.#running === null) return;
    this.#running.run = { ...this.#running.run, ...change };
    // Its end is told once it is kept: whoever asks then finds it.
    if (this.#running.run.state === 'running') this.#listener(this.#running.run);
  }

  #count(costNanoUsd: NanoUsd | null): void {
    const { done, requests, spentNanoUsd } = this.#current();
    // A judge's questions come on top of what was planned.
    this.#change({
      done: done + 1,
      requests: Math.max(requests, done + 1),
      spentNanoUsd: spentNanoUsd + (costNanoUsd ?? 0),
    });
  }

  #find(id: string): ReplayRun {
    const run = ID_FORM.test(id) ? this.#read(id) : null;
    if (run !== null) return run;
    throw new TokenWatchError('no_data', `No replay has the id "${id}".`);
  }

  #read(id: string): ReplayRun | null {
    if (this.#running?.run.id === id) return this.#running.run;
    try {
      const run = JSON.parse(readFileSync(join(this.#folder, `${id}.json`), 'utf8')) as ReplayRun;
      return run.state === 'running' ? { ...run, state: 'interrupted' } : run;
    } catch {
      // Gone, or half a file: there is no such run.
      return null;
    }
  }

  #ids(): readonly string[] {
    try {
      return readdirSync(this.#folder).flatMap((name) => /^([0-9a-f]{12})\.json$/.exec(name)?.[1] ?? []);
    } catch {
      // No folder: nothing has run yet.
      return [];
    }
  }

  #keep(run: ReplayRun): void {
    this.#write(`${run.id}.json`, run);
    for (const { id } of this.list().slice(KEPT_MAX)) this.#forget(id);
  }

  /** Written beside, and moved: nobody reads half of it. */
  #write(name: string, value: unknown): void {
    makeFolders(this.#folder, 0o700);
    const path = join(this.#folder, name);
    writeFileSync(`${path}.new`, JSON.stringify(value), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  #forget(id: string): void {
    for (const name of [`${id}.json`, `${id}.comparison.json`])
      rmSync(join(this.#folder, name), { force: true });
  }
}
