// The upstream in a process of its own: its open files are not those of the clients, and it has a core to itself where
// there is one.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Seen } from './evidence.ts';
import { FaultyUpstream } from './faulty-upstream.ts';

/** What is asked of it, by the names of its methods. */
type Call = 'listen' | 'goDown' | 'held' | 'release' | 'takeSeen';
interface Asked {
  readonly id: number;
  readonly call: Call;
}
interface Answered {
  readonly id: number;
  readonly value: unknown;
}

export class UpstreamProcess {
  url = '';
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (value: unknown) => void>();
  #asked = 0;

  constructor() {
    this.#child = fork(new URL(import.meta.url), { serialization: 'advanced' });
    this.#child.on('message', ({ id, value }: Answered) => {
      this.#waiting.get(id)?.(value);
      this.#waiting.delete(id);
    });
  }

  async listen(): Promise<void> {
    this.url = (await this.#ask('listen')) as string;
  }

  async goDown(): Promise<void> {
    await this.#ask('goDown');
  }

  async held(): Promise<number> {
    return (await this.#ask('held')) as number;
  }

  async release(): Promise<void> {
    await this.#ask('release');
  }

  async takeSeen(): Promise<ReadonlyMap<string, readonly Seen[]>> {
    return (await this.#ask('takeSeen')) as ReadonlyMap<string, readonly Seen[]>;
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }

  #ask(call: Call): Promise<unknown> {
    this.#asked += 1;
    const asked: Asked = { id: this.#asked, call };
    return new Promise((resolve) => {
      this.#waiting.set(asked.id, resolve);
      this.#child.send(asked);
    });
  }
}

/** As the process that `fork` starts. */
if (process.send !== undefined && import.meta.main) {
  const upstream = new FaultyUpstream();
  process.on('message', async ({ id, call }: Asked) => {
    const value = await upstream[call]();
    process.send?.({ id, value } satisfies Answered);
  });
  process.on('disconnect', () => process.exit());
}
