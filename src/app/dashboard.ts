// The dashboard: its port, with the page, the JSON API and the live feed.

import { newLinkCode } from '../access/login/door.ts';
import { cacheReport } from '../cache/report.ts';
import type { OwnPages } from '../core/own-page.ts';
import { isLoopback } from '../core/own-place.ts';
import { audited } from '../dashboard/audited.ts';
import { type Handlers, handle } from '../dashboard/handlers/handlers.ts';
import { reportHandlers } from '../dashboard/handlers/report-handlers.ts';
import { pageFolder } from '../dashboard/pages/page-files.ts';
import type { HandledName } from '../dashboard/paths.ts';
import { type DashboardThread, startDashboardThread } from '../dashboard/thread.ts';
import type { ThreadWishes } from '../dashboard/thread-messages.ts';
import { classCosts } from '../pricing/class-costs.ts';
import { tellPlace } from '../record/server-place.ts';
import type { Settings } from '../settings.ts';
import { egressProxies } from '../upstream/egress.ts';
import { version } from '../version.ts';
import type { Archive } from './archive.ts';
import type { Audit } from './audit.ts';
import type { Ground } from './ground.ts';
import { OIDC_SETTINGS, oidcOf } from './oidc.ts';
import type { Others } from './others.ts';
import type { Pricing } from './pricing.ts';
import { catchUp, type Records } from './records.ts';
import type { Tls } from './tls.ts';
import type { Traffic } from './traffic.ts';

/** `handlers` are those of all parts; `pages` are what the server says of itself. */
export async function serveDashboard(
  { settings, reloads, environment, clock, warn, opened }: Ground,
  tls: Tls,
  records: Records,
  others: Others,
  audit: Audit,
  handlers: Handlers,
  pages: OwnPages,
): Promise<DashboardThread & { readonly link: string }> {
  const code = newLinkCode();
  const handleAsked = (name: HandledName, input: unknown): Promise<unknown> => handle(handlers, name, input);
  const auditing = {
    log: audit.changes,
    now: () => clock.now(),
    handle: handleAsked,
  };
  const { TOKENWATCH_HOST: host, TOKENWATCH_DATA_DIR: dataDir } = settings;
  const { door, ...wishes } = wishesOf(settings, host, tls);
  const dashboard = await startDashboardThread({
    ...wishes,
    host,
    tls: tls.dashboard?.pair ?? null,
    port: settings.TOKENWATCH_DASHBOARD_PORT,
    version,
    handle: (name, input, visitor) => audited(auditing, visitor, name, input),
    pages,
    readLines: (reader) => records.readLines(reader),
    readOthers: (reader) => others.read(reader),
    hearOthers: () => others.hear(),
    pageFolder: pageFolder(),
    proxies: egressProxies(environment),
    access: { ...door, dataDir, isSecure: tls.dashboard !== null, code },
    warn,
  });
  opened.defer(() => dashboard.close());
  reloads.add(RETUNED, (fresh) => dashboard.retune(wishesOf(fresh, host, tls)));
  tls.dashboard?.onChange((pair) => dashboard.showCertificate(pair));
  const tell = (): (() => void) => {
    const place = { dashboardUrl: dashboard.url, certificates: tls.fingerprints() };
    return tellPlace(dataDir, records.owner, place, warn);
  };
  for (const watch of new Set([tls.proxy, tls.dashboard])) watch?.onChange(() => void tell());
  opened.defer(tell());
  return { ...dashboard, link: `${dashboard.url}/open/${code}` };
}

const RETUNED = [
  'TOKENWATCH_ALLOWED_HOSTS',
  'TOKENWATCH_MAX_BODY_BYTES',
  'TOKENWATCH_METRICS_TOKEN',
  'TOKENWATCH_DASHBOARD_LOGIN',
  'TOKENWATCH_SESSION_LIFETIME',
  'TOKENWATCH_SESSION_IDLE',
  ...OIDC_SETTINGS,
] as const;

function wishesOf(settings: Settings, host: string, tls: Tls): ThreadWishes {
  const oidc = oidcOf(settings, tls.dashboard !== null);
  return {
    // The provider sends people to that name.
    allowedHosts: [
      ...settings.TOKENWATCH_ALLOWED_HOSTS,
      ...(oidc === null ? [] : [new URL(oidc.redirectUrl).hostname]),
    ],
    bodyBytesMax: settings.TOKENWATCH_MAX_BODY_BYTES,
    metricsToken: settings.TOKENWATCH_METRICS_TOKEN,
    door: {
      mustLogIn: settings.TOKENWATCH_DASHBOARD_LOGIN === 'on' || !isLoopback(host),
      times: {
        idleMs: settings.TOKENWATCH_SESSION_IDLE,
        lifetimeMs: settings.TOKENWATCH_SESSION_LIFETIME,
      },
      oidc,
    },
  };
}

export function reportsApi(
  { settings, clock }: Ground,
  records: Records,
  { prices }: Pricing,
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
    costsOf: (record) => classCosts(prices, record),
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
