// `tokenwatch tail`: requests as they happen. In place on a terminal, one line each when piped.

import { setTimeout as delay } from 'node:timers/promises';
import { TokenWatchError } from '../../core/errors.ts';
import type { RequestRecord } from '../../core/record.ts';
import { ofOurs } from '../../core/shown-text.ts';
import { visitStore } from '../../storage/registry.ts';
import { type Command, type CommandContext, JSON_OPTION } from '../command.ts';
import { RECORD_COLUMNS, recordCells, recordLine } from '../records.ts';
import { tableLines } from '../table.ts';

const POLL_MS = 250;
const CHANGES_MAX = 1000;

export const tail: Command = {
  name: 'tail',
  summary: 'requests as they happen',
  options: [
    { flags: '-n, --lines <count>', about: 'how many past requests to begin with', standard: '10' },
    JSON_OPTION,
  ],
  examples: ['tokenwatch tail', 'tokenwatch tail --json | jq .costNanoUsd'],
  async run(context) {
    const count = wholeNumber('--lines', context.options.lines);
    const records = await visitStore(context.settings(), 'refuse');
    const { analytics } = records;
    // The cursor comes first: what changes in between is then shown with the past, and not again.
    let cursor = await analytics.lastChange();
    const past = (await analytics.recent({ limit: count })).toReversed();
    const ended = new Set(past.filter(({ outcome }) => outcome !== 'in_flight').map(({ id }) => id));
    const screen =
      context.isTerminal && !context.options.json ? new Screen(context, Math.max(count, 1)) : null;
    const show = (batch: readonly RequestRecord[]): void => {
      if (screen !== null) screen.show(batch);
      else for (const record of batch) printLine(context, record);
    };
    show(past);
    while (!context.signal.aborted) {
      const news = await analytics.changes(cursor, CHANGES_MAX);
      cursor = news.cursor;
      const fresh = news.records.filter(({ id }) => !ended.has(id));
      if (fresh.length > 0) show(fresh);
      await delay(POLL_MS, undefined, { signal: context.signal }).catch(() => undefined);
    }
    await records.close();
  },
};

function wholeNumber(flag: string, value: unknown): number {
  if (/^\d{1,6}$/.test(String(value))) return Number(value);
  throw new TokenWatchError(
    'invalid_argument',
    `${flag} "${String(value)}" is not a whole number from 0 to 999999.`,
  );
}

function printLine(context: CommandContext, record: RequestRecord): void {
  if (context.options.json) context.print(JSON.stringify(record));
  else if (record.outcome !== 'in_flight') context.print(recordLine(record));
}

/** Repaints the newest requests in place. */
class Screen {
  readonly #context: CommandContext;
  readonly #rows: number;
  readonly #records = new Map<string, RequestRecord>();
  #painted = 0;

  constructor(context: CommandContext, rows: number) {
    this.#context = context;
    // The title and the cursor need a line each: what scrolls off the screen cannot be painted over.
    this.#rows = Math.max(1, Math.min(rows, context.rows - 2));
  }

  show(batch: readonly RequestRecord[]): void {
    for (const record of batch) this.#records.set(record.id, record);
    const ids = [...this.#records.keys()].sort();
    for (const id of ids.slice(0, -this.#rows)) this.#records.delete(id);
    const rows = ids.slice(-this.#rows).map((id) => recordCells(this.#records.get(id) as RequestRecord));
    const lines = tableLines(RECORD_COLUMNS, rows, this.#context.columns);
    const up = this.#painted > 0 ? ofOurs(`\u001b[${this.#painted}A\u001b[J`) : '';
    this.#context.print(up + lines.join('\n'));
    this.#painted = lines.length;
  }
}
