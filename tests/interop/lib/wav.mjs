// WAV files of 16-bit PCM: read what a program recorded, write what it shall play.

import fs from 'node:fs';

/// {rate, samples} of the first channel.
export function readWav(file) {
  const bytes = fs.readFileSync(file);
  let at = 12;
  let format = null;
  while (at + 8 <= bytes.length) {
    const id = bytes.toString('latin1', at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    if (id === 'fmt ') format = { channels: bytes.readUInt16LE(at + 10), rate: bytes.readUInt32LE(at + 12) };
    if (id === 'data') {
      // A recorder that was ended early left the size unwritten: the rest of the file is the sound.
      const end = size === 0 ? bytes.length : Math.min(bytes.length, at + 8 + size);
      const step = 2 * format.channels;
      const samples = new Float32Array(Math.floor((end - at - 8) / step));
      for (let i = 0; i < samples.length; ++i) samples[i] = bytes.readInt16LE(at + 8 + i * step) / 32768;
      return { rate: format.rate, samples };
    }
    at += 8 + size + (size & 1);
  }
  throw new Error(`${file} holds no sound`);
}

/// A sine of whole periods, so that a player that loops it makes no click.
export function writeTone(file, { frequency, level, rate = 48000, seconds = 10 }) {
  const count = Math.round(rate * seconds);
  const bytes = Buffer.alloc(44 + 2 * count);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(36 + 2 * count, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(2 * rate, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(2 * count, 40);
  const amplitude = 32767 * 10 ** (level / 20);
  for (let i = 0; i < count; ++i) {
    bytes.writeInt16LE(Math.round(amplitude * Math.sin((2 * Math.PI * frequency * i) / rate)), 44 + 2 * i);
  }
  fs.writeFileSync(file, bytes);
}
