// `tokenwatch audit verify`: whether the audit log is as it was written.

import { AuditLog } from '../../../access/audit/audit-log.ts';
import { counted } from '../../../core/counted.ts';
import { TokenWatchError } from '../../../core/errors.ts';
import { type Command, JSON_OPTION } from '../../command.ts';

export const auditVerify: Command = {
  name: 'audit verify',
  summary: 'check that nobody changed the audit log; fails where somebody did',
  options: [
    {
      flags: '--head <hash>',
      about: 'the last line’s hash, as an earlier call printed it: proves that the log was not written anew',
    },
    JSON_OPTION,
  ],
  examples: ['tokenwatch audit verify'],
  async run(context) {
    const log = new AuditLog(context.settings().TOKENWATCH_DATA_DIR);
    const verdict = log.verify();
    const { head: wanted } = context.options;
    const isKnown = wanted === undefined || log.holds(String(wanted));
    if (context.options.json)
      context.print(JSON.stringify({ ...verdict, ...(wanted !== undefined && { isKnown }) }));
    else if (verdict.fault === null && isKnown)
      context.print(
        `${counted(verdict.entries, 'change, as it was', 'changes, as they were')} written. The last line’s hash: ${verdict.head}`,
      );
    if (verdict.fault !== null)
      throw new TokenWatchError(
        'storage_failed',
        `The audit log is not as it was written: line ${verdict.fault.line}: ${verdict.fault.what}.`,
      );
    if (!isKnown)
      throw new TokenWatchError(
        'storage_failed',
        `No line of the audit log has the hash ${String(wanted)}: it was written anew since.`,
      );
  },
};
