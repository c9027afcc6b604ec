// The proxy itself: what plans requests, what takes them through their steps, and the port where they arrive.

import { faultText } from '../core/fault-text.ts';
import type { HeldRooms } from '../core/held-rooms.ts';
import type { OwnPages } from '../core/own-page.ts';
import { SiteGuard } from '../core/site-guard.ts';
import { storedWord } from '../core/stored-name.ts';
import { mountsOf, spendOfToday } from '../decisions.ts';
import { SpendToday } from '../ledger/spend-today.ts';
import type { AccessStep } from '../proxy/access-step.ts';
import { newHop } from '../proxy/hops.ts';
import { Pipeline, type Retunable } from '../proxy/pipeline.ts';
import { Planner, spendView } from '../proxy/plan/planner.ts';
import { startProxyServer } from '../proxy/server.ts';
import type { Settings } from '../settings.ts';
import type { Archive } from './archive.ts';
import type { Budgets } from './budgets.ts';
import type { Cache } from './cache.ts';
import type { Ground } from './ground.ts';
import type { Otel } from './otel.ts';
import type { Pricing } from './pricing.ts';
import type { Records } from './records.ts';
import type { Rules } from './rules.ts';
import { assertElsewhere } from './start-refusals.ts';
import type { Tls } from './tls.ts';
import { retuneUpstreams, type Upstreams } from './upstreams.ts';

export interface Traffic {
  /** Known once it listens; where it is meant to before. */
  readonly url: string;
  readonly planner: Planner;
  /** Opens the port. `pages` are what it says of itself. */
  listen(pages: OwnPages): Promise<void>;
}

export interface TrafficParts {
  readonly records: Records;
  readonly pricing: Pricing;
  readonly upstreams: Upstreams;
  readonly rules: Rules;
  /** Null where they are off. */
  readonly budgets: Budgets | null;
  readonly cache: Cache | null;
  readonly otel: Otel | null;
  readonly access: AccessStep;
  readonly archive: Archive | null;
  readonly rooms: HeldRooms;
}

/** Everything but the port: whoever finds that open finds the rest of the app at work. */
export async function prepareTraffic(ground: Ground, tls: Tls, parts: TrafficParts): Promise<Traffic> {
  const { settings, clock, opened } = ground;
  const { records, pricing, upstreams, rules, budgets, cache, archive } = parts;
  const { mounts, forwarder, health, keys, choice } = upstreams;
  const today = await spentToday(ground, records, rules);
  const planner = new Planner({
    rules: () => rules.watch.current,
    upstreams: choice,
    spend: spendView(today, budgets?.ledger ?? null),
  });
  const pipeline = new Pipeline({
    ...wishesOf(settings, settings.TOKENWATCH_HOST),
    connectTimeoutMs: settings.TOKENWATCH_CONNECT_TIMEOUT,
    overallTimeoutMs: settings.TOKENWATCH_OVERALL_TIMEOUT,
    clock,
    hop: newHop(),
    access: parts.access,
    journal: records.journal,
    prices: pricing.prices,
    estimator: pricing.estimator,
    chargedLines: records.chargedLines,
    wasCharged: (key) => withinTime(records.store.budgets.isCharged(storedWord(key))),
    forwarder,
    health,
    keys,
    planner,
    rooms: parts.rooms,
    budgets: budgets?.gate ?? null,
    cache: cache?.step ?? null,
    tracing: parts.otel?.tracing ?? null,
    newChunkGaps: parts.otel?.newChunkGaps ?? null,
    onFault: (id, fault) =>
      ground.warn(`Request ${id} failed inside TokenWatch; others go on. ${faultText(fault)}`),
    archive: archive?.step ?? null,
    onStarted: (start) => records.tellStarted(start),
    onSettled: (start, end, sight) => {
      today.add(start.app, start.tag, end.costNanoUsd);
      records.tellSettled(start, end, sight);
    },
  });
  rules.watch.onChange = () => pipeline.cutRevoked();
  ground.reloads.add(RETUNED, (fresh) => pipeline.retune(wishesOf(fresh, settings.TOKENWATCH_HOST)));
  ground.reloads.add(RETUNED_UPSTREAMS, (fresh) => {
    assertElsewhere(settings, mountsOf(fresh), Number(new URL(url).port));
    retuneUpstreams(upstreams, fresh);
  });
  // Read when it stops.
  ground.reloads.add(['TOKENWATCH_DRAIN_TIMEOUT'], () => undefined);
  let url = `${tls.proxy === null ? 'http' : 'https'}://${settings.TOKENWATCH_HOST}:${settings.TOKENWATCH_PROXY_PORT}`;
  return {
    planner,
    get url() {
      return url;
    },
    async listen(pages) {
      const server = await startProxyServer({
        host: settings.TOKENWATCH_HOST,
        port: settings.TOKENWATCH_PROXY_PORT,
        mounts,
        pipeline,
        tls: tls.proxy?.pair ?? null,
        warn: ground.warn,
        pages,
      });
      tls.proxy?.onChange((pair) => server.showCertificate(pair));
      opened.defer(async () => {
        await server.close(settings.TOKENWATCH_DRAIN_TIMEOUT, ground.hurry);
        await pipeline.settled();
      });
      url = server.url;
      assertElsewhere(settings, mounts, Number(new URL(url).port));
    },
  };
}

/** Without its database, today's spending begins at nothing for the rules that look at it. */
async function spentToday(
  { settings, clock, warn }: Ground,
  { store }: Records,
  { watch }: Rules,
): Promise<SpendToday> {
  const timeZone = settings.TOKENWATCH_BUDGET_TIMEZONE;
  try {
    // One that has just been silent is not waited for again: nothing passes before that.
    if (watch.trouble === null) return await spendOfToday(clock, store.analytics, timeZone);
  } catch {
    // As where it is away.
  }
  warn('What today has cost is not known: rules that look at spending count from now.');
  return new SpendToday(clock, timeZone);
}

/** What the pipeline takes anew. */
const RETUNED = [
  'TOKENWATCH_MAX_BODY_BYTES',
  'TOKENWATCH_STREAM_USAGE',
  'TOKENWATCH_ALLOWED_HOSTS',
  'TOKENWATCH_ALLOWED_ORIGINS',
  'TOKENWATCH_FAILOVER_ON',
  'TOKENWATCH_FAILOVER_ATTEMPTS',
  'TOKENWATCH_FAILOVER_TIMEOUT',
  'TOKENWATCH_FAILOVER_HEAD_TIMEOUT',
  'TOKENWATCH_RETRY',
] as const;
const RETUNED_UPSTREAMS = [
  'TOKENWATCH_ANTHROPIC_URL',
  'TOKENWATCH_OPENAI_URL',
  'TOKENWATCH_FAILOVER_TO_DEFAULT',
  'TOKENWATCH_FOREIGN_KEYS',
] as const;

function wishesOf(settings: Settings, ownHost: string): Retunable {
  return {
    bodyBytesMax: settings.TOKENWATCH_MAX_BODY_BYTES,
    asksForStreamUsage: settings.TOKENWATCH_STREAM_USAGE === 'on',
    sites: new SiteGuard({
      subject: 'The proxy',
      ownHost,
      hosts: settings.TOKENWATCH_ALLOWED_HOSTS,
      origins: settings.TOKENWATCH_ALLOWED_ORIGINS,
    }),
    failover: {
      on: settings.TOKENWATCH_FAILOVER_ON,
      attemptsMax: settings.TOKENWATCH_FAILOVER_ATTEMPTS,
      timeoutMs: settings.TOKENWATCH_FAILOVER_TIMEOUT,
      headTimeoutMs: settings.TOKENWATCH_FAILOVER_HEAD_TIMEOUT,
      retriesMax: settings.TOKENWATCH_RETRY,
    },
  };
}

/** Whether an answer that is fetched was charged: its record waits so long for the store to tell. */
const CHARGED_WAIT_MS = 2000;

/** False where that is not known in time: charged once more, never less. */
async function withinTime(told: Promise<boolean>): Promise<boolean> {
  const { promise: over, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), CHARGED_WAIT_MS);
  const known = told.catch(() => false);
  const was = await Promise.race([known, over]);
  clearTimeout(timer);
  return was;
}
