// `tokenwatch prompts list`: what is stored, the newest first.

import type { ItemFacts } from '../../../archive/ports.ts';
import { systemClock } from '../../../core/clock.ts';
import { formatUsd } from '../../../core/money.ts';
import { type Command, JSON_OPTION } from '../../command.ts';
import {
  HOW_TO_STORE,
  megabytes,
  PROMPT_OPTIONS,
  queryOf,
  shortId,
  skippedInWords,
  withArchive,
} from '../../prompts.ts';
import { wholeNumberOf } from '../../rules.ts';
import { formatCount, tableLines } from '../../table.ts';

const COLUMNS = [
  { title: 'TIME' },
  { title: 'ID' },
  { title: 'APP' },
  { title: 'MODEL' },
  { title: 'TURNS', alignRight: true },
  { title: 'IN', alignRight: true },
  { title: 'OUT', alignRight: true },
  { title: 'COST', alignRight: true },
  { title: 'RESULT' },
];

export const promptsList: Command = {
  name: 'prompts list',
  summary: 'stored prompts, the newest first',
  options: [...PROMPT_OPTIONS, { flags: '--limit <count>', about: 'how many', standard: '20' }, JSON_OPTION],
  examples: ['tokenwatch prompts list', 'tokenwatch prompts list --app claude-code --from 7d --limit 50'],
  async run(context) {
    const limit = wholeNumberOf(context, 'limit', '--limit');
    await withArchive(context, async ({ archive }) => {
      const items = await archive.items({ ...queryOf(context, systemClock.now()), order: 'newest', limit });
      const { items: all, bytes, rawBytes, skipped } = await archive.archiveState();
      if (context.options.json) {
        context.print(JSON.stringify({ items, stored: { items: all, bytes, rawBytes }, skipped }, null, 2));
        return;
      }
      if (items.length > 0)
        for (const line of tableLines(COLUMNS, items.map(cellsOf), context.columns)) context.print(line);
      context.print(
        all === 0
          ? `No prompt is stored. ${HOW_TO_STORE}`
          : `${items.length} of ${all} stored, ${megabytes(bytes)} on disk for ${megabytes(rawBytes)}.`,
      );
      const left = skippedInWords(skipped);
      if (left !== '') context.print(left);
    });
  },
};

function cellsOf(item: ItemFacts): string[] {
  return [
    new Date(item.startedAtMs).toLocaleString('sv-SE').slice(5, 16),
    shortId(item.id),
    item.app,
    item.modelUsed ?? item.modelRequested ?? item.endpoint,
    item.turnsBefore === 0 ? String(item.turns) : `${item.turnsBefore}+${item.turns - item.turnsBefore}`,
    formatCount(item.inputTokens),
    formatCount(item.outputTokens),
    formatUsd(item.costNanoUsd),
    item.outcome === 'completed' ? String(item.status ?? '') : item.outcome,
  ];
}
