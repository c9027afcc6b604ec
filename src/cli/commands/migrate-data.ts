// `tokenwatch migrate-data`: moves all that one store holds into another.

import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wordsReader } from '../../archive/item-words.ts';
import { counted } from '../../core/counted.ts';
import { TokenWatchError } from '../../core/errors.ts';
import { formatUsd } from '../../core/money.ts';
import { placeOf } from '../../record/server-place.ts';
import type { Settings } from '../../settings.ts';
import { visitStore } from '../../storage/registry.ts';
import { ADDRESS_FORMS, type StoreAddress, storeAddress } from '../../storage/transfer/address.ts';
import { type MoveReport, moveData } from '../../storage/transfer/mover.ts';
import { auditedChange } from '../audited-change.ts';
import { optionText } from '../budgets.ts';
import { type Command, type CommandContext, JSON_OPTION } from '../command.ts';
import { formatCount, tableLines } from '../table.ts';

/** What lies beside a database in its folder, and is the user's. */
const PRICE_FILES = ['prices.json', 'price-list.json'];

export const migrateData: Command = {
  name: 'migrate-data',
  summary: 'move everything from one store into another',
  options: [
    { flags: '--from <store>', about: `where it lies: ${ADDRESS_FORMS}` },
    { flags: '--to <store>', about: 'where it goes: the same forms' },
    { flags: '--replace', about: 'delete what the target holds first' },
    { flags: '--interrupt', about: 'count requests in flight, whose server is gone, as interrupted' },
    JSON_OPTION,
  ],
  examples: [
    'tokenwatch migrate-data --from ~/.tokenwatch --to postgres://user@localhost/tokenwatch',
    'tokenwatch migrate-data --from postgres://user@localhost/tokenwatch --to ./copy',
  ],
  async run(context) {
    const settings = context.settings();
    const [from, to] = [addressOf(context, settings, 'from'), addressOf(context, settings, 'to')];
    if (from.name === to.name)
      throw new TokenWatchError('invalid_argument', `--from and --to are the same store, ${from.name}.`);
    const spool = mkdtempSync(join(tmpdir(), 'tokenwatch-move-'));
    try {
      const asked = { from: from.name, to: to.name, replaces: context.options.replace === true };
      const report = await auditedChange(
        to.folder ?? settings.TOKENWATCH_DATA_DIR,
        { action: 'migrate-data', before: null, asked },
        () => moved(context, settings, from, to, spool),
      );
      const files = copyPrices(from, to);
      print(context, from, to, report, files);
    } finally {
      rmSync(spool, { recursive: true, force: true });
    }
  },
};

function addressOf(context: CommandContext, settings: Settings, option: 'from' | 'to'): StoreAddress {
  const text = optionText(context, option);
  if (text === undefined)
    throw new TokenWatchError('invalid_argument', `--${option} is missing: name ${ADDRESS_FORMS}.`);
  return storeAddress(text, settings.TOKENWATCH_ORACLE_PASSWORD);
}

async function moved(
  context: CommandContext,
  settings: Settings,
  from: StoreAddress,
  to: StoreAddress,
  spool: string,
): Promise<MoveReport> {
  // What this machine's own server left in its spool belongs to the store that it uses, and to no other.
  const dataDir = settings.TOKENWATCH_DATA_DIR;
  const isOwn = settings.TOKENWATCH_DATABASE_URL === optionText(context, 'from');
  for (const address of [from, to]) refuseRunning(address.folder ?? (isOwn ? dataDir : null), address);
  const source = await visitStore(from.settings(isOwn ? dataDir : spool), 'refuse');
  try {
    const target = await visitStore(to.settings(spool), 'create');
    try {
      const { secret } = await source.prompts.archiveState();
      return await moveData({
        from: source.transfer,
        to: target.transfer,
        fromName: from.name,
        toName: to.name,
        wordsOf: wordsReader(source.prompts, secret),
        replaces: context.options.replace === true,
        interrupts: context.options.interrupt === true,
        onRows: progressOf(context),
      });
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

function refuseRunning(folder: string | null, { name }: StoreAddress): void {
  const url = folder === null ? null : placeOf(folder);
  if (url === null) return;
  throw new TokenWatchError('folder_in_use', `A server runs on ${name} (${url}). Stop it first.`);
}

/** A line on a terminal that counts; nothing where it is piped. */
function progressOf({ isTerminal }: CommandContext): (table: string, rows: number) => void {
  const counts = new Map<string, number>();
  return (table, rows) => {
    const count = (counts.get(table) ?? 0) + rows;
    counts.set(table, count);
    if (isTerminal) process.stderr.write(`\r${table}: ${formatCount(count)} rows\u001b[K`);
  };
}

/** The user's prices go from folder to folder; one that is there stays. */
function copyPrices(from: StoreAddress, to: StoreAddress): readonly string[] {
  const [source, target] = [from.folder, to.folder];
  if (source === null || target === null) return [];
  const names = PRICE_FILES.filter(
    (name) => existsSync(join(source, name)) && !existsSync(join(target, name)),
  );
  for (const name of names) copyFileSync(join(source, name), join(target, name));
  return names;
}

function print(
  { options, print, columns, isTerminal }: CommandContext,
  from: StoreAddress,
  to: StoreAddress,
  report: MoveReport,
  files: readonly string[],
): void {
  if (options.json === true) {
    print(JSON.stringify({ from: from.name, to: to.name, ...report, files }));
    return;
  }
  if (isTerminal) process.stderr.write('\r\u001b[K');
  const rows = report.tables
    .filter((table) => table.rows > 0)
    .map(({ table, rows: count, sums }) => [
      table,
      formatCount(count),
      // Roll-ups hold the same money several times over.
      table === 'requests' ? formatUsd(Number(sums.cost_nano_usd)) : '',
    ]);
  const titles = [
    { title: 'TABLE' },
    { title: 'ROWS', alignRight: true },
    { title: 'COST', alignRight: true },
  ];
  for (const line of tableLines(titles, rows, columns)) print(line);
  print(`${from.name} is in ${to.name} now: every count and every sum is the same on both sides.`);
  if (!report.fromStart) print('An earlier call had moved a part of it.');
  if (report.interrupted > 0)
    print(
      `${counted(report.interrupted, 'request was in flight: it is', 'requests were in flight: they are')} interrupted there, at the cost that was reserved.`,
    );
  if (files.length > 0) print(`Copied as well: ${files.join(', ')}.`);
  if (to.folder === null && from.folder !== null)
    print('Prices that you have set stay files of the data folder: keep it for the spool.');
}
