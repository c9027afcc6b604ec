// The composition root: the only file that knows everyone.

import { readFileSync } from 'node:fs';
import type { AnswerCache } from './cache/answer-cache.ts';
import { openEmbedder } from './cache/embedders/registry.ts';
import { cacheReport } from './cache/report.ts';
import type { AnswerPair } from './cache/semantic/agreement.ts';
import { askJudgeModel, parseJudgeModel } from './cache/semantic/judge-model.ts';
import { startSemanticTier } from './cache/semantic/start.ts';
import type { Agreement } from './cache/semantic/trust.ts';
import type { Analytics } from './core/analytics.ts';
import { systemClock } from './core/clock.ts';
import { TokenWatchError } from './core/errors.ts';
import type { LiveFeed } from './core/journal.ts';
import type { Upstream } from './core/upstream.ts';
import { Api } from './dashboard/api.ts';
import { budgetResources } from './dashboard/budget-resources.ts';
import { explainResource } from './dashboard/explain-resource.ts';
import { pageFolder } from './dashboard/page-files.ts';
import { ruleResources } from './dashboard/rule-resources.ts';
import { startDashboard } from './dashboard/server.ts';
import { upstreamResources } from './dashboard/upstream-resource.ts';
import { costBoundOf, gateOf, mountsOf, openAnswerCache, spendOfToday } from './decisions.ts';
import { BudgetBook } from './ledger/budget-book.ts';
import { BudgetWatch } from './ledger/budget-watch.ts';
import type { CostBound } from './ledger/cost-bound.ts';
import type { BudgetGate } from './ledger/gate.ts';
import { Ledger } from './ledger/ledger.ts';
import { Notifier } from './ledger/notifier.ts';
import { RuleEditor } from './policy/rule-editor.ts';
import { RuleWatch } from './policy/rule-watch.ts';
import { loadPriceBook } from './pricing/price-book.ts';
import { TokenCounter } from './protocols/token-counter.ts';
import type { CacheView } from './proxy/cache/cache-question.ts';
import { CacheStep } from './proxy/cache/cache-step.ts';
import { SemanticStep } from './proxy/cache/semantic-step.ts';
import { Explainer } from './proxy/explain/explainer.ts';
import { Pipeline } from './proxy/pipeline.ts';
import { Planner, spendView } from './proxy/plan/planner.ts';
import { Upstreams } from './proxy/plan/upstreams.ts';
import { startProxyServer } from './proxy/server.ts';
import { SpoolJournal } from './record/journal.ts';
import { InProcessFeed } from './record/live-feed.ts';
import { processOwner, SpoolWriter } from './record/spool.ts';
import type { Settings } from './settings.ts';
import { recordInFlight } from './storage/sqlite/request-row.ts';
import { openSqliteStore, type Store } from './storage/sqlite/store.ts';
import { Forwarder } from './upstream/forward.ts';
import { Health } from './upstream/health.ts';
import { KeyReader } from './upstream/keys.ts';
import { Prober } from './upstream/prober.ts';
import { version } from './version.ts';

export interface App {
  /** Without a path: `http://127.0.0.1:8877`. */
  readonly proxyUrl: string;
  readonly dashboardUrl: string;
  readonly analytics: Analytics;
  readonly feed: LiveFeed;
  /** Lets requests in flight end, then writes every record. */
  close(): Promise<void>;
}

export interface AppOptions {
  readonly settings: Settings;
  readonly warn?: (message: string) => void;
  /** Where upstreams' keys are read from; the process's own without it. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Requests in flight get this long to end when the app closes. */
const CLOSE_GRACE_MS = 5000;

export async function startApp(options: AppOptions): Promise<App> {
  const { settings } = options;
  const warn = options.warn ?? ((message) => process.stderr.write(`tokenwatch: ${message}\n`));
  await using opened = new AsyncDisposableStack();

  const prices = loadPriceBook(settings.TOKENWATCH_PRICES);
  const dataDir = settings.TOKENWATCH_DATA_DIR;
  const owner = processOwner();
  const store = await openSqliteStore({ dataDir, owner, warn });
  opened.defer(() => store.close());
  const journal = new SpoolJournal({
    spool: new SpoolWriter(dataDir, owner),
    onWritten: () => store.nudge(),
    warn,
  });
  opened.defer(() => journal.close());
  const estimator = new TokenCounter();
  opened.defer(() => estimator.close());
  const forwarder = new Forwarder({
    connectTimeoutMs: settings.TOKENWATCH_CONNECT_TIMEOUT,
    silenceTimeoutMs: settings.TOKENWATCH_OVERALL_TIMEOUT,
  });
  opened.defer(() => forwarder.close());
  const feed = new InProcessFeed(warn);
  const costs = costBoundOf(settings, prices, estimator);
  const budgets = settings.TOKENWATCH_BUDGET_ENABLED
    ? await startBudgets({ settings, store, journal, costs, warn, opened })
    : null;
  const rules = new RuleWatch({ book: store.rules, warn });
  await rules.start();
  opened.defer(() => rules.close());
  const cache = settings.TOKENWATCH_CACHE_ENABLED
    ? await startCache({ settings, store, journal, rules, proxyUrl: () => proxy.url, warn, opened })
    : null;
  const today = await spendOfToday(store.analytics, settings.TOKENWATCH_BUDGET_TIMEZONE);

  const mounts = mountsOf(settings);
  const health = new Health({ clock: systemClock, random: Math.random });
  const keys = new KeyReader({
    environment: options.environment ?? process.env,
    readFile: (path) => readFileSync(path, 'utf8'),
    clock: systemClock,
  });
  const upstreams = new Upstreams({
    mounts,
    health,
    clock: systemClock,
    asksFallback: settings.TOKENWATCH_FAILOVER_TO_DEFAULT,
  });

  const planner = new Planner({
    rules: () => rules.current,
    upstreams,
    spend: spendView(today, budgets?.ledger ?? null),
  });
  const pipeline = new Pipeline({
    clock: systemClock,
    health,
    keys,
    failover: {
      on: settings.TOKENWATCH_FAILOVER_ON,
      attemptsMax: settings.TOKENWATCH_FAILOVER_ATTEMPTS,
      timeoutMs: settings.TOKENWATCH_FAILOVER_TIMEOUT,
      headTimeoutMs: settings.TOKENWATCH_FAILOVER_HEAD_TIMEOUT,
    },
    journal,
    prices,
    estimator,
    forwarder,
    bodyBytesMax: settings.TOKENWATCH_MAX_BODY_BYTES,
    connectTimeoutMs: settings.TOKENWATCH_CONNECT_TIMEOUT,
    overallTimeoutMs: settings.TOKENWATCH_OVERALL_TIMEOUT,
    asksForStreamUsage: settings.TOKENWATCH_STREAM_USAGE === 'on',
    budgets: budgets?.gate ?? null,
    cache: cache?.step ?? null,
    planner,
    onStarted: (start) => {
      if (feed.hasSubscribers) feed.publish({ type: 'started', record: recordInFlight(start) });
    },
    onSettled: (start, end) => {
      today.add(start.app, start.tag, end.costNanoUsd);
      if (feed.hasSubscribers) feed.publish({ type: 'settled', record: { ...start, ...end } });
    },
  });
  const proxy = await startProxyServer({
    host: settings.TOKENWATCH_HOST,
    port: settings.TOKENWATCH_PROXY_PORT,
    mounts,
    pipeline,
  });
  opened.defer(async () => {
    await proxy.close(CLOSE_GRACE_MS);
    await pipeline.settled();
  });
  const editor = new RuleEditor({ book: store.rules, clock: systemClock });
  const allUpstreams = (): readonly Upstream[] => [
    ...rules.current.upstreams,
    ...mounts.map(({ protocol }) => upstreams.fallback(protocol.name)),
  ];
  if (settings.TOKENWATCH_HEALTH_PROBE !== null) {
    const intervalMs = settings.TOKENWATCH_HEALTH_PROBE;
    const prober = new Prober({
      clock: systemClock,
      forwarder,
      health,
      keys,
      upstreams: allUpstreams,
      intervalMs,
    });
    prober.start();
    opened.defer(() => prober.close());
  }
  const explainer = new Explainer({
    source: 'server',
    clock: systemClock,
    mounts,
    rules: () => rules.current,
    planner,
    budgets: budgets?.gate ?? null,
    cache: cache?.view ?? null,
    costs,
    prices,
    estimator,
    bodyBytesMax: settings.TOKENWATCH_MAX_BODY_BYTES,
  });
  const startedAtMs = systemClock.now();
  const api = new Api({
    clock: systemClock,
    analytics: store.analytics,
    catchUp: async () => {
      journal.flush();
      // A store that takes nothing has said so already; it may still answer.
      await store.load().catch(() => undefined);
    },
    oldestMs: async () => (await store.facts()).oldestStartedAtMs,
    cacheEnabled: settings.TOKENWATCH_CACHE_ENABLED,
    cacheReport: (sinceMs) => cacheReport(store.cache, store.semantic, systemClock.now(), sinceMs),
    status: () => ({
      version,
      startedAtMs,
      proxyUrl: proxy.url,
      dataDir,
      upstreams: {
        anthropic: settings.TOKENWATCH_ANTHROPIC_URL.href,
        openai: settings.TOKENWATCH_OPENAI_URL.href,
      },
      journal: journal.status(),
    }),
    resources: {
      ...ruleResources({ editor, analytics: store.analytics, changed: () => rules.refresh() }),
      ...upstreamResources({
        editor,
        changed: () => rules.refresh(),
        upstreams: allUpstreams,
        acceptsKeys: /^(?:127\.|::1$|localhost$)/.test(settings.TOKENWATCH_HOST),
        healthOf: (upstream) => health.rows(upstream),
        hasKey: (upstream) => keys.has(upstream),
      }),
      ...budgetResources({
        book: new BudgetBook({
          bank: store.budgets,
          clock: systemClock,
          timeZone: settings.TOKENWATCH_BUDGET_TIMEZONE,
        }),
        standings: budgets && (() => budgets.ledger.standings()),
        changed: async () => budgets?.watch.refresh(),
      }),
      '/api/explain': explainResource((question) => explainer.explain(question)),
    },
  });
  const dashboard = await startDashboard({
    host: settings.TOKENWATCH_HOST,
    port: settings.TOKENWATCH_DASHBOARD_PORT,
    api,
    feed,
    pageFolder: pageFolder(),
    bodyBytesMax: settings.TOKENWATCH_MAX_BODY_BYTES,
    warn,
  });
  opened.defer(() => dashboard.close());

  const running = opened.move();
  return {
    proxyUrl: proxy.url,
    dashboardUrl: dashboard.url,
    analytics: store.analytics,
    feed,
    close: () => running.disposeAsync(),
  };
}

/** The gate, in step with what the user sets; notices of thresholds leave beside the traffic. */
async function startBudgets(parts: {
  readonly settings: Settings;
  readonly store: Store;
  readonly journal: SpoolJournal;
  readonly costs: CostBound;
  readonly warn: (message: string) => void;
  readonly opened: AsyncDisposableStack;
}): Promise<{
  readonly gate: BudgetGate;
  readonly ledger: Ledger;
  readonly watch: BudgetWatch;
}> {
  const { settings, store, journal, costs, warn, opened } = parts;
  const onFault = (error: unknown): void =>
    warn(`Budgets: ${error instanceof Error ? error.message : String(error)}. What was set before holds.`);
  const notifier = new Notifier({ bank: store.budgets, clock: systemClock, fetch, onFault });
  const ledger = new Ledger({
    clock: systemClock,
    timeZone: settings.TOKENWATCH_BUDGET_TIMEZONE,
    unknownPrice: settings.TOKENWATCH_BUDGET_UNKNOWN_PRICE,
    onThreshold: (crossing) => notifier.crossed(crossing),
  });
  const drain = async (): Promise<void> => {
    journal.flush();
    const { waitingLines, lastError } = journal.status();
    if (waitingLines > 0)
      throw new TokenWatchError('storage_failed', `records wait for the disk (${lastError})`);
    await store.load();
  };
  const watch = new BudgetWatch({ bank: store.budgets, ledger, drain, onFault });
  await watch.start();
  notifier.start();
  opened.defer(() => notifier.close());
  opened.defer(() => watch.close());
  return { ledger, watch, gate: gateOf(settings, ledger, costs) };
}

interface CacheParts {
  readonly settings: Settings;
  readonly store: Store;
  readonly journal: SpoolJournal;
  readonly rules: RuleWatch;
  /** Known once the proxy listens. */
  readonly proxyUrl: () => string;
  readonly warn: (message: string) => void;
  readonly opened: AsyncDisposableStack;
}

async function startCache(
  parts: CacheParts,
): Promise<{ readonly step: CacheStep; readonly view: CacheView }> {
  const { settings, store, journal, rules, warn, opened } = parts;
  const cache = await openAnswerCache(settings, store.cache, warn);
  opened.defer(() => cache.close());
  const semantic = settings.TOKENWATCH_CACHE_EMBEDDER === 'off' ? null : await startSemantic(parts, cache);
  const view: CacheView = { cache, rules: () => rules.current.caches, semantic };
  const replayEventsPerSecond = settings.TOKENWATCH_CACHE_REPLAY_PACE;
  const step = new CacheStep({ ...view, semantic, clock: systemClock, journal, replayEventsPerSecond });
  return { view, step };
}

async function startSemantic(parts: CacheParts, cache: AnswerCache): Promise<SemanticStep> {
  const { settings, store, warn, opened, proxyUrl } = parts;
  const distanceMax = settings.TOKENWATCH_CACHE_SIMILARITY_THRESHOLD;
  const embedderName = settings.TOKENWATCH_CACHE_EMBEDDER;
  const { tier, embedder, onFault } = await startSemanticTier({
    cache,
    entries: store.semantic,
    clock: systemClock,
    embedderName,
    openEmbedder: () => openEmbedder(embedderName, settings.TOKENWATCH_CACHE_EMBEDDER_KEY),
    distanceMax,
    shadowRate: settings.TOKENWATCH_CACHE_SHADOW_RATE,
    errorMax: settings.TOKENWATCH_CACHE_MAX_ERROR,
    lookupTimeoutMs: settings.TOKENWATCH_CACHE_LOOKUP_TIMEOUT,
    indexBytesMax: settings.TOKENWATCH_CACHE_INDEX,
    random: Math.random,
    warn,
  });
  opened.defer(() => tier.close());
  const choice = parseJudgeModel(settings.TOKENWATCH_CACHE_JUDGE_MODEL);
  const key = settings.TOKENWATCH_CACHE_JUDGE_KEY;
  const askModel =
    choice === null
      ? null
      : (pair: AnswerPair): Promise<Agreement> =>
          askJudgeModel({ ...choice, key, fetch, proxyUrl: proxyUrl() }, pair);
  return new SemanticStep({ tier, embedder, distanceMax, askModel, onFault });
}
