// Key presses as sound, heard without the gateway's own detector: the two strongest of the eight tones of ITU-T Q.23
// in windows of 20 ms.

const low = [697, 770, 852, 941];
const high = [1209, 1336, 1477, 1633];
const keys = '123A456B789C*0#D';

/// The two frequencies of a key.
export function tonesOf(digit) {
  const key = keys.indexOf(digit);
  return [low[Math.floor(key / 4)], high[key % 4]];
}

function power(samples, rate, frequency) {
  let real = 0;
  let imaginary = 0;
  for (let i = 0; i < samples.length; ++i) {
    const angle = (2 * Math.PI * frequency * i) / rate;
    real += samples[i] * Math.cos(angle);
    imaginary += samples[i] * Math.sin(angle);
  }
  return (real * real + imaginary * imaginary) / (samples.length / 2) ** 2;
}

function keyIn(window, rate) {
  const strongest = (group) => {
    const powers = group.map((frequency) => power(window, rate, frequency));
    const best = powers.indexOf(Math.max(...powers));
    return { best, power: powers[best] };
  };
  const row = strongest(low);
  const column = strongest(high);
  let total = 0;
  for (const sample of window) total += sample * sample;
  const share = (row.power + column.power) / (2 * total / window.length);
  const dbov = 10 * Math.log10(Math.min(row.power, column.power));
  return share > 0.85 && dbov > -30 ? { digit: keys[row.best * 4 + column.best], row: row.power, column: column.power } : null;
}

/// [{digit, ms, lowDb, highDb}] in order: levels in dB of full scale, of the loudest window.
export function digitsIn(samples, rate) {
  const size = rate / 50;
  const found = [];
  let before = null;
  for (let at = 0; at + size <= samples.length; at += size / 2) {
    const key = keyIn(samples.subarray(at, at + size), rate);
    if (key) {
      if (before !== key.digit) found.push({ digit: key.digit, ms: 10, lowDb: -99, highDb: -99 });
      const press = found[found.length - 1];
      press.ms += 10;
      press.lowDb = Math.max(press.lowDb, 10 * Math.log10(key.row));
      press.highDb = Math.max(press.highDb, 10 * Math.log10(key.column));
    }
    before = key?.digit ?? null;
  }
  return found.filter(({ ms }) => ms >= 30);
}
