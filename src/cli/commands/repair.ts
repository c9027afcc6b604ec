// `tokenwatch repair`: a database anew, from what a damaged one still holds and what waits in the spool.

import { systemClock } from '../../core/clock.ts';
import { counted } from '../../core/counted.ts';
import { TokenWatchError } from '../../core/errors.ts';
import { exactUsd } from '../../core/money.ts';
import { loadRepair, storeKind } from '../../storage/registry.ts';
import { type Command, type CommandContext, JSON_OPTION } from '../command.ts';
import { formatCount, tableLines } from '../table.ts';

type Repaired = Awaited<ReturnType<Awaited<ReturnType<typeof loadRepair>>['repair']>>;

export const repairCommand: Command = {
  name: 'repair',
  summary: 'make the database anew from a damaged one, the spool and what the ledger wrote down',
  options: [JSON_OPTION],
  examples: ['tokenwatch repair'],
  more: () => [
    '',
    'Works while a server runs that has set its database aside: it takes the new one at once. What was damaged is kept.',
  ],
  async run(context) {
    const settings = context.settings();
    if (storeKind(settings) !== 'sqlite')
      throw new TokenWatchError(
        'invalid_argument',
        'Records are in a database of its own: repair it with its own tools. Records wait in the spool meanwhile.',
      );
    const repaired = await (await loadRepair()).repair(settings.TOKENWATCH_DATA_DIR, systemClock.now());
    if (context.options.json === true) context.print(JSON.stringify(repaired, null, 2));
    else print(context, repaired);
  },
};

function print(
  context: CommandContext,
  { from, tables, isReadable, rollups, fromSpool, madeGood }: Repaired,
): void {
  if (from === null) {
    context.print('Nothing is damaged: the database was checked page by page.');
    return;
  }
  if (!isReadable) context.print(`Nothing could be read of ${from}.`);
  const filled = tables.filter(({ rows, isDamaged }) => rows > 0 || isDamaged);
  if (filled.length > 0) {
    const columns = [{ title: 'TABLE' }, { title: 'ROWS', alignRight: true }, { title: '' }];
    const cells = filled.map(({ table, rows, isDamaged }) => [
      table,
      formatCount(rows),
      isDamaged ? 'some could not be read' : 'whole',
    ]);
    for (const line of tableLines(columns, cells, context.columns)) context.print(line);
  }
  context.print('');
  context.print(
    `From the spool: ${counted(fromSpool, 'request', 'requests', formatCount(fromSpool))}. Totals: ${rollups}.`,
  );
  for (const { budget, nanoUsd } of madeGood)
    context.print(
      `Budget "${budget}": $${exactUsd(nanoUsd)} had been counted that no record tells; it stays spent.`,
    );
  context.print(`The database is there again. What was damaged is kept as ${from}.`);
}
