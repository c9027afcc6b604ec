// The pages that each port has of its own. `/health`: the process answers. `/ready`: it should be sent traffic.
// `/metrics`: its figures, for Prometheus.

import { jsonPage, type OwnPage, type OwnPages } from '../core/own-page.ts';
import { metricsPage } from './exposition.ts';
import type { Family } from './metrics.ts';
import type { Readiness, ReadinessAnswer } from './readiness.ts';

const UNREADY_STATUS = 503;

export interface OwnPagesOptions {
  readonly readiness: Readiness;
  /** Says what is wrong, not only where. A port that applications reach keeps names to itself. */
  readonly isDetailed: boolean;
  /** Null for a port that shows no figures. */
  readonly metrics: (() => readonly Family[]) | null;
}

export function ownPages({ readiness, isDetailed, metrics }: OwnPagesOptions): OwnPages {
  const pages: Readonly<Record<string, (accept: string | undefined) => Promise<OwnPage>>> = {
    '/health': async () => jsonPage(200, { status: 'ok' }),
    '/healthz': async () => jsonPage(200, { status: 'ok' }),
    '/ready': async () => readyPage(await readiness.answer(), isDetailed),
    ...(metrics && { '/metrics': async (accept) => metricsPage(metrics(), accept) }),
  };
  return {
    page: (path, accept) => (Object.hasOwn(pages, path) ? (pages[path]?.(accept) ?? null) : null),
  };
}

function readyPage({ state, checks }: ReadinessAnswer, isDetailed: boolean): OwnPage {
  const shown = Object.entries(checks).map(([name, result]) => [name, isDetailed ? result : result.state]);
  return jsonPage(state === 'failed' ? UNREADY_STATUS : 200, {
    status: state,
    checks: Object.fromEntries(shown),
  });
}
