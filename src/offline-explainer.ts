// Explains requests from the records of a data folder, where no server runs on it: the same objects as a server's,
// as they would be had it just started.

import { systemClock } from './core/clock.ts';
import type { ExplainQuestion, Explanation } from './core/explanation.ts';
import { costBoundOf, gateOf, mountsOf, openAnswerCache, spendOfToday } from './decisions.ts';
import { WAITING_KILLS, WaitingKills } from './ledger/kills/waiting-kills.ts';
import { Ledger } from './ledger/ledger.ts';
import { ruleSetOf } from './policy/rules.ts';
import { loadPriceBook } from './pricing/price-book.ts';
import { TokenCounter } from './protocols/tokens/token-counter.ts';
import { Explainer } from './proxy/explain/explainer.ts';
import { Planner, spendView } from './proxy/plan/planner.ts';
import { Upstreams } from './proxy/plan/upstreams.ts';
import { keptCopy } from './record/kept-copy.ts';
import type { Settings } from './settings.ts';
import { visitStore } from './storage/registry.ts';
import { Health } from './upstream/health.ts';

export async function explainOffline(
  settings: Settings,
  warn: (message: string) => void,
  question: ExplainQuestion,
): Promise<Explanation> {
  await using opened = new AsyncDisposableStack();
  const store = await visitStore(settings, 'empty');
  opened.defer(() => store.close());
  const { analytics, budgets: bank, rules: book, cache: entries } = store;
  const prices = loadPriceBook(settings.TOKENWATCH_PRICES, settings.TOKENWATCH_DATA_DIR);
  const stored = await book.rules();
  const rules = ruleSetOf(stored.version, stored.entries, warn);
  const ledger = settings.TOKENWATCH_BUDGET_ENABLED ? newLedger(settings) : null;
  const limits = await bank.budgetRules();
  const waiting = new WaitingKills(keptCopy(settings.TOKENWATCH_DATA_DIR, WAITING_KILLS, warn));
  const kills = waiting.over(limits.kills);
  await ledger?.configure({ ...limits, kills }, (queries) => bank.spentSoFar(queries));
  const today = await spendOfToday(systemClock, analytics, settings.TOKENWATCH_BUDGET_TIMEZONE);
  const cache = settings.TOKENWATCH_CACHE_ENABLED
    ? await openAnswerCache(settings, systemClock, entries, warn)
    : null;
  if (cache !== null) opened.defer(() => cache.close());
  const mounts = mountsOf(settings);
  const upstreams = new Upstreams({
    mounts,
    // Nothing is known of it: every upstream is as good as well.
    health: new Health({ clock: systemClock, random: Math.random }),
    clock: systemClock,
    asksFallback: settings.TOKENWATCH_FAILOVER_TO_DEFAULT,
    allowsForeignKeys: settings.TOKENWATCH_FOREIGN_KEYS === 'allow',
  });
  const estimator = new TokenCounter();
  opened.defer(() => estimator.close());
  const costs = costBoundOf(settings, prices, estimator);
  const explainer = new Explainer({
    source: 'records',
    clock: systemClock,
    mounts,
    rules: () => rules,
    planner: new Planner({ rules: () => rules, upstreams, spend: spendView(today, ledger) }),
    budgets: ledger && gateOf(settings, systemClock, ledger, costs),
    // An embedder takes longer to load than all else together; "cache why" has one.
    cache: cache && { cache, rules: () => rules.caches, semantic: null },
    costs,
    prices,
    estimator,
    bodyBytesMax: settings.TOKENWATCH_MAX_BODY_BYTES,
  });
  return explainer.explain(question);
}

function newLedger(settings: Settings): Ledger {
  return new Ledger({
    clock: systemClock,
    timeZone: settings.TOKENWATCH_BUDGET_TIMEZONE,
    unknownPrice: settings.TOKENWATCH_BUDGET_UNKNOWN_PRICE,
    // Whoever explains tells nobody.
    onThreshold: () => undefined,
  });
}
