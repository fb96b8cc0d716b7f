// Passes what it hears to the page, some 85 ms at a time.

const kPiece = 4096;

class Recorder extends AudioWorkletProcessor {
  #piece = new Float32Array(kPiece);
  #filled = 0;

  process([input]) {
    if (input.length > 0) this.#piece.set(input[0], this.#filled);
    this.#filled += 128;
    if (this.#filled === kPiece) {
      this.port.postMessage(this.#piece);
      this.#piece = new Float32Array(kPiece);
      this.#filled = 0;
    }
    return true;
  }
}

registerProcessor('recorder', Recorder);
