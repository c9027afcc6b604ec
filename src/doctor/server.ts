// The server that runs on the data folder: what it says of its own parts, which nobody else can see.

import type { Finding } from '../core/finding.ts';
import type { CheckResult } from '../core/readiness.ts';
import { wholePlaceOf } from '../record/server-place.ts';
import { pinnedFetch } from '../tls/pinned-fetch.ts';

const ANSWER_MS = 10_000;

/** Null where none runs. */
export async function askServer(dataDir: string): Promise<readonly Finding[] | null> {
  const place = wholePlaceOf(dataDir);
  if (place === null) return null;
  const { dashboardUrl, certificates } = place;
  const subject = 'server';
  try {
    const fetchHere = pinnedFetch(() => certificates);
    const answer = await fetchHere(`${dashboardUrl}/ready`, { signal: AbortSignal.timeout(ANSWER_MS) });
    const { checks } = (await answer.json()) as { readonly checks: Readonly<Record<string, CheckResult>> };
    return [
      { subject, verdict: 'ok', found: `runs, its dashboard at ${dashboardUrl}`, advice: null },
      ...Object.entries(checks).flatMap(([part, result]) => findingOf(part, result)),
    ];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const found = `runs, and does not answer at ${dashboardUrl} (${reason})`;
    return [{ subject, verdict: 'fault', found, advice: 'Look into its log, and start it again.' }];
  }
}

function findingOf(part: string, { state, about }: CheckResult): readonly Finding[] {
  if (state === 'ok') return [];
  const verdict = state === 'failed' ? 'fault' : 'warning';
  const advice = 'The server says so. It goes on by itself once the reason is gone.';
  return [{ subject: `its ${part}`, verdict, found: about ?? state, advice }];
}
