// The dashboard: its port, with the page, the JSON API and the live feed.

import { cacheReport } from '../cache/report.ts';
import type { OwnPages } from '../core/own-page.ts';
import type { Handlers } from '../dashboard/handlers.ts';
import { pageFolder } from '../dashboard/page-files.ts';
import { reportHandlers } from '../dashboard/report-handlers.ts';
import type { Dashboard } from '../dashboard/server.ts';
import { startDashboardThread } from '../dashboard/thread.ts';
import { tellPlace } from '../record/server-place.ts';
import { version } from '../version.ts';
import type { Archive } from './archive.ts';
import type { Ground } from './ground.ts';
import { catchUp, type Records } from './records.ts';
import type { Traffic } from './traffic.ts';

/** `handlers` are those of all parts; `pages` are what the server says of itself. */
export async function serveDashboard(
  { settings, warn, opened }: Ground,
  records: Records,
  handlers: Handlers,
  pages: OwnPages,
): Promise<Dashboard> {
  const dashboard = await startDashboardThread({
    host: settings.TOKENWATCH_HOST,
    allowedHosts: settings.TOKENWATCH_ALLOWED_HOSTS,
    port: settings.TOKENWATCH_DASHBOARD_PORT,
    version,
    handlers,
    pages,
    readLines: (reader) => records.readLines(reader),
    pageFolder: pageFolder(),
    bodyBytesMax: settings.TOKENWATCH_MAX_BODY_BYTES,
    warn,
  });
  opened.defer(() => dashboard.close());
  opened.defer(tellPlace(settings.TOKENWATCH_DATA_DIR, records.owner, dashboard.url, warn));
  return dashboard;
}

export function reportsApi(
  { settings, clock }: Ground,
  records: Records,
  archive: Archive,
  traffic: Traffic,
) {
  const { store, journal } = records;
  const startedAtMs = clock.now();
  return reportHandlers({
    clock,
    analytics: store.analytics,
    catchUp: () => catchUp(records),
    oldestMs: async () => (await store.facts()).oldestStartedAtMs,
    cacheEnabled: settings.TOKENWATCH_CACHE_ENABLED,
    stored: (id) => archive.conversation(id),
    cacheReport: (sinceMs) => cacheReport(store.cache, store.semantic, clock.now(), sinceMs),
    status: () => ({
      version,
      startedAtMs,
      proxyUrl: traffic.url,
      dataDir: settings.TOKENWATCH_DATA_DIR,
      upstreams: {
        anthropic: settings.TOKENWATCH_ANTHROPIC_URL.href,
        openai: settings.TOKENWATCH_OPENAI_URL.href,
      },
      journal: journal.status(),
    }),
  });
}
