// What is heard, measured: level, dominant frequency, gaps. Samples are numbers in -1..1; 0 dBFS is a sine of
// full scale.

const kWindowSeconds = 0.01;

/// Level of samples[from..to) in dBFS.
export function level(samples, from = 0, to = samples.length) {
  let sum = 0;
  for (let i = from; i < to; ++i) sum += samples[i] * samples[i];
  const rms = Math.sqrt(sum / Math.max(1, to - from));
  return 20 * Math.log10(Math.max(rms * Math.SQRT2, 1e-6));
}

/// Level in dBFS of one frequency alone (Goertzel).
export function levelAt(samples, rate, frequency, from = 0, to = samples.length) {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequency) / rate);
  let before = 0;
  let last = 0;
  for (let i = from; i < to; ++i) [before, last] = [last, samples[i] + coefficient * last - before];
  const power = before * before + last * last - coefficient * before * last;
  return 20 * Math.log10(Math.max((2 * Math.sqrt(Math.max(power, 0))) / (to - from), 1e-6));
}

/// The middle `seconds` of the samples under a Hann window.
function windowed(samples, rate, seconds) {
  const length = Math.min(samples.length, Math.round(rate * seconds));
  const from = Math.floor((samples.length - length) / 2);
  return Float64Array.from({ length }, (_, i) => samples[from + i] * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / length)));
}

function loudest(samples, rate, low, high, step) {
  let best = low;
  let most = -Infinity;
  for (let frequency = low; frequency <= high; frequency += step) {
    const loud = levelAt(samples, rate, frequency);
    if (loud > most) [most, best] = [loud, frequency];
  }
  return best;
}

/// The frequency below 4 kHz with the most energy, to 0.1 Hz: a coarse scan, refined on more of the sound.
export function dominantFrequency(samples, rate) {
  const coarse = loudest(windowed(samples, rate, 0.1), rate, 50, 3950, 5);
  const more = windowed(samples, rate, 0.5);
  const finer = loudest(more, rate, coarse - 10, coarse + 10, 1);
  return loudest(more, rate, finer - 1, finer + 1, 0.1);
}

/// Levels of consecutive windows of 10 ms.
export function levels(samples, rate) {
  const size = Math.round(rate * kWindowSeconds);
  const result = [];
  for (let from = 0; from + size <= samples.length; from += size) result.push(level(samples, from, from + size));
  return result;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? -Infinity : sorted[Math.floor(sorted.length / 2)];
}

/// Where the sound was 20 dB or more under its median: the longest such run, all of it together, and when.
export function gaps(samples, rate) {
  const all = levels(samples, rate);
  const floor = median(all) - 20;
  let run = 0;
  let longest = 0;
  let longestAt = 0;
  let total = 0;
  all.forEach((loud, index) => {
    run = loud < floor ? run + 1 : 0;
    if (loud < floor) total += 1;
    if (run > longest) [longest, longestAt] = [run, index - run + 1];
  });
  const ms = kWindowSeconds * 1000;
  return { longestMs: longest * ms, longestAtMs: longestAt * ms, totalMs: total * ms };
}

/// Everything about a tone in one value.
export function describe(samples, rate) {
  const gap = gaps(samples, rate);
  return {
    seconds: samples.length / rate,
    frequency: dominantFrequency(samples, rate),
    level: median(levels(samples, rate)),
    gapMs: gap.longestMs,
    gapAtMs: gap.longestAtMs,
    silentMs: gap.totalMs,
  };
}

export function words(sound) {
  return `${sound.frequency.toFixed(1)} Hz at ${sound.level.toFixed(1)} dBFS for ${sound.seconds.toFixed(1)} s, ` +
    `longest gap ${sound.gapMs.toFixed(0)} ms`;
}
