// The composition root: the parts of the app, in the order in which they start. They end in the opposite one.

import { userName } from './access/login/user-name.ts';
import { keysApi, startAccess } from './app/access.ts';
import { startArchive } from './app/archive.ts';
import { auditCheck, startAudit } from './app/audit.ts';
import { budgetsApi, budgetsChecks, startBudgets } from './app/budgets.ts';
import { cacheApi, startCache } from './app/cache.ts';
import { costsApi } from './app/costs.ts';
import { tellDamagedFiles } from './app/damaged-files.ts';
import { reportsApi, serveDashboard } from './app/dashboard.ts';
import { explanationsApi } from './app/explanations.ts';
import type { Ground } from './app/ground.ts';
import { followHints } from './app/hints.ts';
import { instancesApi, nameInstance, startPresence } from './app/instances.ts';
import { openLog } from './app/log.ts';
import { startMetrics } from './app/metrics.ts';
import { oidcOf } from './app/oidc.ts';
import { startOtel } from './app/otel.ts';
import { followOthers } from './app/others.ts';
import { pricesApi, startPricing } from './app/pricing.ts';
import { watchProgram } from './app/program-watch.ts';
import { openReadiness } from './app/readiness.ts';
import { recordsChecks, startRecords } from './app/records.ts';
import { type ReloadOptions, reloadApi, reloadBySignal } from './app/reload.ts';
import { type ReadAgain, type ReloadReport, Reloads } from './app/reloads.ts';
import { openReplays } from './app/replays.ts';
import { startRetention } from './app/retention.ts';
import { rulesApi, startRules } from './app/rules.ts';
import { tellSettings } from './app/settings-seen.ts';
import { systemApi } from './app/system.ts';
import { startTls } from './app/tls.ts';
import { prepareTraffic } from './app/traffic.ts';
import { tellUnreadSettings } from './app/unread-settings.ts';
import { startProbes, startUpstreams, upstreamsApi, upstreamsCheck } from './app/upstreams.ts';
import type { Analytics } from './core/analytics.ts';
import { type Clock, systemClock } from './core/clock.ts';
import { heldRooms } from './core/held-rooms.ts';
import type { LiveFeed } from './core/journal.ts';
import { auditHandlers } from './dashboard/handlers/audit-handlers.ts';
import type { Settings } from './settings.ts';
import { ownPages } from './telemetry/own-pages.ts';
import { version } from './version.ts';

export interface App {
  /** Without a path: `http://127.0.0.1:8877`. */
  readonly proxyUrl: string;
  readonly dashboardUrl: string;
  /** Opens the dashboard with all rights, once. */
  readonly dashboardLink: string;
  readonly analytics: Analytics;
  readonly feed: LiveFeed;
  /** Takes what has changed of settings and files, as far as that can be done while it runs; the log says what. */
  reload(): Promise<ReloadReport>;
  /** Lets requests in flight end, then writes every record. */
  close(): Promise<void>;
  /** Once it is closed: whether records are lost, since the disk took none. */
  readonly hasLostRecords: boolean;
}

export interface AppOptions {
  readonly settings: Settings;
  readonly warn?: (message: string) => void;
  /** Aborted when a stop must not wait for requests in flight any longer. */
  readonly hurry?: AbortSignal;
  /** The machine's own without it. */
  readonly clock?: Clock;
  /** What a reload reads; without it, only files are read again. */
  readonly readAgain?: ReadAgain;
  /** Where upstreams' keys are read from; the process's own without it. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export async function startApp(options: AppOptions): Promise<App> {
  await using opened = new AsyncDisposableStack();
  const reloads = new Reloads(options.settings, options.environment ?? process.env);
  const { settings, environment } = reloads;
  const log = openLog(reloads, opened);
  const ground: Ground = {
    settings,
    reloads,
    clock: options.clock ?? systemClock,
    environment,
    warn: options.warn ?? log.warn,
    hurry: options.hurry ?? new AbortController().signal,
    opened,
  };
  const tls = startTls(ground);
  // Half of an identity provider is said before anything is opened.
  oidcOf(settings, tls.dashboard !== null);
  const pricing = startPricing(ground);
  const audit = startAudit(ground);
  const records = await startRecords(ground);
  log.watch(records);
  const upstreams = startUpstreams(ground);
  const instance = nameInstance(ground);
  const budgets = await startBudgets(ground, records, pricing, instance);
  if (budgets === null) await startPresence(ground, records, instance);
  const rules = await startRules(ground, records, () => traffic.url);
  const access = startAccess(ground, rules);
  tellDamagedFiles(ground, rules);
  tellUnreadSettings(ground, rules);
  followHints(records, budgets, rules);
  const others = followOthers(ground, records, instance);
  const cache = await startCache(ground, tls, records, rules, () => traffic.url);
  const otel = startOtel(ground, records, budgets);
  const rooms = heldRooms();
  const metrics = startMetrics(records, upstreams, budgets, rules, rooms, otel?.families ?? []);
  const archive = await startArchive(ground, records, rules);
  const parts = { records, pricing, upstreams, rules, budgets, cache, archive, otel, access, rooms };
  const readiness = openReadiness(ground, [
    ...recordsChecks(records),
    ...budgetsChecks(budgets),
    auditCheck(audit),
    upstreamsCheck(upstreams, rules),
  ]);
  const traffic = await prepareTraffic(ground, tls, parts);
  startProbes(ground, upstreams, rules);
  const replays = openReplays(ground, records, pricing, archive, traffic, tls, budgets);
  tellSettings(ground, audit.changes, `${userName()} (start)`);
  const read = options.readAgain ?? (() => ({ settings, environment }));
  const reloading: ReloadOptions = {
    reloads,
    read,
    log: { ...log, warn: ground.warn },
    audit: audit.changes,
    clock: ground.clock,
  };
  const handlers = {
    ...reportsApi(ground, records, pricing, archive, traffic),
    ...rulesApi(ground, records, rules),
    ...upstreamsApi(upstreams, rules),
    ...budgetsApi(ground, records, budgets, rules),
    ...keysApi(ground, records, rules),
    ...costsApi(ground, records, pricing, rules),
    ...cacheApi(records),
    ...pricesApi(ground, records, pricing),
    ...explanationsApi(ground, parts, traffic),
    ...replays.handlers,
    ...systemApi(ground, records, otel),
    ...instancesApi(ground, records, instance),
    ...auditHandlers(audit.log),
    ...reloadApi(reloading),
  };
  const pages = ownPages({ readiness, isDetailed: true, metrics });
  const dashboard = await serveDashboard(ground, tls, records, others, audit, handlers, pages);
  replays.runs.watch((run) => dashboard.showReplay(run));
  await traffic.listen(ownPages({ readiness, isDetailed: false, metrics: null }));
  opened.defer(() => replays.runs.stop());
  startRetention(ground, records);
  watchProgram(ground);

  log.tell('started', { version, proxyUrl: traffic.url, dashboardUrl: dashboard.url });
  const running = opened.move();
  return {
    proxyUrl: traffic.url,
    dashboardUrl: dashboard.url,
    dashboardLink: dashboard.link,
    analytics: records.store.analytics,
    feed: records.feed,
    reload: () => reloadBySignal(reloading),
    get hasLostRecords() {
      return records.journal.status().waitingLines > 0;
    },
    close: () => {
      log.tell('stopping', {});
      return running.disposeAsync();
    },
  };
}
