// How often wrong answers are served, judged from few checks.
//
// `evidence` is a test that may be looked at after every check. It weighs how much better the checks fit some rate
// above the allowed one than the allowed one itself, over all such rates with equal weight on a logarithmic scale.
// While the true rate is within what is allowed, this ratio is a non-negative supermartingale that starts at 1, so
// that by Ville's inequality it ever reaches 1/α with a probability of at most α (mixture method: Robbins 1970;
// Howard, Ramdas, McAuliffe and Sekhon, arXiv 1810.08240).
//
// `upperBound` is the one-sided bound of Clopper and Pearson (1934) for a number of checks fixed beforehand.

const RATES = 128;
const CONFIDENCE = 0.95;
const BISECTIONS = 60;

/** Likelihood ratio against "the rate is at most `errorMax`". 1 without checks. */
export function evidence(checks: number, disagreed: number, errorMax: number): number {
  if (checks === 0) return 1;
  const logs: number[] = [];
  for (let index = 0; index < RATES; index += 1) {
    const rate = errorMax ** (1 - (index + 0.5) / RATES);
    logs.push(
      disagreed * Math.log(rate / errorMax) + (checks - disagreed) * Math.log((1 - rate) / (1 - errorMax)),
    );
  }
  const greatest = Math.max(...logs);
  return Math.exp(greatest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - greatest), 0) / RATES));
}

/** With 95 % confidence the rate is no higher. 1 without checks: nothing is known. */
export function upperBound(checks: number, disagreed: number): number {
  if (checks === 0 || disagreed >= checks) return 1;
  let [low, high] = [disagreed / checks, 1];
  for (let step = 0; step < BISECTIONS; step += 1) {
    const middle = (low + high) / 2;
    if (probabilityOfAtMost(disagreed, checks, middle) > 1 - CONFIDENCE) low = middle;
    else high = middle;
  }
  return high;
}

/** Of so many successes or fewer in `trials` of a chance `rate`. */
function probabilityOfAtMost(successes: number, trials: number, rate: number): number {
  if (rate >= 1) return successes >= trials ? 1 : 0;
  if (rate <= 0) return 1;
  let log = trials * Math.log1p(-rate);
  let sum = Math.exp(log);
  for (let count = 1; count <= successes; count += 1) {
    log += Math.log(((trials - count + 1) / count) * (rate / (1 - rate)));
    sum += Math.exp(log);
  }
  return Math.min(1, sum);
}
