// The pages that each port has of its own. `/health`: the process answers. `/ready`: it should be sent traffic.

import { jsonPage, type OwnPage, type OwnPages } from '../core/own-page.ts';
import type { Readiness, ReadinessAnswer } from './readiness.ts';

const UNREADY_STATUS = 503;

/** `isDetailed`: says what is wrong, not only where. A port that applications reach keeps names to itself. */
export function ownPages(readiness: Readiness, isDetailed: boolean): OwnPages {
  const pages: Readonly<Record<string, () => Promise<OwnPage>>> = {
    '/health': async () => jsonPage(200, { status: 'ok' }),
    '/healthz': async () => jsonPage(200, { status: 'ok' }),
    '/ready': async () => readyPage(await readiness.answer(), isDetailed),
  };
  return {
    page: (path) => (Object.hasOwn(pages, path) ? (pages[path]?.() ?? null) : null),
  };
}

function readyPage({ state, checks }: ReadinessAnswer, isDetailed: boolean): OwnPage {
  const shown = Object.entries(checks).map(([name, result]) => [name, isDetailed ? result : result.state]);
  return jsonPage(state === 'failed' ? UNREADY_STATUS : 200, {
    status: state,
    checks: Object.fromEntries(shown),
  });
}
