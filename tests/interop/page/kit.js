// What the stories need inside a page: a mouth that speaks a tone of known frequency and level, an ear that keeps
// what a stream sounds like, and calls by name with a log of their events.

import { adder, sent, steal } from './identity.js';

const context = new AudioContext({ sampleRate: 48000, latencyHint: 'playback' });
const ready = context.audioWorklet.addModule('recorder.js');

/// A stream with one tone, until its end. The sine crosses no capture processing, so its level is exact.
function tone({ frequency, level }) {
  const oscillator = new OscillatorNode(context, { frequency });
  const gain = new GainNode(context, { gain: 10 ** (level / 20) });
  const destination = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
  oscillator.connect(gain).connect(destination);
  oscillator.start();
  const { stream } = destination;
  stream.end = () => {
    oscillator.stop();
    gain.disconnect();
  };
  return stream;
}

class Ear {
  #pieces = [];
  #element = new Audio();

  constructor(stream) {
    // Chromium lets a remote stream flow only when an element plays it.
    this.#element.srcObject = stream;
    this.#element.muted = true;
    this.#element.play().catch(() => {});
    this.source = new MediaStreamAudioSourceNode(context, { mediaStream: stream });
    this.node = new AudioWorkletNode(context, 'recorder', { numberOfOutputs: 1 });
    this.node.port.onmessage = ({ data }) => this.#pieces.push(data);
    this.source.connect(this.node).connect(context.destination);
  }

  forget() {
    this.#pieces = [];
  }

  /// 16-bit samples of all that was heard, as base64.
  take() {
    const samples = Int16Array.from(this.#pieces.flatMap((piece) => Array.from(
      piece, (value) => Math.round(Math.max(-1, Math.min(1, value)) * 32767))));
    const bytes = new Uint8Array(samples.buffer);
    let text = '';
    for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
    return btoa(text);
  }

  /// What was heard stays.
  close() {
    this.source.disconnect();
    this.node.disconnect();
    this.node.port.onmessage = null;
    this.#element.srcObject = null;
  }
}

const kCallEvents = ['checking', 'presented', 'ringing', 'early', 'answered', 'ended', 'dtmf', 'held', 'statistics', 'error',
  'reconnecting', 'reconnected', 'transfer', 'message'];
const wakers = new Set();

/// The value of `look` as soon as it has one.
function until(look, milliseconds, what) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      wakers.delete(attempt);
      reject(new Error(`${what} did not come in ${milliseconds} ms`));
    }, milliseconds);
    const attempt = () => {
      const value = look();
      if (value === undefined) return;
      clearTimeout(timer);
      wakers.delete(attempt);
      resolve(value);
    };
    wakers.add(attempt);
    attempt();
  });
}

function wake() {
  for (const attempt of [...wakers]) attempt();
}

function plain(detail) {
  return detail === null ? {} : JSON.parse(JSON.stringify(detail));
}

/// Keeps the call's events under `name`; at its end mouth and ear are put away.
function follow(name, call, mouth) {
  kit.calls.set(name, call);
  const log = kit.log.get(name) ?? [];
  kit.log.set(name, log);
  for (const type of kCallEvents) {
    call.addEventListener(type, ({ detail }) => {
      log.push({ type, at: performance.now(), detail: plain(detail) });
      if (type === 'ended') {
        mouth?.end();
        kit.ears.get(name)?.close();
      }
      wake();
    });
  }
}

window.kit = {
  context,
  ears: new Map(),
  calls: new Map(),
  log: new Map(),
  rung: [],
  resumed: [],
  tone,
  async ready() {
    // Firefox fulfils this only once something sounds.
    context.resume();
    await ready;
  },
  listen(name, stream) {
    this.ears.get(name)?.close();
    this.ears.set(name, new Ear(stream));
  },
  async connect(gateway, credentials) {
    await this.ready();
    const { Causeway, oidcIdentity } = await import(`${gateway}/causeway.js`);
    this.oidcIdentity = oidcIdentity;
    this.phone = new Causeway(gateway, { reconnect: false, ...credentials });
    this.phone.addEventListener('resumed', (event) => {
      event.preventDefault();
      this.resumed.push(event.detail);
      wake();
    });
    this.phone.addEventListener('incoming', ({ detail }) => {
      follow(`rung ${this.rung.length}`, detail);
      this.rung.push(detail);
      wake();
    });
    return plain(await this.phone.connect());
  },
  /// Takes up the next call of the page that stood here before.
  async resume(name, sound, milliseconds) {
    await until(() => this.resumed[0], milliseconds, 'a call to go on with');
    const call = this.resumed.shift();
    const mouth = tone(sound);
    follow(name, call, mouth);
    await call.resume({ stream: mouth, audio: false });
    this.listen(name, call.remoteStream);
    return { id: call.id, state: call.state, to: call.to };
  },
  /// `more`: options of Causeway.call(), and `added` as identity.js takes it.
  async place(name, to, sound, { added, ...more } = {}) {
    try {
      const mouth = tone(sound);
      const identity = added && adder(added, this.oidcIdentity);
      this.phone.addEventListener('outgoing', ({ detail }) => follow(name, detail, mouth), { once: true });
      const call = await this.phone.call(to, { stream: mouth, audio: false, identity, ...more });
      this.listen(name, call.remoteStream);
      return { id: call.id };
    } catch (error) {
      const { reason, by, text, sipStatus, q850, field } = error;
      return { refused: { reason, by, text: text ?? error.message, sipStatus, q850, field } };
    }
  },
  /// Many calls that share one mouth, with ears for the first few.
  async placeMany(names, to, ears) {
    this.mouth ??= tone({ frequency: 700, level: -20 });
    await Promise.all(names.map(async (name, index) => {
      const call = await this.phone.call(to, { stream: this.mouth, audio: index < ears ? false : undefined });
      follow(name, call);
      if (index < ears) this.listen(name, call.remoteStream);
    }));
  },
  /// Hangs up on calls, some before they are answered; waits for their ends.
  async endMany(names) {
    await Promise.all(names.map(async (name, index) => {
      const call = this.calls.get(name);
      if (index % 4 !== 0) await call.answered;
      call.hangup();
      await call.ended;
    }));
  },
  async incoming(name, milliseconds) {
    const index = this.named ?? 0;
    this.named = index + 1;
    const call = await until(() => this.rung[index], milliseconds, 'an incoming call');
    this.calls.set(name, call);
    this.log.set(name, this.log.get(`rung ${index}`));
    const { id, from, fromDisplay, to, caller, diverted } = call;
    return { id, from, fromDisplay, to, caller: plain(caller ?? null), diverted: plain(diverted ?? null) };
  },
  async accept(name, sound) {
    const call = this.calls.get(name);
    await call.accept({ stream: tone(sound), audio: false });
    this.listen(name, call.remoteStream);
  },
  /// Whom the browser believes to be at the other end: {idp, name}, or {error}.
  async peerIdentity(name) {
    try {
      return plain(await this.calls.get(name).peerIdentity);
    } catch (error) {
      return { error: error.message };
    }
  },
  steal,
  /// The offer that this page sent last.
  candidates() {
    return sent.filter(({ type }) => type === 'candidate').map(({ candidate }) => candidate);
  },
  lastOffer() {
    return sent.findLast(({ sdp }) => sdp).sdp;
  },
  async tell(name, method, given) {
    await this.calls.get(name)[method](...given);
  },
  event(name, type, milliseconds) {
    const seen = () => this.log.get(name).find((entry) => entry.type === type);
    return until(seen, milliseconds, `"${type}" of call ${name} after [${this.log.get(name).map((e) => e.type)}]`);
  },
};
