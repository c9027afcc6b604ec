// `tokenwatch tail`: requests as they happen. In place on a terminal, one line each when piped.

import { setTimeout as delay } from 'node:timers/promises';
import type { RequestRecord } from '../../core/record.ts';
import { openRecords } from '../../storage/sqlite/open-records.ts';
import { type Command, type CommandContext, JSON_OPTION } from '../command.ts';
import { RECORD_COLUMNS, recordCells } from '../records.ts';
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
    const count = Number(context.options.lines);
    const records = await openRecords(context.settings().TOKENWATCH_DATA_DIR);
    const { analytics } = records;
    const shown = [...(await analytics.recent({ limit: Math.max(count, 0) }))].reverse();
    let { cursor } = await newest(analytics.changes, 0);
    const screen =
      context.isTerminal && !context.options.json ? new Screen(context, Math.max(count, 1)) : null;
    const show = (batch: readonly RequestRecord[]): void => {
      if (screen !== null) screen.show(batch);
      else for (const record of batch) printLine(context, record);
    };
    show(shown);
    while (!context.signal.aborted) {
      const news = await analytics.changes(cursor, CHANGES_MAX);
      cursor = news.cursor;
      if (news.records.length > 0) show(news.records);
      await delay(POLL_MS, undefined, { signal: context.signal }).catch(() => undefined);
    }
    await records.close();
  },
};

/** Skips to the newest change. */
async function newest(
  changes: (cursor: number, limit: number) => Promise<{ records: readonly RequestRecord[]; cursor: number }>,
  from: number,
): Promise<{ cursor: number }> {
  let cursor = from;
  for (;;) {
    const page = await changes(cursor, CHANGES_MAX);
    if (page.records.length === 0) return { cursor };
    cursor = page.cursor;
  }
}

function printLine(context: CommandContext, record: RequestRecord): void {
  if (context.options.json) context.print(JSON.stringify(record));
  else if (record.outcome !== 'in_flight') context.print(recordCells(record).join('  '));
}

/** Repaints the newest requests in place. */
class Screen {
  readonly #context: CommandContext;
  readonly #rows: number;
  readonly #records = new Map<string, RequestRecord>();
  #painted = 0;

  constructor(context: CommandContext, rows: number) {
    this.#context = context;
    this.#rows = rows;
  }

  show(batch: readonly RequestRecord[]): void {
    for (const record of batch) this.#records.set(record.id, record);
    const ids = [...this.#records.keys()].sort();
    for (const id of ids.slice(0, -this.#rows)) this.#records.delete(id);
    const rows = ids.slice(-this.#rows).map((id) => recordCells(this.#records.get(id) as RequestRecord));
    const lines = tableLines(RECORD_COLUMNS, rows, this.#context.columns);
    const up = this.#painted > 0 ? `\u001b[${this.#painted}A\u001b[J` : '';
    this.#context.print(up + lines.join('\n'));
    this.#painted = lines.length;
  }
}
