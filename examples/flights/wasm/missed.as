/**
 * The probability that a delay is greater than what a connection leaves, in AssemblyScript. Delays are taken to be logistic: their
 * mean is the mean, and one in ten is beyond the 90th percentile. `exp` is in the module, so that every machine has the same bits.
 */
export function missed(mean: f64, p90: f64, minutes: f64): f64 {
  const scale = (p90 - mean) / Math.log(9)
  // All delays are alike, or the skewed ones are rare: what is known is the mean.
  if (!(scale > 0)) return mean > minutes ? 1 : 0
  return 1 / (1 + Math.exp((minutes - mean) / scale))
}
