import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flatPeriods, type PriceEntry, periodAt } from './price-entry.ts';
import { rateFromUsdPerMillion, UNKNOWN_RATES } from './rates.ts';

const HOUR_MS = 3_600_000;

function at(usd: number): ReturnType<typeof flatPeriods>[number] {
  return flatPeriods({ ...UNKNOWN_RATES, input: rateFromUsdPerMillion(usd) })[0]!;
}

function entry(fromHour: number, toHour: number): PriceEntry {
  const window = { fromMs: fromHour * HOUR_MS, toMs: toHour * HOUR_MS };
  const facts = {
    model: 'm',
    provider: null,
    source: 'catalogue',
    page: null,
    listDate: '2026-11-01',
  } as const;
  return { ...facts, periods: [at(1), { ...at(2), window }] };
}

test('hours with a price of their own hold from their first millisecond to their last, across midnight as well', () => {
  const day = Date.UTC(2026, 10, 26);
  const dear = (prices: PriceEntry, atMs: number): boolean => periodAt(prices, atMs) === prices.periods[1];
  const daytime = entry(6, 10);
  const night = entry(22, 2);
  const moments = [0, 2, 6, 10, 22].flatMap((hour) => [day + hour * HOUR_MS - 1, day + hour * HOUR_MS]);
  assert.deepEqual(
    moments.map((atMs) => [dear(daytime, atMs), dear(night, atMs)]),
    [
      [false, true],
      [false, true],
      [false, true],
      [false, false],
      [false, false],
      [true, false],
      [true, false],
      [false, false],
      [false, false],
      [false, true],
    ],
  );
});
