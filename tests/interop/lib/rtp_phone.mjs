// The sound of a SIP telephone whose signalling SIPp does: a UDP port that sends a tone as G.711 and keeps what
// it hears, placed by RTP timestamp, so that a lost packet is a gap (RFC 3550 §5.1, RFC 4733 §2).

import dgram from 'node:dgram';
import { codecs } from './g711.mjs';

const kRate = 8000;
const kFrame = 160;
const kEventType = 101;
const kDigits = '0123456789*#ABCD';

export class RtpPhone {
  #socket;
  #address;
  #codec;
  #remote = null;
  #timer = null;
  #sequence = Math.floor(Math.random() * 0x8000);
  #timestamp = Math.floor(Math.random() * 0x7fffffff);
  #ssrc = Math.floor(Math.random() * 0xffffffff);
  #sent = 0;
  #phase = 0;
  #firstTone = true;
  #digits = [];
  #firstTimestamp = null;
  #heard = [];
  /// What came: counts, sources, and digits in order as {digit, durationMs, packets, ends, marker}.
  packets = 0;
  otherTypes = new Map();
  sources = new Set();
  ssrcs = new Set();
  lengths = new Set();
  events = [];

  /// What makes packets of the wire and opens them, when they are encrypted; `unseal` gives null for what is not ours.
  seal = null;
  unseal = null;

  #pairs = [];
  #pairAt = 0;

  /// `level` in dBFS; a `frequency` of 0 sends silence. `address` is its own, and the gateway's. `events`: knows
  /// telephone-event.
  constructor({ codec = 'PCMU', frequency = 1004, level = -20, address = '127.0.0.1', events = true } = {}) {
    this.#address = address;
    this.#socket = dgram.createSocket(address.includes(':') ? 'udp6' : 'udp4');
    this.#codec = codecs[codec];
    this.codecName = codec;
    this.knowsEvents = events;
    this.frequency = frequency;
    this.amplitude = 10 ** (level / 20);
  }

  async open() {
    this.#socket.on('message', (packet, from) => this.#receive(packet, from));
    await new Promise((resolve, reject) => {
      this.#socket.once('error', reject);
      this.#socket.bind(0, this.#address, resolve);
    });
    return this;
  }

  get port() {
    return this.#socket.address().port;
  }

  /// The lines of an SDP body for this telephone.
  sdp() {
    const place = `IN ${this.#address.includes(':') ? 'IP6' : 'IP4'} ${this.#address}`;
    return [
      'v=0', `o=phone 1 1 ${place}`, 's=-', `c=${place}`, 't=0 0',
      `m=audio ${this.port} RTP/AVP ${this.#codec.payloadType}${this.knowsEvents ? ` ${kEventType}` : ''}`,
      `a=rtpmap:${this.#codec.payloadType} ${this.codecName}/8000`,
      ...(this.knowsEvents ? [`a=rtpmap:${kEventType} telephone-event/8000`, `a=fmtp:${kEventType} 0-15`] : []),
      'a=ptime:20', 'a=sendrecv',
    ].join('\n');
  }

  /// Starts to speak to `port` of the gateway.
  speakTo(port) {
    this.#remote = port;
    if (this.#timer) return;
    const begin = performance.now();
    let frames = 0;
    this.#timer = setInterval(() => {
      for (; frames * 20 <= performance.now() - begin; ++frames) this.#sendFrame();
    }, 5);
  }

  silence() {
    clearInterval(this.#timer);
    this.#timer = null;
  }

  /// Presses a digit: for `durationMs` its event takes the place of the tone.
  press(digit, durationMs = 100) {
    return new Promise((resolve) => {
      this.#digits.push({ code: kDigits.indexOf(digit), frames: Math.round(durationMs / 20), sent: 0, resolve });
    });
  }

  /// Plays pairs of frequencies one after another, each as loud as the tone, `durationMs` long and followed by a pause (of the
  /// tone) of the same length. By frames, not by the clock: a late frame is late, but as long as it should be.
  playPairs(pairs, durationMs = 120) {
    return new Promise((resolve) => {
      const frames = Math.round(durationMs / 20);
      for (const pair of pairs) this.#pairs.push({ pair, frames }, { pair: null, frames });
      this.#pairs.at(-1).resolve = resolve;
    });
  }

  /// Drops what was heard: another stream may come, with another time line.
  forget() {
    this.#heard = [];
    this.#firstTimestamp = null;
  }

  /// Sends raw bytes from this telephone's port.
  sendRaw(bytes, port = this.#remote) {
    this.#socket.send(this.seal ? this.seal(bytes) : bytes, port, this.#address);
  }

  /// Samples heard from `fromSeconds` after the first packet on, at 8000 Hz.
  heard(fromSeconds = 0, seconds = Infinity) {
    const from = Math.round(fromSeconds * kRate);
    const to = Math.min(this.#heard.length, from + seconds * kRate);
    const samples = new Float32Array(Math.max(0, to - from));
    for (let i = 0; i < samples.length; ++i) samples[i] = this.#heard[from + i] ?? 0;
    return samples;
  }

  /// How many packets of 20 ms did not come, from then on.
  missing(fromSeconds = 0) {
    let samples = 0;
    for (let i = Math.round(fromSeconds * kRate); i < this.#heard.length; ++i) samples += this.#heard[i] === undefined ? 1 : 0;
    return Math.round(samples / kFrame);
  }

  get rate() {
    return kRate;
  }

  close() {
    this.silence();
    this.#socket.close();
  }

  #header(type, timestamp, marker) {
    const header = Buffer.alloc(12);
    header[0] = 0x80;
    header[1] = type | (marker ? 0x80 : 0);
    header.writeUInt16BE(this.#sequence++ & 0xffff, 2);
    header.writeUInt32BE(timestamp >>> 0, 4);
    header.writeUInt32BE(this.#ssrc, 8);
    return header;
  }

  #sendFrame() {
    const timestamp = this.#timestamp + this.#sent * kFrame;
    this.#sent += 1;
    if (this.#digits.length > 0) {
      this.#sendEvent(this.#digits[0], timestamp);
      return;
    }
    const payload = Buffer.alloc(kFrame);
    const pair = this.#pairOfFrame();
    for (let i = 0; i < kFrame; ++i) {
      payload[i] = this.#codec.encode(this.amplitude * (pair ? this.#nextOf(pair) : Math.sin(this.#phase)));
      this.#phase += (2 * Math.PI * this.frequency) / kRate;
    }
    this.sendRaw(Buffer.concat([this.#header(this.#codec.payloadType, timestamp, this.#firstTone), payload]));
    this.#firstTone = false;
  }

  #pairOfFrame() {
    const [now] = this.#pairs;
    if (!now) return null;
    now.frames -= 1;
    if (now.frames <= 0) this.#pairs.shift().resolve?.();
    return now.pair;
  }

  #nextOf(pair) {
    const angle = (2 * Math.PI * this.#pairAt++) / kRate;
    return pair.reduce((sum, frequency) => sum + Math.sin(frequency * angle), 0);
  }

  #sendEvent(digit, timestamp) {
    if (digit.sent === 0) digit.timestamp = timestamp;
    digit.sent += 1;
    const last = digit.sent >= digit.frames;
    const payload = Buffer.from([digit.code, 10 | (last ? 0x80 : 0), 0, 0]);
    payload.writeUInt16BE(digit.sent * kFrame, 2);
    for (let copy = 0; copy < (last ? 3 : 1); ++copy) {
      this.sendRaw(Buffer.concat([this.#header(kEventType, digit.timestamp, digit.sent === 1), payload]));
    }
    if (last) {
      this.#digits.shift();
      this.#firstTone = true;
      digit.resolve();
    }
  }

  #receive(received, from) {
    if (received.length < 12 || received[0] >> 6 !== 2) return;
    const packet = this.unseal ? this.unseal(received) : received;
    if (!packet) return;
    this.sources.add(from.port);
    const type = packet[1] & 0x7f;
    const timestamp = packet.readUInt32BE(4);
    const payload = packet.subarray(12 + 4 * (packet[0] & 0x0f));
    if (type === kEventType) {
      this.#receiveEvent(payload, timestamp, (packet[1] & 0x80) !== 0);
      return;
    }
    if (type !== this.#codec.payloadType) {
      this.otherTypes.set(type, (this.otherTypes.get(type) ?? 0) + 1);
      return;
    }
    this.packets += 1;
    this.lengths.add(payload.length);
    this.ssrcs.add(packet.readUInt32BE(8));
    this.#firstTimestamp ??= timestamp;
    const at = (timestamp - this.#firstTimestamp) | 0;
    if (at < 0 || at > 3600 * kRate) return;
    const samples = this.#codec.decode(payload);
    for (let i = 0; i < samples.length; ++i) this.#heard[at + i] = samples[i];
  }

  #receiveEvent(payload, timestamp, marker) {
    if (payload.length < 4) return;
    let event = this.events.find((known) => known.timestamp === timestamp);
    if (!event) {
      event = { digit: kDigits[payload[0]], timestamp, packets: 0, ends: 0, marker: false, durationMs: 0 };
      this.events.push(event);
    }
    event.packets += 1;
    if (marker) event.marker = true;
    if (payload[1] & 0x80) event.ends += 1;
    event.durationMs = payload.readUInt16BE(2) / 8;
  }
}
