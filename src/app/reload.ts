// A reload, by SIGHUP or by the API: what is in force then, in the log and in the audit log.

import type { ChangeLog } from '../access/audit/change-log.ts';
import type { Clock } from '../core/clock.ts';
import type { HandlersOf } from '../dashboard/handlers/handlers.ts';
import type { AppLog } from './log.ts';
import type { ReadAgain, ReloadReport, Reloads } from './reloads.ts';
import { rememberSettings } from './settings-seen.ts';

export interface ReloadOptions {
  readonly reloads: Reloads;
  readonly read: ReadAgain;
  readonly log: AppLog;
  readonly audit: ChangeLog;
  readonly clock: Clock;
}

/** Reloads, and says in the log what came of it. */
async function reload({ reloads, read, log }: ReloadOptions): Promise<ReloadReport> {
  const report = await reloads.reload(read);
  const { changes, waiting, faults, taken } = report;
  if (changes.length > 0) rememberSettings({ settings: reloads.settings, warn: log.warn });
  log.tell('reloaded', { taken: changes.map(({ name }) => name), waiting, faults });
  const untaken =
    taken === 'none' ? 'NOT RELOADED, everything stays as it was' : 'RELOADED IN PART, this stays as it was';
  for (const fault of faults) log.warn(`${untaken}: ${fault}`);
  if (waiting.length > 0)
    log.warn(`Changed, and in force from the next start on: ${waiting.join(', ')}. Stop and start for that.`);
  return report;
}

/** Asked by a signal: nobody else tells the audit log. */
export async function reloadBySignal(options: ReloadOptions): Promise<ReloadReport> {
  const report = await reload(options);
  const { audit, clock } = options;
  if (report.changes.length > 0) {
    const side = (which: 'before' | 'after') =>
      Object.fromEntries(report.changes.map((change) => [change.name, change[which]]));
    const change = { who: 'SIGHUP', role: 'admin', action: 'reload' };
    audit.tell({ ...change, before: side('before'), after: side('after') }, clock.now());
  }
  return report;
}

export function reloadApi(options: ReloadOptions): HandlersOf<'reload'> {
  return { reload: () => reload(options) };
}
