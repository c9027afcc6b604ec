// One chapter of a fault run: a server on a folder of its own, asked and tormented until so many requests were asked or
// the time is over, then stopped, and read. What is known of it is small enough to be kept until it is checked.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestsPage } from '../../../src/core/analytics.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { OwnPlace } from '../../../src/core/own-place.ts';
import { RuleEditor } from '../../../src/policy/rule-editor.ts';
import { visitStore } from '../../../src/storage/registry.ts';
import { withBook } from '../../budgets/app-with-budgets.ts';
import type { Chance } from './chance.ts';
import type { Clients } from './clients.ts';
import type { Evidence, RecordFacts } from './evidence.ts';
import { type Scene, TORMENTS } from './torments.ts';
import type { UpstreamProcess } from './upstream-process.ts';
import { Victim } from './victim.ts';
import { ROUTED, streamWish, type Wish, wishOf } from './wishes.ts';

const LIMIT_USD = '0.004';
const LIMIT_NANO_USD = 4_000_000;
/** One application after the other uses its budget up. */
const REQUESTS_PER_BUDGET = 2500;
/** From one torment to the next. */
const PAUSE_MS = [200, 2300] as const;
/** A soak's memory is looked at as often. */
const SOAK_LOOK_MS = 200;
/** For a wave of streams to be open. */
const STREAMS_WAIT_MS = 60_000;
const STREAMS_WAVE = 200;
const PAGE_RECORDS = 5000;

/** Nothing is set that a proxy could be. */
const NOWHERE: OwnPlace = { host: '', ports: [], names: new Set() };

/** What all chapters share. */
export interface Cast {
  readonly folder: string;
  readonly upstream: UpstreamProcess;
  readonly clients: Clients;
  /** Who ask at the same time. */
  readonly crowd: number;
  readonly wishes: Chance;
  readonly torments: Chance;
  readonly environment: Readonly<Record<string, string>>;
  /** Of the run so far. */
  asked: number;
}

/** Ends with whichever comes first. */
export interface Length {
  readonly requests: number;
  readonly endMs: number;
}

export interface Chapter {
  readonly evidence: Evidence;
  /** How often each was done; 0: not possible here. */
  readonly torments: ReadonlyMap<string, number>;
  readonly residentBytesMax: number;
}

export async function tormentedChapter(cast: Cast, name: string, length: Length): Promise<Chapter> {
  const { victim, limits } = await open(cast, name, length.requests);
  try {
    await victim.start();
    const traffic = new Traffic(cast, victim, [...limits.keys()], length);
    const running = traffic.run();
    const torments = await torment(cast, victim, traffic);
    await running;
    return await close(cast, victim, limits, torments);
  } finally {
    await victim.stop();
  }
}

/** The same traffic without any torment: what one process that lives on takes of memory. */
export async function soak(
  cast: Cast,
  length: Length,
  name = 'soak',
): Promise<Chapter & { readonly residentBytes: readonly [early: number, late: number] }> {
  const { victim, limits } = await open(cast, name, length.requests);
  try {
    await victim.start();
    const traffic = new Traffic(cast, victim, [...limits.keys()], length);
    const running = traffic.run();
    let early = 0;
    let late = 0;
    while (!traffic.isOver) {
      await sleep(SOAK_LOOK_MS);
      late = victim.lookAtMemory();
      // What a server takes once it knows all kinds of requests is no growth.
      if (traffic.share < 0.2) early = Math.max(early, late);
    }
    await running;
    return { ...(await close(cast, victim, limits, new Map())), residentBytes: [early, late] };
  } finally {
    await victim.stop();
  }
}

/** All open at once, and then each to its end. */
export async function openStreams(
  cast: Cast,
  count: number,
): Promise<Chapter & { readonly streams: number }> {
  const { upstream, clients } = cast;
  const { victim, limits } = await open(cast, 'streams', 0, { TOKENWATCH_OVERALL_TIMEOUT: '600' });
  try {
    await victim.start();
    const target = await victim.target();
    const streams: Promise<void>[] = [];
    let held = 0;
    while (streams.length < count && held === streams.length) {
      const deadlineMs = performance.now() + STREAMS_WAIT_MS;
      // A wave after the other: thousands of connections in one instant only test the queue of the system.
      for (let left = Math.min(STREAMS_WAVE, count - streams.length); left > 0; left -= 1)
        streams.push(clients.ask(target, streamWish(streams.length)));
      held = await upstream.held();
      while (held < streams.length && performance.now() < deadlineMs) {
        await sleep(20);
        held = await upstream.held();
      }
    }
    victim.lookAtMemory();
    await upstream.release();
    await Promise.all(streams);
    cast.asked += streams.length;
    return { ...(await close(cast, victim, limits, new Map())), streams: held };
  } finally {
    await victim.stop();
  }
}

async function open(
  { folder, environment }: Cast,
  name: string,
  requests: number,
  more: Readonly<Record<string, string>> = {},
): Promise<{ readonly victim: Victim; readonly limits: ReadonlyMap<string, number> }> {
  const victim = new Victim(join(folder, name), { ...environment, ...more });
  const apps = Array.from(
    { length: Math.ceil(requests / REQUESTS_PER_BUDGET) },
    (_, index) => `limited-${name}-${index}`,
  );
  await withBook(victim.dataDir, async (book) => {
    for (const app of apps) await book.set({ name: app, app, limit: LIMIT_USD, period: 'total' });
  });
  await setRules(victim.dataDir);
  return { victim, limits: new Map(apps.map((app) => [app, LIMIT_NANO_USD])) };
}

/** An A/B test and a rule for tags, for what is explained. */
async function setRules(dataDir: string): Promise<void> {
  const { rules: book, close } = await visitStore({ TOKENWATCH_DATA_DIR: dataDir }, 'create');
  const editor = new RuleEditor({ book, clock: systemClock, ownPlace: () => NOWHERE });
  const { app, tag, modelA, modelB } = ROUTED;
  await editor.addTagRule(app, { condition: { type: 'tag_app', value: app }, tag });
  await editor.createExperiment(app, {
    ...{ modelA, modelB, split: 50, app, tag: null },
    ...{ sticky: 'session', minSamples: 1, anyModel: false },
  });
  await close();
}

/** Clients that ask without pause. */
class Traffic {
  readonly #cast: Cast;
  readonly #victim: Victim;
  readonly #apps: readonly string[];
  readonly #length: Length;
  readonly #beganMs = performance.now();
  #asked = 0;

  constructor(cast: Cast, victim: Victim, apps: readonly string[], length: Length) {
    this.#cast = cast;
    this.#victim = victim;
    this.#apps = apps;
    this.#length = length;
  }

  get isOver(): boolean {
    return this.#asked >= this.#length.requests || performance.now() >= this.#length.endMs;
  }

  /** Of the chapter, 0 to 1. */
  get share(): number {
    const { requests, endMs } = this.#length;
    const byTime = (performance.now() - this.#beganMs) / (endMs - this.#beganMs);
    return Math.max(byTime, this.#asked / requests);
  }

  async run(): Promise<void> {
    const client = async (): Promise<void> => {
      while (!this.isOver) await this.#askOnce();
    };
    await Promise.all(Array.from({ length: this.#cast.crowd }, client));
  }

  /** So many at once, beside the others. */
  async storm(requests: number): Promise<void> {
    const left = Math.max(0, this.#length.requests - this.#asked);
    await Promise.all(Array.from({ length: Math.min(requests, left) }, () => this.#askOnce()));
  }

  async #askOnce(): Promise<void> {
    const { clients } = this.#cast;
    this.#asked += 1;
    const wish = this.#nextWish();
    await clients.ask(await this.#victim.target(), wish);
  }

  #nextWish(): Wish {
    const at = Math.floor(this.#asked / REQUESTS_PER_BUDGET);
    this.#cast.asked += 1;
    return wishOf(this.#cast.asked, this.#cast.wishes, this.#apps[Math.min(this.#apps.length - 1, at)] ?? '');
  }
}

async function torment(
  { upstream, torments: chance }: Cast,
  victim: Victim,
  traffic: Traffic,
): Promise<ReadonlyMap<string, number>> {
  const done = new Map<string, number>();
  const scene: Scene = { victim, upstream, chance, storm: (requests) => traffic.storm(requests) };
  let left: string[] = [];
  while (!traffic.isOver) {
    await sleep(chance.from(...PAUSE_MS));
    // Each before any comes again.
    if (left.length === 0) left = chance.shuffled(Object.keys(TORMENTS));
    const name = left.pop() ?? '';
    const isDone = await TORMENTS[name]?.(scene);
    done.set(name, (done.get(name) ?? 0) + (isDone === true ? 1 : 0));
    victim.lookAtMemory();
  }
  return done;
}

async function close(
  { clients, upstream }: Cast,
  victim: Victim,
  limits: ReadonlyMap<string, number>,
  torments: ReadonlyMap<string, number>,
): Promise<Chapter> {
  await victim.stop();
  const evidence: Evidence = {
    asked: clients.take(),
    seen: await upstream.takeSeen(),
    records: await readRecords(victim.dataDir),
    limits,
    outages: victim.outages,
    deaths: victim.deaths,
  };
  return { evidence, torments, residentBytesMax: victim.residentBytesMax };
}

async function readRecords(dataDir: string): Promise<readonly RecordFacts[]> {
  const store = await visitStore({ TOKENWATCH_DATA_DIR: dataDir }, 'refuse');
  const records: RecordFacts[] = [];
  let cursor: string | null = null;
  do {
    const range = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
    const page: RequestsPage = await store.analytics.requests({
      range,
      filter: {},
      sort: 'time',
      limit: PAGE_RECORDS,
      cursor,
    });
    for (const record of page.records) {
      const { id, session, app, tag, outcome, costNanoUsd, modelRequested, modelSent, variant } = record;
      records.push({ id, session, app, tag, outcome, costNanoUsd, modelRequested, modelSent, variant });
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  await store.close();
  return records;
}
