// Numbers for people.

const NANO = 1e-9;

/** Nano-dollars: `$12.34`, four digits below a dollar, `unknown` for null. */
export function usd(nanoUsd: number | null): string {
  if (nanoUsd === null) return 'unknown';
  if (nanoUsd === 0) return '$0';
  const dollars = nanoUsd * NANO;
  if (dollars < 0.0001) return '<$0.0001';
  if (dollars < 1) return `$${dollars.toFixed(4)}`;
  return dollars.toLocaleString('en-US', { style: 'currency', currency: 'USD' });
}

/** `987`, `12,345`, `1.2M`. */
export function count(value: number): string {
  if (value < 100_000) return value.toLocaleString('en-US');
  return value.toLocaleString('en-US', { notation: 'compact', maximumFractionDigits: 1 });
}

/** `240 ms`, `3.2 s`. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return '–';
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
}

/** Labels of an axis: as many decimals as its step needs, the same for all. */
export function usdTicks(ticks: readonly number[]): string[] {
  const step = (ticks[1] ?? 1) - (ticks[0] ?? 0);
  const decimals = [0, 1, 2, 3, 4, 5, 6].find((digits) => isWhole(step * 10 ** digits)) ?? 6;
  return ticks.map((tick) => (tick === 0 ? '$0' : `$${tick.toFixed(decimals)}`));
}

const ROUNDING = 1e-6;
const isWhole = (value: number): boolean => Math.abs(value - Math.round(value)) < ROUNDING;

/** The time alone today, with the day before it otherwise. */
export function time(ms: number): string {
  const date = new Date(ms);
  const clock = date.toLocaleTimeString('en-GB');
  if (date.toDateString() === new Date().toDateString()) return clock;
  return `${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })} ${clock}`;
}
