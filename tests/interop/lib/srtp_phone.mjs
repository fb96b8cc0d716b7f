// A telephone like RtpPhone that encrypts what it says with one key and opens what it hears with those that it was
// told, and may change both while it speaks.

import { RtpPhone } from './rtp_phone.mjs';
import { SrtpStream } from './srtp.mjs';

export class SrtpPhone extends RtpPhone {
  #streams = [];
  /// Packets that no key of ours opens, and such as came in clear where keys are known.
  unopened = 0;

  /// A description with `key`; without one, in clear.
  sdpWith(key, { version = 1, profile = key ? 'RTP/SAVP' : 'RTP/AVP' } = {}) {
    return `${this.sdp().replace('RTP/AVP', profile).replace('phone 1 1', `phone 1 ${version}`)}${key ? `\n${key.line}` : ''}`;
  }

  /// null: in clear.
  speakWith(key) {
    const stream = key && new SrtpStream(key);
    this.seal = stream && ((packet) => stream.seal(packet));
  }

  /// This key, too; null: only what is in clear from now on.
  hearWith(key) {
    this.#streams = key ? [new SrtpStream(key), ...this.#streams] : [];
    this.unseal = key && ((packet) => this.#open(packet));
  }

  #open(packet) {
    for (const stream of this.#streams) {
      const opened = stream.open(packet);
      if (opened) return opened;
    }
    this.unopened += 1;
    return null;
  }
}
