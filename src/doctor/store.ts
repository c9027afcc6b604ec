// Whether the store answers, whichever it is; one that has more to say says it.

import { TokenWatchError } from '../core/errors.ts';
import type { Finding } from '../core/finding.ts';
import { examineStore, visitStore } from '../storage/registry.ts';
import type { StoreSettings } from '../storage/store.ts';
import type { CheckUp } from './check-up.ts';

const MIB = 1024 * 1024;

export const store: CheckUp = {
  name: 'Store',
  isNeeded: () => true,
  run: async ({ settings, nowMs }) => (await examineStore(settings, nowMs)) ?? look(settings),
};

async function look(settings: StoreSettings): Promise<readonly Finding[]> {
  const subject = 'records';
  try {
    const visit = await visitStore(settings, 'refuse');
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
    if (error.code === 'no_data') return [{ subject, verdict: 'note', found: 'none yet', advice: null }];
    const advice = 'Mend that, and run "tokenwatch doctor" again.';
    return [{ subject, verdict: 'fault', found: error.message, advice }];
  }
}
