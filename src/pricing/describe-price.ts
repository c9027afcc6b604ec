// A price as people read it: dollars per million tokens, and per thousand calls.

import { type PriceEntry, type PriceSource, periodAt } from './price-entry.ts';
import { type Rates, usdEach, usdPerMillion, usdPerMinute, usdPerThousand } from './rates.ts';

/** $ per million tokens unless the name says otherwise; null where the price is unknown. */
export interface PriceRow {
  /** The row prices a whole request whose input, cached or not, is longer than this. */
  readonly aboveInputTokens: number;
  readonly input: number | null;
  readonly output: number | null;
  readonly cacheRead: number | null;
  readonly cacheWrite5m: number | null;
  readonly cacheWrite1h: number | null;
  readonly reasoning: number | null;
  readonly inputAudio: number | null;
  readonly cacheReadAudio: number | null;
  readonly outputAudio: number | null;
  readonly inputImage: number | null;
  readonly cacheReadImage: number | null;
  readonly outputImage: number | null;
  readonly audioPerMinute: number | null;
  readonly perMillionCharacters: number | null;
  readonly perImage: number | null;
  readonly webSearchPerThousand: number | null;
  /** OpenAI's `web_search_preview`. */
  readonly previewSearchPerThousand: number | null;
  readonly fileSearchPerThousand: number | null;
  readonly requestPerThousand: number;
}

export interface PriceDescription {
  /** The name in the list, which may differ from the one that was asked for. */
  readonly model: string;
  /** Whose price it is; null for a row that holds wherever the model runs. */
  readonly provider: string | null;
  readonly source: PriceSource;
  /** Where the seller publishes it; null where the list does not say. */
  readonly page: string | null;
  /** Since when the price holds, where the list says; otherwise the day of the list itself. */
  readonly priceDate: string;
  /** By length of the request, shortest first. */
  readonly rows: readonly PriceRow[];
}

export interface PriceListRow {
  readonly model: string;
  readonly provider: string | null;
  readonly source: PriceSource;
  readonly priceDate: string;
  readonly input: number | null;
  readonly output: number | null;
}

export function describePrice(entry: PriceEntry, atMs: number): PriceDescription {
  const { model, provider, source, page } = entry;
  const rows = periodAt(entry, atMs).tiers.map(({ aboveInputTokens, rates }) =>
    priceRow(aboveInputTokens, rates),
  );
  return { model, provider, source, page, priceDate: priceDate(entry, atMs), rows };
}

export function listRow(entry: PriceEntry, atMs: number): PriceListRow {
  const { rates } = periodAt(entry, atMs).tiers[0]!;
  const { model, provider, source } = entry;
  const input = inUsd(rates.input, usdPerMillion);
  const output = inUsd(rates.output, usdPerMillion);
  return { model, provider, source, priceDate: priceDate(entry, atMs), input, output };
}

function priceDate(entry: PriceEntry, atMs: number): string {
  const { startMs } = periodAt(entry, atMs);
  return Number.isFinite(startMs) ? new Date(startMs).toISOString().slice(0, 10) : entry.listDate;
}

function priceRow(aboveInputTokens: number, rates: Rates): PriceRow {
  return {
    aboveInputTokens,
    input: inUsd(rates.input, usdPerMillion),
    output: inUsd(rates.output, usdPerMillion),
    cacheRead: inUsd(rates.cacheRead, usdPerMillion),
    cacheWrite5m: inUsd(rates.cacheWrite5m, usdPerMillion),
    cacheWrite1h: inUsd(rates.cacheWrite1h, usdPerMillion),
    reasoning: inUsd(rates.reasoning, usdPerMillion),
    inputAudio: inUsd(rates.inputAudio, usdPerMillion),
    cacheReadAudio: inUsd(rates.cacheReadAudio, usdPerMillion),
    outputAudio: inUsd(rates.outputAudio, usdPerMillion),
    inputImage: inUsd(rates.inputImage, usdPerMillion),
    cacheReadImage: inUsd(rates.cacheReadImage, usdPerMillion),
    outputImage: inUsd(rates.outputImage, usdPerMillion),
    audioPerMinute: inUsd(rates.audioTime, usdPerMinute),
    perMillionCharacters: inUsd(rates.characters, usdPerMillion),
    perImage: inUsd(rates.image, usdEach),
    webSearchPerThousand: inUsd(rates.webSearch, usdPerThousand),
    previewSearchPerThousand: inUsd(rates.previewSearch, usdPerThousand),
    fileSearchPerThousand: inUsd(rates.fileSearch, usdPerThousand),
    requestPerThousand: usdPerThousand(rates.request ?? 0),
  };
}

function inUsd(rate: number | null, convert: (rate: number) => number): number | null {
  return rate === null ? null : convert(rate);
}
