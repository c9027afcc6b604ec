// What keeps a server from starting, or would let in whom nobody meant to, by its settings.

import { startRefusals } from '../app/start-refusals.ts';
import type { Finding } from '../core/finding.ts';
import { isLoopback } from '../core/own-place.ts';
import type { CheckUp, Patient } from './check-up.ts';

export const startCheck: CheckUp = {
  name: 'Settings',
  isNeeded: () => true,
  run: async ({ settings, environment, nowMs }, stored) => {
    const keys = stored?.keys ?? null;
    const archive = stored?.archive ?? null;
    const refusals = startRefusals({ settings, environment, keys, archive, clock: { now: nowMs } });
    const advice = 'A server does not start with it.';
    const found: readonly Finding[] =
      refusals.length === 0
        ? [{ subject: 'start', verdict: 'ok', found: 'takes them', advice: null }]
        : refusals.map((refusal) => ({ subject: 'start', verdict: 'fault', found: refusal, advice }));
    return [...found, ...openDoors(settings)];
  },
};

/** Where others reach the ports. */
function openDoors({
  TOKENWATCH_HOST: host,
  TOKENWATCH_ACCESS: access,
  TOKENWATCH_TLS_CERT: certificate,
}: Patient['settings']): readonly Finding[] {
  if (isLoopback(host)) return [];
  const found: Finding[] = [];
  if (access === 'open')
    found.push({
      subject: 'TOKENWATCH_ACCESS',
      verdict: 'warning',
      found: `is open, and TOKENWATCH_HOST="${host}" lets other machines in`,
      advice: 'Whoever reaches the proxy spends with it, unless something else keeps strangers out.',
    });
  if (certificate === '')
    found.push({
      subject: 'TOKENWATCH_HOST',
      verdict: 'warning',
      found: `"${host}" lets other machines in, over plain HTTP`,
      advice:
        'Keys, prompts and logins can be read on the way: set TOKENWATCH_TLS_CERT, or put something before it that speaks TLS.',
    });
  return found;
}
