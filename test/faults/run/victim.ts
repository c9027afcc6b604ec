// The server under a fault run: started as a user starts it, killed, stopped, starved, and started again.

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { databasePath } from '../../../src/storage/sqlite/database.ts';
import { type ServerProcess, startServerProcess } from '../../start-server-process.ts';
import type { Target } from './clients.ts';
import type { Span } from './evidence.ts';

const CLOCK = new URL('./jumping-clock.ts', import.meta.url).pathname;
/** Breaks nothing, where the environment names nothing. */
const BREAK = new URL('./break-build.ts', import.meta.url).pathname;
const COMPILED = new URL('../../../node_modules/.cache/faults', import.meta.url).pathname;
const START_TRIES = 3;
/** Within which a server has read what was spent, once its database is free. */
const SPENT_MS = 10_000;

interface Ready {
  readonly checks?: { readonly budgets?: { readonly state: string } };
}

export class Victim {
  readonly dataDir: string;
  readonly outages: Span[] = [];
  deaths = 0;
  residentBytesMax = 0;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #clockFile: string;
  #server: ServerProcess | null = null;
  #ready = Promise.withResolvers<void>();
  #isExpected = false;
  /** After it has ended by itself. */
  #restart: Promise<void> = Promise.resolve();

  constructor(folder: string, environment: Readonly<Record<string, string>>) {
    this.dataDir = join(folder, 'data');
    this.#clockFile = join(folder, 'clock');
    this.#environment = {
      ...environment,
      TOKENWATCH_DATA_DIR: this.dataDir,
      TOKENWATCH_FAULTS_CLOCK: this.#clockFile,
      // It starts a hundred times: its compiled code is kept.
      NODE_COMPILE_CACHE: COMPILED,
    };
  }

  /** Once there is a server. */
  async target(): Promise<Target> {
    while (this.#server === null) await this.#ready.promise;
    return { url: this.#server.proxyUrl, dashboardUrl: this.#server.dashboardUrl };
  }

  async start(): Promise<void> {
    this.#isExpected = false;
    const launcher = [process.execPath, '--import', CLOCK, '--import', BREAK];
    let server: ServerProcess | null = null;
    for (let tried = 1; server === null; tried += 1) {
      try {
        server = await startServerProcess(this.#environment, launcher);
      } catch (error) {
        // A database that is locked for longer than a start waits: the next try finds it free.
        if (tried === START_TRIES) throw error;
        await sleep(500);
      }
    }
    this.#server = server;
    server.child.once('exit', () => this.#exited());
    this.#ready.resolve();
  }

  /** Asks it to end, and waits until it has written everything. */
  async stop(): Promise<void> {
    await this.#down((server) => server.stop());
  }

  async kill(meanwhile: () => Promise<void> = async () => {}): Promise<void> {
    const fromMs = performance.now();
    await this.#down(async ({ child }) => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    });
    await Promise.all([this.start(), meanwhile()]);
    await this.#knowsSpent();
    this.outages.push({ fromMs, toMs: performance.now() });
  }

  async pause(ms: number): Promise<void> {
    this.#signal('SIGSTOP');
    await sleep(ms);
    this.#signal('SIGCONT');
  }

  async lockDatabase(ms: number): Promise<void> {
    const intruder = new DatabaseSync(databasePath(this.dataDir), { timeout: 2000 });
    try {
      intruder.exec('BEGIN EXCLUSIVE');
      await sleep(ms);
      intruder.exec('ROLLBACK');
    } finally {
      intruder.close();
    }
  }

  jumpClock(offsetMs: number): void {
    writeFileSync(this.#clockFile, String(offsetMs));
    this.#signal('SIGUSR2');
  }

  /** No file of it can grow by a byte, as on a full disk: without root, by the limit on file sizes. False where not. */
  async fillDisk(ms: number): Promise<boolean> {
    if (!this.#limitFiles('0')) return false;
    await sleep(ms);
    return this.#limitFiles('unlimited');
  }

  lookAtMemory(): number {
    if (process.platform !== 'linux' || this.#server === null) return 0;
    const bytes = this.#server.residentBytes();
    this.residentBytesMax = Math.max(this.residentBytesMax, bytes);
    return bytes;
  }

  /** Beside a locked database a start cannot read what was spent, and hard budgets refuse until it has: not for long. */
  async #knowsSpent(): Promise<void> {
    const deadline = performance.now() + SPENT_MS;
    while (performance.now() < deadline) {
      const { dashboardUrl } = await this.target();
      const response = await fetch(`${dashboardUrl}/ready`).catch(() => null);
      const { checks } = ((await response?.json().catch(() => null)) ?? {}) as Ready;
      if (checks?.budgets?.state === 'ok') return;
      await sleep(50);
    }
  }

  #limitFiles(size: string): boolean {
    const pid = this.#server?.child.pid;
    const args = ['--pid', String(pid), `--fsize=${size}:unlimited`];
    return pid !== undefined && spawnSync('prlimit', args, { stdio: 'ignore' }).status === 0;
  }

  #signal(signal: NodeJS.Signals): void {
    this.#server?.child.kill(signal);
  }

  async #down(end: (server: ServerProcess) => Promise<void>): Promise<void> {
    // A server that is about to come would outlive the one who ends it; and it may end by itself as well.
    for (let restart: Promise<void> | null = null; restart !== this.#restart; ) {
      restart = this.#restart;
      await restart;
    }
    const server = this.#server;
    if (server === null) return;
    this.#isExpected = true;
    this.#server = null;
    this.#ready = Promise.withResolvers();
    await end(server);
  }

  /** It ended by itself: that is a fault of its own, and the run goes on with the next one. */
  #exited(): void {
    if (this.#isExpected) return;
    this.deaths += 1;
    process.stderr.write(`the server ended by itself: ${this.#server?.stderr().slice(-2000)}\n`);
    const fromMs = performance.now() - 1000;
    this.#server = null;
    this.#ready = Promise.withResolvers();
    this.#restart = this.start().then(() => void this.outages.push({ fromMs, toMs: performance.now() }));
  }
}
