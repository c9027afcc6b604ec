// `tokenwatch export`: the recorded requests as a file for other programs.

import { closeSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestFilter } from '../../core/analytics.ts';
import { counted } from '../../core/counted.ts';
import { TokenWatchError } from '../../core/errors.ts';
import type { RequestRecord } from '../../core/record.ts';
import { deletedWords } from '../../core/retention.ts';
import type { Column } from '../../export/column.ts';
import { FOCUS_COLUMNS, isCharge } from '../../export/focus-columns.ts';
import { csvHead, csvLine, jsonLine } from '../../export/lines.ts';
import { writeParquet } from '../../export/parquet.ts';
import { REQUEST_COLUMNS } from '../../export/request-columns.ts';
import { makeOwnFile } from '../../runtime/own-file.ts';
import { visitStore } from '../../storage/registry.ts';
import { optionText } from '../budgets.ts';
import { type Command, type CommandContext, SINCE_OPTIONS } from '../command.ts';
import { allRecords, rangeOf } from '../records.ts';
import { unwritable } from '../user-file.ts';

const FORMATS = ['csv', 'jsonl', 'parquet'];
const LINES_AT_ONCE = 500;

export const exportRequests: Command = {
  name: 'export',
  summary: 'recorded requests as CSV, JSON lines or Parquet, also in the columns of FOCUS',
  options: [
    { flags: '--format <format>', about: 'how it is written', choices: FORMATS, standard: 'csv' },
    {
      flags: '--columns <columns>',
      about: 'requests: all that is recorded; focus: charges by FOCUS 1.2',
      choices: ['requests', 'focus'],
      standard: 'requests',
    },
    { flags: '--out <file>', about: 'the file (standard output if not given; Parquet needs one)' },
    ...SINCE_OPTIONS,
    { flags: '--app <app>', about: 'only requests of this application' },
    { flags: '--tag <tag>', about: 'only requests with this tag, or facet of a tag (team=growth)' },
    { flags: '--model <model>', about: 'only requests of this model' },
  ],
  examples: [
    'tokenwatch export --since 7d > requests.csv',
    'tokenwatch export --format jsonl --app claude-code',
    'tokenwatch export --format parquet --since all --out requests.parquet',
    'tokenwatch export --columns focus --since 30d --out focus.csv',
  ],
  async run(context) {
    const format = String(context.options.format ?? 'csv');
    const out = optionText(context, 'out');
    if (format === 'parquet' && out === undefined)
      throw new TokenWatchError('invalid_argument', 'A Parquet file needs a name: add --out FILE.');
    const isFocus = context.options.columns === 'focus';
    const columns = isFocus ? FOCUS_COLUMNS : REQUEST_COLUMNS;
    const { range } = rangeOf(context.options, Date.now(), '30d');
    const visit = await visitStore(context.settings(), 'refuse');
    const counts = { written: 0, leftOut: 0 };
    let rowsFromMs = 0;
    try {
      rowsFromMs = await visit.analytics.rowsFromMs();
      const all = allRecords(visit.analytics, context.signal, range, filterOf(context));
      const wanted = counting(all, isFocus ? isCharge : isEnded, counts);
      if (out === undefined) await print(context, format, columns, wanted);
      else await writeFile(context.signal, out, (draft) => write(draft, format, columns, wanted));
    } finally {
      await visit.close();
    }
    if (out !== undefined) context.print(`${counted(counts.written, 'request')} written to ${out}.`);
    if (range.fromMs < rowsFromMs) process.stderr.write(`tokenwatch: ${deletedWords(rowsFromMs)}\n`);
    // Beside the data, which may go into a pipe.
    if (isFocus && counts.leftOut > 0)
      process.stderr.write(
        `tokenwatch: ${counted(counts.leftOut, 'request of unknown cost, or still running, is', 'requests of unknown cost, or still running, are')} left out: FOCUS wants a cost in every row.\n`,
      );
  },
};

const isEnded = ({ outcome }: RequestRecord): boolean => outcome !== 'in_flight';

async function* counting(
  records: AsyncIterable<RequestRecord>,
  isWanted: (record: RequestRecord) => boolean,
  counts: { written: number; leftOut: number },
): AsyncGenerator<RequestRecord> {
  for await (const record of records) {
    counts[isWanted(record) ? 'written' : 'leftOut'] += 1;
    if (isWanted(record)) yield record;
  }
}

function filterOf(context: CommandContext): RequestFilter {
  const given = (['app', 'tag', 'model'] as const).map((name) => [name, optionText(context, name)] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** Several lines at a time. */
async function* linesOf(
  format: string,
  columns: readonly Column[],
  records: AsyncIterable<RequestRecord>,
): AsyncGenerator<string> {
  const line = format === 'csv' ? csvLine : jsonLine;
  let lines = format === 'csv' ? [csvHead(columns)] : [];
  for await (const record of records) {
    lines.push(line(columns, record));
    if (lines.length < LINES_AT_ONCE) continue;
    yield lines.join('\n');
    lines = [];
  }
  if (lines.length > 0) yield lines.join('\n');
}

async function print(
  context: CommandContext,
  format: string,
  columns: readonly Column[],
  records: AsyncIterable<RequestRecord>,
): Promise<void> {
  for await (const lines of linesOf(format, columns, records)) context.print(lines);
}

async function write(
  path: string,
  format: string,
  columns: readonly Column[],
  records: AsyncIterable<RequestRecord>,
): Promise<void> {
  if (format === 'parquet') {
    await writeParquet(path, columns, records);
    return;
  }
  const file = openSync(path, 'w', 0o600);
  try {
    for await (const lines of linesOf(format, columns, records)) writeFileSync(file, `${lines}\n`);
  } finally {
    closeSync(file);
  }
}

/** Under another name until it is whole. */
async function writeFile(
  signal: AbortSignal,
  path: string,
  fill: (draft: string) => Promise<void>,
): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    // Made here, for the owner alone: who fills it only opens it.
    makeOwnFile(draft);
    await fill(draft);
    renameSync(draft, path);
  } catch (cause) {
    rmSync(draft, { force: true });
    throw signal.aborted ? cause : unwritable(path, cause);
  }
}
