// Money is an integer count of nano-dollars (1e-9 USD). An unknown amount is null, never 0.

/** Integer nano-dollars: exact up to 2^53, about nine million dollars. Sums beyond that are near, to some nano-dollars. */
export type NanoUsd = number;

export const NANO_USD_PER_USD = 1_000_000_000;

/** Throws unless `amount` is a non-negative safe integer: a programmer's error, not a user's. */
export function assertNanoUsd(amount: NanoUsd): void {
  if (!Number.isSafeInteger(amount) || amount < 0) {
    throw new RangeError(`money must be a non-negative integer of nano-dollars, got ${amount}`);
  }
}

/** Rounds half up to whole nano-dollars. `usd` must be finite and not negative. */
export function nanoUsdFromUsd(usd: number): NanoUsd {
  const amount = Math.round(usd * NANO_USD_PER_USD);
  assertNanoUsd(amount);
  return amount;
}

/** Dollars for people: `$12.34`, four digits below a dollar, `<$0.0001` for less, `unknown` for null. */
export function formatUsd(amount: NanoUsd | null): string {
  if (amount === null) return 'unknown';
  if (amount === 0) return '$0.00';
  const usd = amount / NANO_USD_PER_USD;
  if (usd < 0.0001) return '<$0.0001';
  if (usd < 1) return `$${usd.toFixed(4)}`;
  return usd.toLocaleString('en-US', { style: 'currency', currency: 'USD' });
}

/** Exact dollars for machines and headers: `25`, `0.000000001`. */
export function exactUsd(amount: NanoUsd): string {
  const whole = Math.floor(amount / NANO_USD_PER_USD);
  const rest = String(amount % NANO_USD_PER_USD)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return rest === '' ? String(whole) : `${whole}.${rest}`;
}
