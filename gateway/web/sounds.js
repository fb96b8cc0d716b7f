// What the phone page makes heard and measures: ringing tones and level meters, by Web Audio.

const kTones = {
  // Seconds on and off, and hertz: the callee's bell, and what a caller hears meanwhile.
  ring: { on: 1, off: 2, frequencies: [480, 620], gain: 0.12 },
  ringback: { on: 1, off: 4, frequencies: [425], gain: 0.05 },
};
const kFloorDb = -60;

let shared = null;

function context() {
  shared ??= new AudioContext();
  // A page that nobody has touched yet stays silent, and that is right.
  if (shared.state === "suspended") shared.resume().catch(() => {});
  return shared;
}

/** Rings until the function that it returns is called. */
export function startRinging(kind) {
  const { on, off, frequencies, gain } = kTones[kind];
  const audio = context();
  const volume = audio.createGain();
  volume.gain.value = 0;
  volume.connect(audio.destination);
  const voices = frequencies.map((frequency) => {
    const voice = audio.createOscillator();
    voice.frequency.value = frequency;
    voice.connect(volume);
    voice.start();
    return voice;
  });
  const once = () => {
    const now = audio.currentTime;
    volume.gain.setTargetAtTime(gain, now, 0.01);
    volume.gain.setTargetAtTime(0, now + on, 0.02);
  };
  once();
  const timer = setInterval(once, (on + off) * 1000);
  return () => {
    clearInterval(timer);
    voices.forEach((voice) => voice.stop());
    volume.disconnect();
  };
}

/** Shows a stream's level on a role="meter" element until stopped. */
export class LevelMeter {
  #source = null;
  #analyser = context().createAnalyser();
  #samples = new Float32Array(1024);
  #stream;
  #meter;
  #frame = 0;

  constructor(stream, meter) {
    this.#stream = stream;
    this.#meter = meter;
    this.#analyser.fftSize = this.#samples.length;
    this.#draw();
  }

  stop() {
    cancelAnimationFrame(this.#frame);
    this.#source?.disconnect();
    this.#show(0);
  }

  #draw() {
    this.#frame = requestAnimationFrame(() => this.#draw());
    // The remote stream has no track before the answer.
    if (!this.#source && this.#stream.getAudioTracks().length > 0) {
      this.#source = context().createMediaStreamSource(this.#stream);
      this.#source.connect(this.#analyser);
    }
    this.#analyser.getFloatTimeDomainData(this.#samples);
    const power = this.#samples.reduce((sum, sample) => sum + sample * sample, 0) / this.#samples.length;
    const db = 10 * Math.log10(power + 1e-12);
    this.#show(Math.max(0, Math.min(1, 1 - db / kFloorDb)));
  }

  #show(level) {
    this.#meter.firstElementChild.style.clipPath = `inset(0 ${(100 - level * 100).toFixed(1)}% 0 0 round .25rem)`;
    this.#meter.setAttribute("aria-valuenow", String(Math.round(level * 100)));
  }
}
