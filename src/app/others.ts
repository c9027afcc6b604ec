// What the other proxies of a shared database write, for the live feed of this one's pages: looked for every second while a
// page listens, and at once when the database tells of records. What this process writes is told as it happens, and is
// left out here.

import type { Analytics } from '../core/analytics.ts';
import type { Ground } from './ground.ts';
import { RECORDS_HINT } from './hints.ts';
import type { Instance } from './instances.ts';
import type { Records } from './records.ts';

type Reader = (lines: string) => void;

const EVERY_MS = 1000;
/** Hints come with every batch of every proxy: looks are no closer than this. */
const GAP_MS = 200;
const LATE_MS = 1000;
const PAGE_ROWS = 500;
/** Where nobody knows since when: more than a page of the feed shows, so that it asks for its reports anew. */
const BEFORE_UNKNOWN = 300;

export interface Others {
  /** Hands records on from now on, or no more. Resolves once none that is written from then on is missed. */
  read(reader: Reader | null): Promise<void>;
  /** Resolves once what is in the database by now is handed on, or where that takes long. */
  hear(): Promise<void>;
}

export function followOthers({ opened }: Ground, { store, owner }: Records, { name }: Instance): Others {
  if (store.leases === null) return { read: async () => undefined, hear: async () => undefined };
  const follower = new Follower(store.analytics, `${name.id}/${owner}`);
  store.onHint((topic) => {
    if (topic === RECORDS_HINT) follower.hint();
  });
  opened.defer(() => follower.close());
  return follower;
}

class Follower implements Others {
  readonly #analytics: Analytics;
  readonly #owner: string;
  #reader: Reader | null = null;
  /** Null until the database has said where it begins. */
  #cursor: number | null = null;
  #timer: NodeJS.Timeout | undefined;
  #dueMs = Number.POSITIVE_INFINITY;
  #look: Promise<void> = Promise.resolve();

  constructor(analytics: Analytics, owner: string) {
    this.#analytics = analytics;
    this.#owner = owner;
  }

  async read(reader: Reader | null): Promise<void> {
    this.#reader = reader;
    clearTimeout(this.#timer);
    this.#dueMs = Number.POSITIVE_INFINITY;
    // A look that runs was for the reader before.
    await this.#look;
    if (reader === null || reader !== this.#reader) return;
    this.#cursor = await this.#here();
    this.#due(EVERY_MS);
  }

  async hear(): Promise<void> {
    if (this.#reader === null) return;
    this.#lookOnce();
    await soonOr(this.#look, undefined);
  }

  hint(): void {
    if (this.#reader !== null) this.#due(GAP_MS);
  }

  async close(): Promise<void> {
    await this.read(null);
  }

  #due(inMs: number): void {
    const atMs = performance.now() + inMs;
    if (this.#reader === null || atMs >= this.#dueMs) return;
    clearTimeout(this.#timer);
    this.#dueMs = atMs;
    this.#timer = setTimeout(() => {
      this.#dueMs = Number.POSITIVE_INFINITY;
      this.#lookOnce();
    }, inMs).unref();
  }

  #lookOnce(): void {
    this.#look = this.#look
      .then(() => this.#readOn())
      // It is away, and has been told of: what is missed now is read by the next look.
      .catch(() => undefined)
      .then(() => this.#due(EVERY_MS));
  }

  /** Null where the database is away, or slow: own traffic does not wait for it. */
  async #here(): Promise<number | null> {
    return soonOr(
      this.#analytics.lastChange().catch(() => null),
      null,
    );
  }

  async #readOn(): Promise<void> {
    this.#cursor ??= Math.max(0, (await this.#analytics.lastChange()) - BEFORE_UNKNOWN);
    for (;;) {
      const reader = this.#reader;
      const cursor: number = this.#cursor;
      const page = await this.#analytics.changesOfOthers(this.#owner, cursor, PAGE_ROWS);
      if (reader === null || reader !== this.#reader) return;
      this.#cursor = page.cursor;
      if (page.count > 0) reader(page.lines);
      if (page.count < PAGE_ROWS) return;
    }
  }
}

async function soonOr<T>(answer: Promise<T>, else_: T): Promise<T> {
  const late = Promise.withResolvers<T>();
  const timer = setTimeout(() => late.resolve(else_), LATE_MS);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
