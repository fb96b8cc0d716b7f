// The demands on what is heard: right tone, right level, no hole.

import { describe, words } from './sound.mjs';

export const listenSeconds = 20;
const firstSecond = 1;

/// `heard` is {rate, samples} from the first packet on; the first second is given to the path to settle.
export function expectTone(story, who, heard, { frequency, level, tolerance = 3, seconds = listenSeconds, maxGapMs = 60 }) {
  const from = Math.round(firstSecond * heard.rate);
  const samples = heard.samples.subarray(from, from + seconds * heard.rate);
  if (samples.length < 0.97 * seconds * heard.rate) {
    throw new Error(`${who} heard only ${(heard.samples.length / heard.rate).toFixed(1)} s of the ${seconds + firstSecond} s`);
  }
  const sound = describe(samples, heard.rate);
  story.check(Math.abs(sound.frequency - frequency) <= 3 && Math.abs(sound.level - level) <= tolerance &&
    sound.gapMs <= maxGapMs, `${who} hears ${frequency} Hz at ${level} dBFS: ${words(sound)}`);
  return sound;
}
