// `tokenwatch audit list`

import { AuditLog, describeChange } from '../../../access/audit/audit-log.ts';
import { TokenWatchError } from '../../../core/errors.ts';
import { type Command, JSON_OPTION } from '../../command.ts';
import { tableLines } from '../../table.ts';

export const auditList: Command = {
  name: 'audit list',
  summary: 'what was changed by whom, newest first',
  options: [{ flags: '--limit <count>', about: 'how many, 1 to 10000', standard: '20' }, JSON_OPTION],
  examples: ['tokenwatch audit list', 'tokenwatch audit list --json --limit 1000'],
  async run(context) {
    const limit = Number(context.options.limit);
    if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
      throw new TokenWatchError(
        'invalid_argument',
        `--limit ${String(context.options.limit)} is no whole number from 1 to 10000.`,
      );
    const entries = new AuditLog(context.settings().TOKENWATCH_DATA_DIR).recent(limit);
    if (context.options.json) context.print(JSON.stringify({ entries }, null, 2));
    else if (entries.length === 0) context.print('Nothing was changed yet.');
    else {
      const columns = [{ title: 'TIME' }, { title: 'WHO' }, { title: 'ROLE' }, { title: 'CHANGE' }];
      const rows = entries.map((entry) => [
        entry.at.slice(0, 19).replace('T', ' '),
        entry.who,
        entry.role,
        entry.refusal === undefined
          ? describeChange(entry)
          : `${describeChange(entry)} (refused: ${entry.refusal})`,
      ]);
      for (const line of tableLines(columns, rows, context.columns)) context.print(line);
    }
  },
};
