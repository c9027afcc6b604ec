// The audit log of a running server, and what waits for it.

import { AuditLog } from '../access/audit/audit-log.ts';
import { WaitingEntries } from '../access/audit/waiting-entries.ts';
import { counted } from '../core/counted.ts';
import { type Check, degraded, WELL } from '../core/readiness.ts';
import type { Ground } from './ground.ts';

export interface Audit {
  readonly log: AuditLog;
  readonly changes: WaitingEntries;
}

export function startAudit({ settings, clock, warn, opened }: Ground): Audit {
  const log = new AuditLog(settings.TOKENWATCH_DATA_DIR);
  const changes = new WaitingEntries({ log, clock, warn });
  opened.defer(() => changes.close());
  return { log, changes };
}

/** Traffic flows, and what stops it is in force. */
export function auditCheck({ changes }: Audit): Check {
  return {
    name: 'audit',
    silence: { state: 'degraded', about: 'nothing is known of the audit log' },
    look() {
      const { trouble } = changes;
      if (trouble === null) return WELL;
      const { count, sinceMs, reason } = trouble;
      const since = new Date(sinceMs).toISOString();
      return degraded(`${counted(count, 'change waits', 'changes wait')} for it since ${since}: ${reason}`);
    },
  };
}
