// `tokenwatch prices set`: gives a model a price in the user's file.

import { TokenWatchError } from '../../../core/errors.ts';
import type { PriceRowInput } from '../../../pricing/row-rates.ts';
import { auditedChange } from '../../audited-change.ts';
import type { Command, CommandContext } from '../../command.ts';
import { readRowsOf, rowNameOf, userPriceFile, writeRows } from '../../price-file.ts';

interface PriceOption {
  readonly flag: string;
  readonly field: keyof PriceRowInput;
  readonly about: string;
  /** What the file has for a dollar of the option. */
  readonly times?: number;
}

const PER_THOUSAND = 1000;

const PRICE_OPTIONS: readonly PriceOption[] = [
  { flag: 'input', field: 'input', about: '$ per million tokens that are read' },
  { flag: 'output', field: 'output', about: '$ per million tokens that are generated' },
  { flag: 'cache-read', field: 'cacheRead', about: '$ per million tokens read from a cache' },
  { flag: 'cache-write', field: 'cacheWrite5m', about: '$ per million tokens written to a cache' },
  { flag: 'cache-write-1h', field: 'cacheWrite1h', about: 'the same, to a cache of one hour' },
  { flag: 'reasoning', field: 'reasoning', about: '$ per million tokens of thinking' },
  { flag: 'input-audio', field: 'inputAudio', about: '$ per million tokens of sound that is read' },
  { flag: 'output-audio', field: 'outputAudio', about: '$ per million tokens of sound that is made' },
  { flag: 'input-image', field: 'inputImage', about: '$ per million tokens of pictures that are read' },
  { flag: 'output-image', field: 'outputImage', about: '$ per million tokens of pictures that are made' },
  { flag: 'per-call', field: 'request', about: '$ for each request', times: PER_THOUSAND },
  { flag: 'per-minute', field: 'audioMinute', about: '$ per minute of sound' },
  { flag: 'per-image', field: 'image', about: '$ per picture' },
  { flag: 'per-million-characters', field: 'characters', about: '$ per million characters that are spoken' },
  { flag: 'per-search', field: 'webSearch', about: '$ for each web search', times: PER_THOUSAND },
];

export const pricesSet: Command = {
  name: 'prices set',
  summary: "give a model a price, in the user's own file",
  argument: '<model>',
  options: PRICE_OPTIONS.map(({ flag, about }) => ({ flags: `--${flag} <dollars>`, about })),
  examples: [
    'tokenwatch prices set house-llama-70b --input 0.20 --output 0.40',
    "tokenwatch prices set 'house-*' --input 0 --output 0",
    'tokenwatch prices set claude-sonnet-4-5 --input 2.40 --output 12 --cache-read 0.24 --cache-write 3',
    'tokenwatch prices set whisper-1 --per-minute 0.006',
  ],
  more: () => [
    '',
    'A name holds for all spellings of its model, "*" for any characters. What is given changes,',
    'the rest of a row stays. A running server with the same settings follows within a second.',
  ],
  async run(context) {
    const path = userPriceFile(context.settings());
    const model = context.arguments[0]!.trim();
    const rows = readRowsOf(path);
    const name = rowNameOf(rows, model) ?? model;
    const row = { ...rows.get(name), ...givenPrices(context) };
    const change = { action: `prices set ${name}`, before: rows.get(name) ?? null };
    await auditedChange(context.settings().TOKENWATCH_DATA_DIR, change, () => {
      rows.set(name, row);
      writeRows(path, rows);
      return row;
    });
    context.print(`${name}: ${Object.entries(row).map(shown).join(', ')}
Written to ${path}; a running server with these settings follows within a second.`);
  },
};

/** As it is asked for: what the file has by the thousand is shown for each, and has no more digits than were given. */
function shown([field, usd]: [string, unknown]): string {
  const option = PRICE_OPTIONS.find((each) => each.field === field);
  if (option === undefined || typeof usd !== 'number') return `${field} ${usd}`;
  return `${option.flag} ${Number((usd / (option.times ?? 1)).toPrecision(12))}`;
}

function givenPrices({ options }: CommandContext): PriceRowInput {
  const given: Partial<Record<keyof PriceRowInput, number>> = {};
  for (const { flag, field, times = 1 } of PRICE_OPTIONS) {
    const text = options[flag.replace(/-([a-z\d])/g, (_, letter: string) => letter.toUpperCase())];
    if (typeof text === 'string') given[field] = dollars(text, flag) * times;
  }
  if (Object.keys(given).length === 0) {
    throw new TokenWatchError(
      'invalid_argument',
      'prices set needs a price, such as --input 0.20 --output 0.40 (dollars per million tokens).',
    );
  }
  return given;
}

function dollars(text: string, flag: string): number {
  const usd = /^\$?(\d{1,6}(?:\.\d{1,9})?|\.\d{1,9})$/.exec(text.trim());
  if (usd === null) {
    throw new TokenWatchError(
      'invalid_argument',
      `--${flag} "${text}" is no price: give dollars such as 0.60, from 0 to 100000.`,
    );
  }
  return Number(usd[1]);
}
