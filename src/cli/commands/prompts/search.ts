// `tokenwatch prompts search`: stored prompts and answers that hold some words.

import { allItems } from '../../../archive/all-items.ts';
import type { ItemFacts } from '../../../archive/ports.ts';
import { printable } from '../../../core/shown-text.ts';
import { answerContent } from '../../../protocols/answer-content.ts';
import { promptTurns } from '../../../protocols/requests/prompt-turns.ts';
import { type Command, JSON_OPTION, UsageError } from '../../command.ts';
import { contentOf, type OpenArchive, shortId, withArchive } from '../../prompts.ts';
import { wholeNumberOf } from '../../rules.ts';
import { bold } from '../../table.ts';

const AROUND = 60;
/** Why there was no index to ask. */
const SCANNED = {
  scan: 'Encrypted prompts are in no index: every one was read.',
  no_index: 'This database has no index of words: every prompt was read.',
} as const;

interface Hit {
  readonly facts: ItemFacts;
  readonly snippet: string;
}

export const promptsSearch: Command = {
  name: 'prompts search',
  summary: 'stored prompts and answers that hold all of some words',
  argument: '<words...>',
  options: [{ flags: '--limit <count>', about: 'how many', standard: '20' }, JSON_OPTION],
  examples: ['tokenwatch prompts search retry budget', 'tokenwatch prompts search "rate limit" --json'],
  async run(context) {
    const words = context.arguments.filter((word) => word.trim() !== '');
    if (words.length === 0) throw new UsageError('Which words? Write them behind the command.');
    const limit = wholeNumberOf(context, 'limit', '--limit');
    await withArchive(context, async (opened) => {
      const { hits, how } = await find(opened, words, limit);
      if (context.options.json) {
        const found = hits.map(({ facts, snippet }) => ({ ...facts, snippet }));
        context.print(JSON.stringify({ how, items: found }, null, 2));
        return;
      }
      if (how !== 'index') context.print(SCANNED[how]);
      for (const { facts, snippet } of hits) {
        context.print(
          `${bold(shortId(facts.id))} ${new Date(facts.startedAtMs).toLocaleString('sv-SE')} ${printable(facts.app)}`,
        );
        context.print(`  ${printable(snippet)}`);
      }
      context.print(hits.length === 0 ? 'Nothing stored holds all of that.' : `${hits.length} found.`);
    });
  },
};

async function find(
  opened: OpenArchive,
  words: readonly string[],
  limit: number,
): Promise<{ hits: Hit[]; how: 'index' | keyof typeof SCANNED }> {
  const { canaries } = await opened.archive.archiveState();
  const isSealed = Object.keys(canaries).length > 0;
  const indexed = isSealed ? null : await opened.archive.searchItems(words, limit);
  if (indexed !== null) {
    const hits = [];
    for (const facts of indexed) hits.push({ facts, snippet: snippetOf(await textOf(opened, facts), words) });
    return { hits, how: 'index' };
  }
  const wanted = words.map((word) => word.toLowerCase());
  const hits: Hit[] = [];
  for await (const facts of allItems(opened.archive, { order: 'newest' })) {
    const text = await textOf(opened, facts);
    const lower = text.toLowerCase();
    if (!wanted.every((word) => lower.includes(word))) continue;
    hits.push({ facts, snippet: snippetOf(text, words) });
    if (hits.length >= limit) break;
  }
  return { hits, how: isSealed ? 'scan' : 'no_index' };
}

/** What the item added, and its answer: what the index holds of it. */
async function textOf(opened: OpenArchive, facts: ItemFacts): Promise<string> {
  const { request, answer } = await contentOf(opened, facts.id);
  const added = promptTurns(request)
    .slice(facts.turnsBefore)
    .map(({ text }) => text);
  return [...added, answerContent(answer)?.text ?? ''].join('\n');
}

/** The text around the first of the words; its beginning where they stand apart from what is shown. */
function snippetOf(text: string, words: readonly string[]): string {
  const lower = text.toLowerCase();
  const places = words.map((word) => lower.indexOf(word.toLowerCase())).filter((at) => at >= 0);
  const at = places.length === 0 ? 0 : Math.min(...places);
  const start = Math.max(0, at - AROUND);
  const part = text.slice(start, at + 2 * AROUND).replace(/\s+/g, ' ');
  return `${start > 0 ? '…' : ''}${part}${at + 2 * AROUND < text.length ? '…' : ''}`;
}
