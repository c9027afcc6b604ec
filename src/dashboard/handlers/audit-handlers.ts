// What was changed by whom, as the audit log tells it.

import type { AuditLog } from '../../access/audit/audit-log.ts';
import type { HandlersOf } from './handlers.ts';

export function auditHandlers(log: AuditLog): HandlersOf<'audit'> {
  return {
    audit: async ({ limit }) => ({ entries: log.recent(limit), verdict: await log.verifyInTurns() }),
  };
}
