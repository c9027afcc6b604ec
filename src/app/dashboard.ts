// The dashboard: its port, with the page, the JSON API and the live feed.

import { cacheReport } from '../cache/report.ts';
import type { OwnPages } from '../core/own-page.ts';
import { Api } from '../dashboard/api.ts';
import { pageFolder } from '../dashboard/page-files.ts';
import type { Resources } from '../dashboard/resource.ts';
import type { Dashboard } from '../dashboard/server.ts';
import { startDashboardThread } from '../dashboard/thread.ts';
import { version } from '../version.ts';
import type { Archive } from './archive.ts';
import type { Ground } from './ground.ts';
import { catchUp, type Records } from './records.ts';
import type { Traffic } from './traffic.ts';

/** `apis` are those of the parts: no two name the same path. `pages` are what the server says of itself. */
export async function serveDashboard(
  ground: Ground,
  records: Records,
  traffic: Traffic,
  archive: Archive,
  apis: readonly Resources[],
  pages: OwnPages,
): Promise<Dashboard> {
  const { settings, warn, opened } = ground;
  const dashboard = await startDashboardThread({
    host: settings.TOKENWATCH_HOST,
    port: settings.TOKENWATCH_DASHBOARD_PORT,
    api: apiOf(ground, records, traffic, archive, allOf(apis)),
    pages,
    readLines: (reader) => records.readLines(reader),
    pageFolder: pageFolder(),
    bodyBytesMax: settings.TOKENWATCH_MAX_BODY_BYTES,
    warn,
  });
  opened.defer(() => dashboard.close());
  return dashboard;
}

function allOf(apis: readonly Resources[]): Resources {
  const paths = apis.flatMap((api) => Object.keys(api));
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  if (twice !== undefined) throw new Error(`two parts answer at ${twice}`);
  return Object.assign({}, ...apis);
}

function apiOf(
  { settings, clock }: Ground,
  records: Records,
  traffic: Traffic,
  archive: Archive,
  resources: Resources,
): Api {
  const { store, journal } = records;
  const startedAtMs = clock.now();
  return new Api({
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
    resources,
  });
}
