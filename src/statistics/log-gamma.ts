// The logarithm of the gamma function for positive numbers, by Stirling's series: 13 digits or more.

const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);
/** Below it the series is too coarse, and the recurrence leads up. */
const SERIES_FROM = 12;

export function logGamma(value: number): number {
  if (!(value > 0)) throw new RangeError(`logGamma is for positive numbers, got ${value}`);
  let shifted = value;
  let product = 1;
  while (shifted < SERIES_FROM) {
    product *= shifted;
    shifted += 1;
  }
  const square = 1 / shifted ** 2;
  const series = (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680)))) / shifted;
  return (shifted - 0.5) * Math.log(shifted) - shifted + HALF_LOG_TWO_PI + series - Math.log(product);
}
