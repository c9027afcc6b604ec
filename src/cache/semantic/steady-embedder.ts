// An embedder that may break. States: starting → working → broken → (a probe succeeds) → working.
// While it does not work nobody waits for it; probes that grow rarer find out when it is well again.

import type { Embedder } from '../embedder.ts';

export type EmbedderState = 'starting' | 'working' | 'broken';

export interface SteadyEmbedderOptions {
  /** As it is set: what warnings call it. */
  readonly name: string;
  /** May reject: it is tried again. What it opens may have another id each time. */
  readonly open: () => Promise<Embedder>;
  /** An answer that takes longer is of no use to a lookup. */
  readonly timeoutMs: number;
  readonly warn: (message: string) => void;
  readonly onChange: (state: EmbedderState, reason: string | null) => void;
  /** Between probes, at first; doubles with each that fails. */
  readonly probeMs?: number;
}

const PROBE_MS = 1000;
const PROBE_MS_MAX = 60_000;
/** A model may take long to load. */
const PROBE_TIMEOUT_MS = 60_000;
/** Behind so many texts an answer would be late; what is not embedded is a miss. */
const PENDING_MAX = 16;
/** So many late answers in a row are no accident. */
const LATE_MAX = 10;
const PROBE_TEXT = 'How does a bicycle stay upright?';

export class SteadyEmbedder {
  readonly #options: SteadyEmbedderOptions;
  #embedder: Embedder | null = null;
  /** One at a time: a model that takes longer to load than a probe waits is not loaded once more. */
  #opening: Promise<void> | null = null;
  readonly #closed = Promise.withResolvers<never>();
  #state: EmbedderState = 'starting';
  #late = 0;
  #pending = 0;
  #probeMs: number;
  #timer: NodeJS.Timeout | null = null;
  #probing: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: SteadyEmbedderOptions) {
    this.#options = options;
    this.#probeMs = options.probeMs ?? PROBE_MS;
    this.#closed.promise.catch(() => undefined);
  }

  /** Of the embedder that works now; null where none does. */
  get id(): string | null {
    return this.#state === 'working' ? (this.#embedder?.id ?? null) : null;
  }

  get state(): EmbedderState {
    return this.#state;
  }

  /** Tries it for the first time, in the background. */
  start(): void {
    this.#probing = this.#probe();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#closed.reject(new Error('the embedder was closed'));
    const closing = this.#drop();
    await this.#probing;
    await closing;
  }

  /** Null where the embedder of this id does not work, or not for this text. Never rejects. */
  async embed(text: string, id: string): Promise<Float32Array | null> {
    const embedder = this.#embedder;
    if (this.#state !== 'working' || embedder === null || embedder.id !== id) return null;
    if (this.#pending >= PENDING_MAX) return null;
    this.#pending += 1;
    const { timeoutMs } = this.#options;
    const startedMs = performance.now();
    // A call that never ends must be noticed, too.
    const timer = setTimeout(() => this.#wasLate(), timeoutMs);
    timer.unref();
    try {
      const vector = checked(await embedder.embed(text), embedder);
      if (performance.now() - startedMs <= timeoutMs) this.#late = 0;
      return vector;
    } catch (error) {
      if ((error as { code?: unknown } | null)?.code !== 'unembeddable') this.#broke(reasonOf(error));
      return null;
    } finally {
      this.#pending -= 1;
      clearTimeout(timer);
    }
  }

  #wasLate(): void {
    this.#late += 1;
    if (this.#late >= LATE_MAX)
      this.#broke(`${LATE_MAX} answers in a row took longer than ${this.#options.timeoutMs} ms`);
  }

  #broke(reason: string): void {
    if (this.#isClosed || this.#state === 'broken') return;
    const { name, warn } = this.#options;
    warn(
      `Cache: the embedder ${name} does not work (${reason}). Until it does, only identical prompts are answered; it is tried again by itself.`,
    );
    this.#turn('broken', reason);
    this.#probeLater();
  }

  #probeLater(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#probing = this.#probe();
    }, this.#probeMs);
    this.#timer.unref();
    this.#probeMs = Math.min(2 * this.#probeMs, PROBE_MS_MAX);
  }

  /** Never rejects. */
  async #probe(): Promise<void> {
    const { name, timeoutMs, warn, probeMs } = this.#options;
    const wasBroken = this.#state === 'broken';
    let embedder: Embedder | null = null;
    try {
      if (this.#embedder === null) await this.#within(this.#open());
      embedder = this.#embedder;
      if (embedder === null) return;
      checked(await this.#within(embedder.embed(PROBE_TEXT)), embedder);
      // The first call may have loaded a model; the second tells how fast it is.
      const startedMs = performance.now();
      await this.#within(embedder.embed(PROBE_TEXT));
      if (wasBroken && performance.now() - startedMs > timeoutMs) throw new Error('it is still too slow');
      if (this.#isClosed) return;
      this.#late = 0;
      this.#probeMs = probeMs ?? PROBE_MS;
      if (wasBroken) warn(`Cache: the embedder ${name} works again.`);
      this.#turn('working', null);
    } catch (error) {
      // The next probe opens it anew; what is still being opened is waited for.
      if (embedder !== null) await this.#drop();
      if (wasBroken) this.#probeLater();
      else this.#broke(reasonOf(error));
    }
  }

  #open(): Promise<void> {
    if (this.#opening !== null) return this.#opening;
    const opening = this.#options
      .open()
      .then(async (embedder) => {
        this.#embedder = embedder;
        if (this.#isClosed) await this.#drop();
      })
      .finally(() => {
        this.#opening = null;
      });
    // A probe that waited in vain does not hear how it ended.
    opening.catch(() => undefined);
    this.#opening = opening;
    return opening;
  }

  /** Rejects where that takes too long, or is wanted no more. */
  async #within<T>(promise: Promise<T>): Promise<T> {
    const late = Promise.withResolvers<never>();
    const tell = (): void => late.reject(new Error(`no answer in ${PROBE_TIMEOUT_MS} ms`));
    const timer = setTimeout(tell, PROBE_TIMEOUT_MS);
    timer.unref();
    try {
      return await Promise.race([promise, late.promise, this.#closed.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** What cannot be closed is as good as closed. */
  async #drop(): Promise<void> {
    const embedder = this.#embedder;
    this.#embedder = null;
    await embedder?.close().catch(() => undefined);
  }

  #turn(state: EmbedderState, reason: string | null): void {
    this.#state = state;
    this.#options.onChange(state, reason);
  }
}

/** Throws for what is no vector of this embedder. */
function checked(vector: Float32Array, { dimensions, id }: Embedder): Float32Array {
  const squares = vector.reduce((sum, value) => sum + value * value, 0);
  if (vector.length === dimensions && Math.abs(squares - 1) < 1e-3) return vector;
  throw new Error(`${id} made ${vector.length} numbers of length ${Math.sqrt(squares)}, not a unit vector`);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
