// What `tokenwatch doctor` looks at, in this order.

import { TokenWatchError } from '../core/errors.ts';
import type { Finding } from '../core/finding.ts';
import { ruleSetOf } from '../policy/rules.ts';
import { visitStore } from '../storage/registry.ts';
import type { CheckedUp, CheckUp, Patient, StoredRules } from './check-up.ts';
import { folder } from './folder.ts';
import { mistakes } from './mistakes.ts';
import { network } from './network.ts';
import { ports } from './ports.ts';
import { startCheck } from './start.ts';
import { store } from './store.ts';
import { tls } from './tls.ts';

const CHECK_UPS: readonly CheckUp[] = [folder, ports, tls, store, startCheck, network, mistakes];

export async function checkUp(patient: Patient): Promise<readonly CheckedUp[]> {
  const stored = await storedRules(patient);
  const all: CheckedUp[] = [];
  // One after the other: what the first one finds explains the next.
  for (const { name, isNeeded, run } of CHECK_UPS)
    if (isNeeded(patient.settings)) all.push({ name, findings: await run(patient, stored).catch(broken) });
  return all;
}

/** What one of them did not expect keeps nobody from the others. */
function broken(error: unknown): readonly Finding[] {
  const found = error instanceof Error ? error.message : String(error);
  const advice = 'Mend that, and run "tokenwatch doctor" again.';
  return [{ subject: 'check', verdict: 'fault', found, advice }];
}

/** Null where the store cannot be asked: that is a finding of another check. Makes none where none is. */
async function storedRules({ settings }: Patient): Promise<StoredRules | null> {
  try {
    await using opened = new AsyncDisposableStack();
    const visit = await visitStore(settings, 'look');
    opened.defer(() => visit.close());
    const { version, entries } = await visit.rules.rules();
    const { keys, upstreams, archives } = ruleSetOf(version, entries, () => undefined);
    const { secret, canaries, items } = await visit.prompts.archiveState();
    const isUsed = items > 0 || archives.some(({ store }) => store);
    return { keys, upstreams, archive: { secret, canaries, isUsed } };
  } catch (error) {
    const isNew = error instanceof TokenWatchError && error.code === 'no_data';
    return isNew ? { keys: [], upstreams: [], archive: null } : null;
  }
}
