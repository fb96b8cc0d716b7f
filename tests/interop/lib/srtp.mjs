// SRTP for the stories' telephones, made from RFC 3711 and node's AES and SHA-1 alone: no code of the gateway's, so
// that what both take for right is right. AES_CM_128 with tags of 80 and 32 bits, with and without an MKI.

import crypto from 'node:crypto';

const tagBytes = { AES_CM_128_HMAC_SHA1_80: 10, AES_CM_128_HMAC_SHA1_32: 4 };

function keystream(key, iv, length) {
  return crypto.createCipheriv('aes-128-ctr', key, iv).update(Buffer.alloc(length));
}

/// RFC 3711 §4.3.1, §4.3.3: the label is the seventh byte of the salt's fourteen; the key derivation rate is 0.
function derived(key, salt, label, length) {
  const iv = Buffer.concat([salt, Buffer.alloc(2)]);
  iv[7] ^= label;
  return keystream(key, iv, length);
}

/// One a=crypto line: a tag, a suite, thirty bytes of key and salt, and an MKI as [value, length] or none.
export class CryptoKey {
  constructor({ tag = 1, suite = 'AES_CM_128_HMAC_SHA1_80', bytes = crypto.randomBytes(30), mki = null, lifetime = null } = {}) {
    Object.assign(this, { tag, suite, bytes, mki, lifetime });
  }

  /// The key of that suite in an SDP.
  static of(sdp, suite) {
    const line = [...sdp.matchAll(/^a=crypto:(\d+) (\S+) inline:([A-Za-z0-9+/=]+)(?:\|[^:\s]*)?(?:\|?(\d+):(\d+))?\s*$/gm)]
      .find(([, , name]) => name === suite);
    if (!line) throw new Error(`no key of ${suite} in\n${sdp}`);
    const mki = line[4] ? [Number(line[4]), Number(line[5])] : null;
    return new CryptoKey({ tag: Number(line[1]), suite, bytes: Buffer.from(line[3], 'base64'), mki });
  }

  get line() {
    const limits = (this.lifetime ? `|${this.lifetime}` : '') + (this.mki ? `|${this.mki[0]}:${this.mki[1]}` : '');
    return `a=crypto:${this.tag} ${this.suite} inline:${this.bytes.toString('base64')}${limits}`;
  }

  get mkiBytes() {
    if (!this.mki) return Buffer.alloc(0);
    const bytes = Buffer.alloc(this.mki[1]);
    for (let i = bytes.length - 1, value = this.mki[0]; i >= 0 && value > 0; --i, value = Math.floor(value / 256)) bytes[i] = value & 255;
    return bytes;
  }
}

/// One direction's key at work. Roll-overs are counted from `rollover` on.
export class SrtpStream {
  #last = null;

  constructor(key, { rollover = 0 } = {}) {
    const [master, salt] = [key.bytes.subarray(0, 16), key.bytes.subarray(16, 30)];
    this.rollover = rollover;
    this.mki = key.mkiBytes;
    this.tag = tagBytes[key.suite];
    this.cipher = derived(master, salt, 0, 16);
    this.auth = derived(master, salt, 1, 20);
    this.salt = derived(master, salt, 2, 14);
  }

  seal(packet) {
    const rollover = this.#count(packet.readUInt16BE(2));
    const sealed = this.#crypt(packet, rollover);
    return Buffer.concat([sealed, this.mki, this.#sign(sealed, rollover)]);
  }

  /// null for what is not of this key.
  open(packet) {
    const end = packet.length - this.tag - this.mki.length;
    if (end < 12 || !packet.subarray(end, end + this.mki.length).equals(this.mki)) return null;
    const sealed = packet.subarray(0, end);
    const before = [this.#last, this.rollover];
    const rollover = this.#count(packet.readUInt16BE(2));
    if (this.#sign(sealed, rollover).equals(packet.subarray(end + this.mki.length))) return this.#crypt(sealed, rollover);
    [this.#last, this.rollover] = before;
    return null;
  }

  #count(sequence) {
    if (this.#last !== null && this.#last - sequence > 0x8000) this.rollover += 1;
    this.#last = sequence;
    return this.rollover;
  }

  #sign(sealed, rollover) {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(rollover);
    return crypto.createHmac('sha1', this.auth).update(sealed).update(count).digest().subarray(0, this.tag);
  }

  /// RFC 3711 §4.1.1.
  #crypt(packet, rollover) {
    const header = 12 + 4 * (packet[0] & 15);
    const place = Buffer.alloc(16);
    packet.copy(place, 4, 8, 12);
    place.writeUInt32BE(rollover, 8);
    packet.copy(place, 12, 2, 4);
    for (let i = 0; i < 14; ++i) place[i] ^= this.salt[i];
    const stream = keystream(this.cipher, place, packet.length - header);
    return Buffer.concat([packet.subarray(0, header), packet.subarray(header).map((byte, i) => byte ^ stream[i])]);
  }
}
