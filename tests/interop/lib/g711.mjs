// G.711 as tables: PCMU and PCMA octets to samples in -1..1 and back (ITU-T G.711).

function decodeMu(octet) {
  const value = ~octet & 0xff;
  const magnitude = (((value & 0x0f) << 3) + 0x84) << ((value & 0x70) >> 4);
  return (value & 0x80 ? 0x84 - magnitude : magnitude - 0x84) / 32768;
}

function decodeA(octet) {
  const value = octet ^ 0x55;
  const segment = (value & 0x70) >> 4;
  const mantissa = (value & 0x0f) << 4;
  const magnitude = segment === 0 ? mantissa + 8 : (mantissa + 0x108) << (segment - 1);
  return (value & 0x80 ? magnitude : -magnitude) / 32768;
}

function makeCodec(decode) {
  const toSample = Float32Array.from({ length: 256 }, (_, octet) => decode(octet));
  const ordered = [...toSample.keys()].sort((a, b) => toSample[a] - toSample[b]);
  return {
    decode: (payload) => Float32Array.from(payload, (octet) => toSample[octet]),
    /// The octet whose sample is nearest.
    encode: (sample) => {
      let low = 0;
      let high = 255;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (toSample[ordered[middle]] < sample) low = middle + 1;
        else high = middle;
      }
      const below = ordered[Math.max(0, low - 1)];
      const above = ordered[low];
      return Math.abs(toSample[below] - sample) < Math.abs(toSample[above] - sample) ? below : above;
    },
  };
}

export const codecs = {
  PCMU: { payloadType: 0, ...makeCodec(decodeMu) },
  PCMA: { payloadType: 8, ...makeCodec(decodeA) },
};
