// TokenWatch's own table, laid over the catalogue: found by seller and name, made into price entries.

import { foldName } from '../../core/model-name.ts';
import { flatPeriods, type PriceEntry, type PricePeriod } from '../price-entry.ts';
import type { RateClass, Rates } from '../rates.ts';
import { type PriceRowInput, rowRates, toldRates } from '../row-rates.ts';
import { AMAZON_ROWS } from './amazon.ts';
import { ANTHROPIC_ROWS } from './anthropic.ts';
import { DASHSCOPE_ROWS } from './dashscope.ts';
import { DEEPSEEK_ROWS } from './deepseek.ts';
import { GOOGLE_ROWS } from './google.ts';
import type { MendedRow } from './mended-row.ts';
import { MISTRAL_ROWS } from './mistral.ts';
import { MOONSHOT_ROWS } from './moonshot.ts';
import { OPENAI_ROWS } from './openai.ts';
import { OTHER_ROWS } from './others.ts';
import { XAI_ROWS } from './xai.ts';
import { ZAI_ROWS } from './zai.ts';

export const MENDED_ROWS: readonly MendedRow[] = [
  ...ANTHROPIC_ROWS,
  ...OPENAI_ROWS,
  ...ZAI_ROWS,
  ...DEEPSEEK_ROWS,
  ...MISTRAL_ROWS,
  ...DASHSCOPE_ROWS,
  ...MOONSHOT_ROWS,
  ...GOOGLE_ROWS,
  ...XAI_ROWS,
  ...AMAZON_ROWS,
  ...OTHER_ROWS,
];

/** `name` is one folded spelling. Rows of one model, oldest first; empty without any. */
export function mendedRows(seller: string, name: string): readonly MendedRow[] {
  return FULL_ROWS.get(keyOf(seller, name)) ?? [];
}

/** The entry of a model that has rows: `listed` is what the catalogue has for it, if anything. */
export function mendedEntry(name: string, rows: readonly MendedRow[], listed: PriceEntry | null): PriceEntry {
  const newest = rows.at(-1)!;
  const model = newest.models.find((candidate) => foldName(candidate) === name) ?? name;
  const since = rows[0]!.since;
  const before = since === undefined ? [] : (listed?.periods ?? []);
  return {
    model,
    provider: newest.seller,
    source: 'tokenwatch',
    page: newest.page,
    listDate: newest.readOn,
    periods: [...before, ...rows.flatMap((row) => periodsOf(model, row))],
  };
}

/** A catalogue's entry with what the table says beside it. */
export function patchedEntry(entry: PriceEntry): PriceEntry {
  const patch = PATCHES.get(keyOf(entry.provider ?? '', foldName(entry.model)));
  if (patch === undefined) return entry;
  const told = toldRates(patch.prices);
  const patched = (rates: Rates): Rates => ({ ...rates, ...told, ...alikeRates(patch, rates) });
  const periods = entry.periods.map((period) => ({
    ...period,
    tiers: period.tiers.map((tier) => ({ ...tier, rates: patched(tier.rates) })),
  }));
  return { ...entry, page: patch.page, periods };
}

function alikeRates({ alike = {} }: MendedRow, rates: Rates): Partial<Rates> {
  const told = Object.entries(alike) as [RateClass, readonly [RateClass, number]][];
  return Object.fromEntries(
    told.map(([name, [other, times]]) => {
      const rate = rates[other];
      return [name, rate === null ? null : rate * times];
    }),
  );
}

/** Every entry of the table for a seller, with the names that it takes over from the catalogue. */
export function mendedNames(seller: string): ReadonlySet<string> {
  const prefix = keyOf(seller, '');
  const names = [...FULL_ROWS.keys()].filter((key) => key.startsWith(prefix));
  return new Set(names.map((key) => key.slice(prefix.length)));
}

function periodsOf(model: string, row: MendedRow): readonly PricePeriod[] {
  const startMs = row.since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(`${row.since}T00:00:00Z`);
  const ofAllDay = { ...flatPeriods(rowRates(model, row.prices))[0]!, startMs };
  const longer = (row.above ?? []).map(([aboveInputTokens, prices]) => ({
    aboveInputTokens,
    rates: rowRates(model, prices),
  }));
  const ofHours = (row.hours ?? []).map(({ from, to, prices }) =>
    hoursPeriod(model, startMs, from, to, prices),
  );
  return [{ ...ofAllDay, tiers: [...ofAllDay.tiers, ...longer] }, ...ofHours];
}

function hoursPeriod(
  model: string,
  startMs: number,
  from: string,
  to: string,
  prices: PriceRowInput,
): PricePeriod {
  const timeOfDayMs = (text: string) => Date.parse(`1970-01-01T${text}:00Z`);
  const window = { fromMs: timeOfDayMs(from), toMs: timeOfDayMs(to) };
  return { ...flatPeriods(rowRates(model, prices))[0]!, startMs, window };
}

function keyOf(seller: string, foldedName: string): string {
  return `${seller}\n${foldedName}`;
}

function byName(rows: readonly MendedRow[]): ReadonlyMap<string, readonly MendedRow[]> {
  const found = new Map<string, MendedRow[]>();
  for (const row of rows) {
    for (const model of row.models) {
      const key = keyOf(row.seller, foldName(model));
      const others = found.get(key);
      if (others === undefined) found.set(key, [row]);
      else others.push(row);
    }
  }
  return found;
}

const FULL_ROWS = byName(MENDED_ROWS.filter(({ isPatch }) => isPatch !== true));
const PATCHES: ReadonlyMap<string, MendedRow> = new Map(
  [...byName(MENDED_ROWS.filter(({ isPatch }) => isPatch === true))].map(([key, rows]) => [key, rows[0]!]),
);
