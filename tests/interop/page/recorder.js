// Passes what it hears to the page in pieces.

class Recorder extends AudioWorkletProcessor {
  process([input]) {
    this.port.postMessage(input.length > 0 ? input[0].slice() : new Float32Array(128));
    return true;
  }
}

registerProcessor('recorder', Recorder);
