/** The one number that is asked of the normal distribution. */

const TERMS = 60;

/**
 * The chance that a normal number lies within `z` standard deviations of its mean: erf(z / sqrt 2).
 *
 *     erf(x) = 2 / sqrt(pi) exp(-x^2) sum_n 2^n x^(2n + 1) / (2n + 1)!!
 *
 * All terms are positive, so none is lost to rounding; past 4 deviations the rest is below 1e-4 and a series of
 * 60 terms still tells it to the last digit of a float32.
 */
export function chanceWithin(z: number): number {
  const x = z / Math.SQRT2;
  if (x > 5) return 1;
  let term = x;
  let sum = x;
  for (let n = 1; n <= TERMS; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
