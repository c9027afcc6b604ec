// Active probes: now and then asks upstreams in trouble for their models. An answer does not close a circuit, it lets
// the next request try: only real traffic shows that a model works.

import type { Clock } from '../core/clock.ts';
import type { Upstream } from '../core/upstream.ts';
import type { Forwarder } from './forward.ts';
import type { Health } from './health.ts';
import type { KeyReader } from './keys.ts';
import { probe } from './probe.ts';

export interface ProberOptions {
  readonly clock: Clock;
  readonly forwarder: Forwarder;
  readonly health: Health;
  readonly keys: KeyReader;
  readonly upstreams: () => readonly Upstream[];
  readonly intervalMs: number;
}

export class Prober {
  readonly #options: ProberOptions;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: ProberOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setTimeout(async () => {
      const { upstreams, health } = this.#options;
      await Promise.all(upstreams().map((upstream) => this.#look(upstream, health.troubled(upstream))));
      if (!this.#closed) this.start();
    }, this.#options.intervalMs).unref();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #look(upstream: Upstream, troubled: ReturnType<Health['troubled']>): Promise<void> {
    if (troubled.length === 0) return;
    const { clock, forwarder, keys } = this.#options;
    const key = keys.has(upstream) ? keys.keyOf(upstream) : null;
    const { status } = await probe(forwarder, upstream, key);
    // Without a client's key it may say 401: it is there all the same.
    if (status === null || status >= 500 || status === 429) return;
    for (const circuit of troubled) circuit.probed(clock.now());
  }
}
