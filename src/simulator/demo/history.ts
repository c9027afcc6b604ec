// A past for the demo: records of the last days as a company's applications would have left them, with busy weekdays,
// growth, conversations, failures, cached answers, and an A/B test. The same seed tells the same past.

import { type Prices, promptCacheSaving } from '../../core/price.ts';
import type { Outcome, RequestEnd, RequestStart } from '../../core/record.ts';
import { PENDING_END } from '../../core/record-in-flight.ts';
import { NO_USAGE, type TokenUsage } from '../../core/usage.ts';
import { type Random, randomFrom } from '../random.ts';
import { HISTORY_APPS, type HistoryApp } from './history-apps.ts';

export interface HistoryOptions {
  readonly days: number;
  readonly nowMs: number;
  readonly prices: Prices;
  readonly seed?: number;
}

export interface PastRequest {
  readonly start: RequestStart;
  readonly end: RequestEnd;
  /** What somebody thought of the answer; null: nobody said. */
  readonly rating: number | null;
  /** What a judge that looked at some of a test's answers gave it; null: it did not look. */
  readonly grade: number | null;
}

/** The test that the past knows of: its name, and when it began. */
export const HISTORY_TEST = {
  name: 'support-haiku',
  modelA: 'claude-sonnet-4-5',
  modelB: 'claude-haiku-4-5',
};
/** Made up, as all of the past. */
export const HISTORY_JUDGE = 'openai:gpt-4.1';
export const historyTestBeganMs = ({ days, nowMs }: Pick<HistoryOptions, 'days' | 'nowMs'>): number =>
  nowMs - Math.ceil(days / 2) * DAY_MS;

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const SEED = 11;
/** Conversations, jobs and lone calls on a full working day at first. */
const RUNS_PER_DAY = 55;
const GROWTH_PER_DAY = 1.012;
/** Sunday first. */
const WEEKDAYS = [0.3, 1, 1.05, 1.1, 1, 0.85, 0.35];

/** Oldest first, but for those that ran beside each other. */
export function* historyOf(options: HistoryOptions): Generator<PastRequest> {
  const random = randomFrom(options.seed ?? SEED);
  const firstMs = Math.floor(options.nowMs / DAY_MS) * DAY_MS - (options.days - 1) * DAY_MS;
  for (let day = 0; day < options.days; day += 1) {
    const dayMs = firstMs + day * DAY_MS;
    const busy = WEEKDAYS[new Date(dayMs).getUTCDay()] ?? 1;
    const runs = Math.round(RUNS_PER_DAY * busy * GROWTH_PER_DAY ** day * (0.85 + 0.3 * random.next()));
    for (let run = 0; run < runs; run += 1) yield* runOf(options, pickApp(random), dayMs, random);
    for (const app of HISTORY_APPS) if (app.nightly) yield* runOf(options, app, dayMs, random);
  }
}

function pickApp(random: Random): HistoryApp {
  const daily = HISTORY_APPS.filter(({ nightly }) => !nightly);
  let ticket = random.next() * daily.reduce((sum, app) => sum + app.weight, 0);
  const found = daily.find((app) => {
    ticket -= app.weight;
    return ticket < 0;
  });
  return found ?? (daily[0] as HistoryApp);
}

function* runOf(
  options: HistoryOptions,
  app: HistoryApp,
  dayMs: number,
  random: Random,
): Generator<PastRequest> {
  let atMs = dayMs + (app.nightly ? 2 * HOUR_MS : timeOfDay(random)) + random.between(0, 600_000);
  const turns = random.between(app.turns[0], app.turns[1]);
  const session = app.hasSessions ? hexText(random, 12) : null;
  const model = random.pick(app.models);
  const isTested = app.isTested && atMs >= historyTestBeganMs(options);
  const variant = isTested ? (random.next() < 0.5 ? 'a' : 'b') : null;
  const tag = random.pick(app.tags);
  for (let turn = 0; turn < turns; turn += 1) {
    if (atMs >= options.nowMs) return;
    const past = requestOf(options, { app, session, model, variant, tag, turn, atMs }, random);
    yield past;
    atMs += past.end.latencyMs + random.between(5_000, 90_000);
  }
}

/** Most of it between nine and six. */
function timeOfDay(random: Random): number {
  const hours = random.next() < 0.85 ? 8 + 10 * random.next() : 24 * random.next();
  return Math.floor(hours * HOUR_MS);
}

interface Ask {
  readonly app: HistoryApp;
  readonly session: string | null;
  readonly model: string;
  readonly variant: 'a' | 'b' | null;
  readonly tag: string | null;
  readonly turn: number;
  readonly atMs: number;
}

function requestOf({ prices }: HistoryOptions, ask: Ask, random: Random): PastRequest {
  const { app, variant, atMs } = ask;
  const sent = variant === null ? null : variant === 'a' ? HISTORY_TEST.modelA : HISTORY_TEST.modelB;
  const asked = sent ?? ask.model;
  const outcome = outcomeOf(app, random);
  const usage = usageOf(app, outcome, ask.turn, random);
  const run = { kind: 'message', model: null, usage, serviceTier: null, speed: null, inferenceGeo: null };
  const upstream = UPSTREAMS[app.protocol];
  const question = { runs: [run], model: asked, upstream, atMs };
  const { costNanoUsd, source } = prices.cost(question);
  const isCached = outcome === 'cached';
  const start = startOf(ask, sent, upstream, random);
  const answers = outcome === 'completed' || isCached;
  const latencyMs = isCached ? 3 + 5 * random.next() : latencyOf(asked, usage.outputTokens, random);
  const end: RequestEnd = {
    ...PENDING_END,
    upstream,
    upstreamName: null,
    outcome,
    status: answers ? 200 : outcome === 'upstream_error' ? 529 : null,
    errorCode: answers ? null : outcome === 'upstream_error' ? 'overloaded_error' : outcome,
    responseId: answers
      ? `${app.protocol === 'anthropic' ? 'msg_' : 'chatcmpl-'}${hexText(random, 20)}`
      : null,
    modelUsed: asked,
    finishReason: answers ? (app.protocol === 'anthropic' ? 'end_turn' : 'stop') : null,
    timeToFirstByteMs: answers ? Math.min(latencyMs, isCached ? 2 : 250 + 500 * random.next()) : null,
    latencyMs,
    requestBytes: 400 + 4 * (usage.inputTokens + usage.cacheReadTokens),
    responseBytes: 200 + 5 * usage.outputTokens,
    usage: isCached ? NO_USAGE : usage,
    usageSource: answers ? 'provider' : outcome === 'client_gone' ? 'estimate' : 'none',
    costNanoUsd: costOf(outcome, costNanoUsd),
    priceSource: isCached ? null : source,
    costDoubt: null,
    cacheUse: app.cachedShare > 0 ? (isCached ? 'exact' : 'miss') : null,
    savedNanoUsd: isCached ? costNanoUsd : null,
    promptCacheSavedNanoUsd: isCached ? 0 : promptCacheSaving(prices, question, costNanoUsd),
  };
  const isSeen = variant !== null && answers;
  return {
    start,
    end,
    rating: isSeen ? ratingOf(variant, random) : null,
    grade: isSeen ? gradeOf(variant, start.id) : null,
  };
}

const UPSTREAMS = { anthropic: 'https://api.anthropic.com', openai: 'https://api.openai.com' } as const;

function startOf(ask: Ask, sent: string | null, upstream: string, random: Random): RequestStart {
  const { app, session, variant, tag, atMs, model } = ask;
  const isAnthropic = app.protocol === 'anthropic';
  return {
    id: pastId(atMs, random),
    startedAtMs: Math.floor(atMs),
    protocol: app.protocol,
    endpoint: isAnthropic ? 'messages' : 'chat/completions',
    method: 'POST',
    path: isAnthropic ? '/v1/messages' : '/v1/chat/completions',
    modelRequested: model,
    modelSent: sent === model ? null : sent,
    routingRule: null,
    experiment: variant === null ? null : HISTORY_TEST.name,
    variant,
    upstream,
    upstreamName: null,
    streamed: app.hasSessions,
    app: app.name,
    userAgent: null,
    session,
    tag,
    reservedNanoUsd: null,
    reservedAtMs: null,
    unplanned: null,
    user: null,
    accessKey: null,
  };
}

function outcomeOf(app: HistoryApp, random: Random): Exclude<Outcome, 'in_flight'> {
  const ticket = random.next();
  if (ticket < app.cachedShare) return 'cached';
  if (ticket > 0.985) return 'upstream_error';
  if (ticket > 0.98) return 'client_gone';
  return ticket > 0.977 ? 'timed_out' : 'completed';
}

/** An error costs nothing; what a silent upstream has done, nobody knows. */
function costOf(outcome: Outcome, costNanoUsd: number | null): number | null {
  if (outcome === 'cached' || outcome === 'upstream_error') return 0;
  return outcome === 'timed_out' ? null : costNanoUsd;
}

/** A conversation reads its earlier turns from the provider's cache, and writes the newest. */
function usageOf(app: HistoryApp, outcome: Outcome, turn: number, random: Random): TokenUsage {
  if (outcome === 'upstream_error' || outcome === 'timed_out') return NO_USAGE;
  const spread = Math.exp(0.6 * normal(random));
  const output = Math.max(1, Math.round(app.output * spread));
  const input = Math.max(1, Math.round(app.input * (0.7 + 0.6 * random.next())));
  if (!app.usesPromptCache) return { ...NO_USAGE, inputTokens: input, outputTokens: output };
  const earlier = Math.round(turn * app.input * 0.8) + app.systemTokens;
  return {
    ...NO_USAGE,
    inputTokens: Math.round(input * 0.2),
    cacheReadTokens: turn === 0 ? 0 : earlier,
    cacheWrite5mTokens: turn === 0 ? app.systemTokens : Math.round(input * 0.8),
    outputTokens: output,
  };
}

function latencyOf(model: string, outputTokens: number, random: Random): number {
  const tokensPerSecond = /haiku|mini|nano|flash/.test(model) ? 140 : 65;
  const waitMs = 350 * Math.exp(0.4 * normal(random));
  return Math.round(waitMs + (1000 * outputTokens) / tokensPerSecond);
}

/** Some rate, most of them well; the cheaper model a little less. */
function ratingOf(variant: 'a' | 'b', random: Random): number | null {
  if (random.next() > 0.25) return null;
  const liked = (variant === 'a' ? 4.3 : 4.1) + 0.9 * normal(random);
  return Math.min(5, Math.max(1, Math.round(liked)));
}

/** Half of them are graded, in halves of a grade. By the id alone: it draws nothing. */
function gradeOf(variant: 'a' | 'b', id: string): number | null {
  const [look, luck] = [id.slice(-2), id.slice(-6, -2)].map((digits) => Number.parseInt(digits, 16));
  if (look === undefined || luck === undefined || look % 2 === 1) return null;
  const given = (variant === 'a' ? 4.1 : 3.8) + 2.4 * (luck / 0x1_0000 - 0.5);
  return Math.min(5, Math.max(1, Math.round(2 * given) / 2));
}

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/** As a UUIDv7 of that time: ids sort by it. */
function pastId(atMs: number, random: Random): string {
  const time = Math.floor(atMs).toString(16).padStart(12, '0');
  const rest = hexText(random, 18);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(0, 3)}-8${rest.slice(3, 6)}-${rest.slice(6)}`;
}

function hexText(random: Random, length: number): string {
  return Array.from({ length }, () => Math.floor(16 * random.next()).toString(16)).join('');
}
