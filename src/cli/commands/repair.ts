// `tokenwatch repair`: a database anew, from what a damaged one still holds and what waits in the spool.

import { systemClock } from '../../core/clock.ts';
import { counted } from '../../core/counted.ts';
import { TokenWatchError } from '../../core/errors.ts';
import { putBackWords } from '../../storage/put-back.ts';
import { loadRepair, storeKind } from '../../storage/registry.ts';
import { auditedChange } from '../audited-change.ts';
import { type Command, type CommandContext, JSON_OPTION } from '../command.ts';
import { madeGoodLines } from '../made-good.ts';
import { formatCount, tableLines } from '../table.ts';

type Repaired = Awaited<ReturnType<Awaited<ReturnType<typeof loadRepair>>['repair']>>;

export const repairCommand: Command = {
  name: 'repair',
  summary: 'make the database anew where it is damaged or gone, from all that is left of it',
  options: [JSON_OPTION],
  examples: ['tokenwatch repair'],
  more: () => [
    '',
    'Works while a server runs that has set its database aside: it takes the new one at once. What was damaged is kept.',
    'Where the database was deleted, what was set in it comes back from the copies in the data folder; requests do not.',
  ],
  async run(context) {
    const settings = context.settings();
    if (storeKind(settings) !== 'sqlite')
      throw new TokenWatchError(
        'invalid_argument',
        'Records are in a database of its own: repair it with its own tools. Records wait in the spool meanwhile.',
      );
    const dataDir = settings.TOKENWATCH_DATA_DIR;
    const { isLost, repair } = await loadRepair();
    const work = (): Promise<Repaired> => repair(dataDir, systemClock.now());
    // Budgets, rules and keys come into force by it.
    const repaired = isLost(dataDir)
      ? await auditedChange(dataDir, { action: 'repair', before: null }, work)
      : await work();
    if (context.options.json === true) context.print(JSON.stringify(repaired, null, 2));
    else print(context, repaired);
  },
};

function print(context: CommandContext, repaired: Repaired): void {
  const { from, putBack, tables, isReadable, rollups, fromSpool } = repaired;
  if (from === null) {
    if (putBack === null) context.print('Nothing is damaged: the database was checked page by page.');
    else printPutBack(context, repaired, putBack);
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
  printMadeGood(context, repaired);
  context.print(`The database is there again. What was damaged is kept as ${from}.`);
}

function printPutBack(
  context: CommandContext,
  repaired: Repaired,
  counts: NonNullable<Repaired['putBack']>,
): void {
  const words = putBackWords(counts);
  context.print(
    words === ''
      ? 'All that was set in the database that is gone is set in this one.'
      : `What was set in the database that is gone is in force again: ${words}.`,
  );
  printMadeGood(context, repaired);
  const { fromSpool, mustStartAgain } = repaired;
  if (fromSpool > 0)
    context.print(`From the spool: ${counted(fromSpool, 'request', 'requests', formatCount(fromSpool))}.`);
  context.print(
    `What was recorded in it is gone: only a backup has that ("tokenwatch restore FILE"). The copies are kept in ${counts.from}.`,
  );
  if (mustStartAgain)
    context.print('Start TokenWatch again: the server that runs still holds the database that is gone.');
}

function printMadeGood(context: CommandContext, { madeGood }: Repaired): void {
  for (const line of madeGoodLines(madeGood)) context.print(line);
}
