// What the stories need inside a page: a microphone that speaks a tone of known frequency and level, and an ear
// that keeps what a stream sounds like.

const context = new AudioContext({ sampleRate: 48000, latencyHint: 'playback' });
const ready = context.audioWorklet.addModule('recorder.js');
let microphone = { frequency: 700, level: -20 };

/// A stream with one tone. The sine crosses no capture processing, so its level is exact.
function tone({ frequency, level }) {
  const oscillator = new OscillatorNode(context, { frequency });
  const gain = new GainNode(context, { gain: 10 ** (level / 20) });
  const destination = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
  oscillator.connect(gain).connect(destination);
  oscillator.start();
  return destination.stream;
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

  /// Seconds heard so far.
  get seconds() {
    return (this.#pieces.length * 128) / context.sampleRate;
  }

  forget() {
    this.#pieces = [];
  }

  /// 16-bit samples of the whole, as base64.
  take() {
    const samples = new Int16Array(this.#pieces.length * 128);
    this.#pieces.forEach((piece, index) => piece.forEach((value, i) => {
      samples[index * 128 + i] = Math.round(Math.max(-1, Math.min(1, value)) * 32767);
    }));
    const bytes = new Uint8Array(samples.buffer);
    let text = '';
    for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
    return btoa(text);
  }

  close() {
    this.source.disconnect();
    this.node.disconnect();
    this.#element.srcObject = null;
  }
}

window.kit = {
  context,
  ears: new Map(),
  async ready() {
    // Firefox fulfils this only once something sounds.
    context.resume();
    await ready;
  },
  /// The tone that the next call's microphone shall speak.
  speak(frequency, level) {
    microphone = { frequency, level };
  },
  listen(name, stream) {
    this.ears.get(name)?.close();
    this.ears.set(name, new Ear(stream));
  },
  tone,
};
navigator.mediaDevices.getUserMedia = async () => tone(microphone);
