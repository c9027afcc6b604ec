// An answer of which its headers tell something: Amazon Bedrock counts there what some makers' own forms leave out,
// LiteLLM says there what it reckons that a whole answer cost.

import type { NanoUsd } from '../../core/money.ts';
import type { MeterReading } from '../../core/protocol.ts';
import { NO_USAGE, type TokenUsage } from '../../core/usage.ts';
import { asFigure } from './figure.ts';
import type { DocumentReader } from './metering.ts';
import { statedCost } from './stated-cost.ts';

/** By the class that they count. */
const COUNTS: ReadonlyMap<string, keyof TokenUsage> = new Map([
  ['x-amzn-bedrock-input-token-count', 'inputTokens'],
  ['x-amzn-bedrock-output-token-count', 'outputTokens'],
  ['x-amzn-bedrock-cache-read-input-token-count', 'cacheReadTokens'],
  ['x-amzn-bedrock-cache-write-input-token-count', 'cacheWrite5mTokens'],
]);
const COST = 'x-litellm-response-cost';

export interface ToldInHeaders {
  /** Null where no header counts anything. */
  readonly usage: TokenUsage | null;
  readonly costNanoUsd: NanoUsd | null;
}

/** Null where none tells anything. `headers` are names and values in turn. */
export function toldInHeaders(headers: readonly string[]): ToldInHeaders | null {
  let usage: TokenUsage | null = null;
  let costNanoUsd: NanoUsd | null = null;
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const header = headers[at] ?? '';
    if (header.length < COST.length || !/^x-(?:amzn-bedrock|litellm)-/i.test(header)) continue;
    const name = header.toLowerCase();
    const value = headers[at + 1];
    const counted = COUNTS.get(name);
    const count = counted === undefined ? null : asFigure(value);
    if (counted !== undefined && count !== null && count > 0)
      usage = { ...(usage ?? NO_USAGE), [counted]: count };
    // A stream's comes before anything is known.
    if (name === COST) costNanoUsd = statedCost({ cost: value })?.nanoUsd || null;
  }
  return usage === null && costNanoUsd === null ? null : { usage, costNanoUsd };
}

/** What the body says goes before what its headers say. */
export class HeaderReader implements DocumentReader {
  readonly #own: DocumentReader;
  readonly #told: ToldInHeaders;

  constructor(own: DocumentReader, told: ToldInHeaders) {
    this.#own = own;
    this.#told = told;
  }

  read(document: unknown): void {
    this.#own.read(document);
  }

  readText(text: string): void {
    this.#own.readText?.(text);
  }

  addsOnly(document: unknown): string | null {
    return this.#own.addsOnly?.(document) ?? null;
  }

  addAgain(text: string): void {
    this.#own.addAgain?.(text);
  }

  get needsOutlineOnly(): boolean {
    return this.#own.needsOutlineOnly ?? false;
  }

  lacksLastWord(): boolean {
    return this.#own.lacksLastWord?.() ?? false;
  }

  reading(): MeterReading {
    const own = this.#own.reading();
    const { usage, costNanoUsd } = this.#told;
    const reading = { ...own, reportedCostNanoUsd: own.reportedCostNanoUsd ?? costNanoUsd };
    if (usage === null || own.runs.length > 0) return reading;
    const run = { kind: 'message', model: null, serviceTier: null, speed: null, inferenceGeo: null };
    return { ...reading, runs: [{ ...run, usage }], usageIsFinal: true };
  }

  /** An answer without a count of output has none: vectors, ranks. */
  generatedText(): string {
    const { usage } = this.#told;
    const makesNothing = usage !== null && usage.outputTokens === 0 && this.#own.reading().runs.length === 0;
    return makesNothing ? '' : this.#own.generatedText();
  }
}
