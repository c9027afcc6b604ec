// Whether the store answers, whichever it is; one that has more to say says it.

import { TokenWatchError } from '../core/errors.ts';
import type { Finding } from '../core/finding.ts';
import { examineStore, loadRepair, storeKind, visitStore } from '../storage/registry.ts';
import type { StoreSettings } from '../storage/store.ts';
import type { CheckUp } from './check-up.ts';

const MIB = 1024 * 1024;

export const store: CheckUp = {
  name: 'Store',
  isNeeded: () => true,
  run: async ({ settings, nowMs }) => [
    ...((await examineStore(settings, nowMs)) ?? (await look(settings))),
    ...(await lost(settings)),
  ],
};

/** What was set in a database that was deleted. */
async function lost(settings: StoreSettings): Promise<readonly Finding[]> {
  if (storeKind(settings) !== 'sqlite') return [];
  const { isLost } = await loadRepair();
  if (!isLost(settings.TOKENWATCH_DATA_DIR)) return [];
  const found = 'a database is gone, and what was set in it is kept beside it';
  const advice =
    '"tokenwatch repair" puts budgets, rules and keys back; if they are not wanted, delete the folders lost-… there.';
  return [{ subject: 'rules', verdict: 'warning', found, advice }];
}

async function look(settings: StoreSettings): Promise<readonly Finding[]> {
  const subject = 'records';
  try {
    const visit = await visitStore(settings, 'look');
    try {
      const { path, bytes, records, promptSearch } = await visit.facts();
      const found = `${records} in ${path} (${(bytes / MIB).toFixed(1)} MiB)`;
      return [
        { subject, verdict: 'ok', found, advice: null },
        { subject: 'similar prompts', verdict: 'ok', found: `compared ${promptSearch.about}`, advice: null },
      ];
    } finally {
      await visit.close();
    }
  } catch (error) {
    if (!(error instanceof TokenWatchError)) throw error;
    if (error.code === 'database_older')
      return [{ subject, verdict: 'note', found: error.message, advice: null }];
    if (error.code === 'no_data') return [{ subject, verdict: 'note', found: 'none yet', advice: null }];
    const advice = 'Mend that, and run "tokenwatch doctor" again.';
    return [{ subject, verdict: 'fault', found: error.message, advice }];
  }
}
