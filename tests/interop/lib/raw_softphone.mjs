// SIP over a WebSocket, word by word, for what no library would say.

import { createHash, randomBytes } from 'node:crypto';
import WebSocket from 'ws';

const token = () => randomBytes(6).toString('hex');

export class RawSoftphone {
  #answers = [];
  #waiting = [];
  #cseq = 0;

  static async connect(url, origin) {
    const phone = new RawSoftphone();
    phone.host = `${token()}.invalid`;
    phone.socket = new WebSocket(url, ['sip'], { origin });
    phone.socket.on('message', (data) => phone.#receive(data.toString()));
    phone.socket.on('error', () => {});
    phone.closed = new Promise((resolve) => phone.socket.on('close', resolve));
    await new Promise((resolve, reject) => {
      phone.socket.on('open', resolve);
      phone.socket.on('error', reject);
    });
    return phone;
  }

  #receive(text) {
    this.#answers.push(text);
    if (/^SIP\/2.0 [3-6]/.test(text) && /^CSeq: *\d+ INVITE\r$/im.test(text)) this.#acknowledge(text);
    this.#waiting.splice(0).forEach((wake) => wake());
  }

  /// RFC 3261 §17.1.1.3.
  #acknowledge(text) {
    const line = (name) => text.split('\r\n').find((one) => one.toLowerCase().startsWith(`${name}:`));
    this.send([`ACK ${this.lastTarget} SIP/2.0`, line('via'), 'Max-Forwards: 70', line('from'), line('to'), line('call-id'),
      line('cseq').replace('INVITE', 'ACK'), 'Content-Length: 0', '', ''].join('\r\n'));
  }

  send(bytes) {
    this.socket.send(bytes);
  }

  /// A request; `headers` are whole lines. Resolves with {status, text} of the final answer.
  async ask(method, uri, { from = 'sip:alice@gw.example', to = from, callId = token(), fromTag = token(), toTag, cseq = this.#cseq + 1, headers = [], body = '', milliseconds = 3000 } = {}) {
    this.#cseq = cseq;
    if (method === 'INVITE') this.lastTarget = uri;
    const mine = `${this.#cseq} ${method}`;
    this.send([
      `${method} ${uri} SIP/2.0`, `Via: SIP/2.0/WS ${this.host};branch=z9hG4bK${token()}`, 'Max-Forwards: 70',
      `From: <${from}>;tag=${fromTag}`, `To: <${to}>${toTag ? `;tag=${toTag}` : ''}`, `Call-ID: ${callId}`, `CSeq: ${mine}`, ...headers,
      `Content-Length: ${Buffer.byteLength(body)}`, '', body,
    ].join('\r\n'));
    for (const until = Date.now() + milliseconds; ;) {
      const at = this.#answers.findIndex((text) => new RegExp(`^SIP/2.0 [2-6][^]*^CSeq: *${mine}\\r$`, 'im').test(text));
      if (at >= 0) {
        const [text] = this.#answers.splice(at, 1);
        return { status: Number(text.slice(8, 11)), text };
      }
      const left = until - Date.now();
      if (left <= 0) throw new Error(`no answer to ${method} in ${milliseconds} ms: ${this.#answers.join('\n')}`);
      await new Promise((resolve) => {
        this.#waiting.push(resolve);
        setTimeout(resolve, left);
      });
    }
  }

  /// The next request of that method; it is answered with 200.
  async hear(method, milliseconds = 3000) {
    for (const until = Date.now() + milliseconds; ;) {
      const at = this.#answers.findIndex((text) => text.startsWith(`${method} `));
      if (at >= 0) {
        const [text] = this.#answers.splice(at, 1);
        const lines = text.split('\r\n').filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line));
        this.send(['SIP/2.0 200 OK', ...lines, 'Content-Length: 0', '', ''].join('\r\n'));
        return { text };
      }
      if (Date.now() > until) throw new Error(`no ${method} in ${milliseconds} ms: ${this.#answers.join('\n')}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  contact(user = 'raw') {
    return `Contact: <sip:${user}@${this.host};transport=ws>;reg-id=1;+sip.instance="<urn:uuid:${user}>"`;
  }

  /// The Authorization line that answers the challenge of that algorithm in `text`.
  static authorize(text, algorithm, { user, password, method, uri, nc = 1 }) {
    const challenge = text.split('\r\n').find((line) => /^WWW-Authenticate: *Digest/i.test(line) && line.includes(`algorithm=${algorithm},`));
    const read = (name) => challenge.match(new RegExp(`${name}="([^"]*)"`))[1];
    const hash = (words) => createHash(algorithm === 'MD5' ? 'md5' : 'sha256').update(words).digest('hex');
    const [realm, nonce, opaque] = ['realm', 'nonce', 'opaque'].map(read);
    const count = nc.toString(16).padStart(8, '0');
    const response = hash(`${hash(`${user}:${realm}:${password}`)}:${nonce}:${count}:abcdef:auth:${hash(`${method}:${uri}`)}`);
    return `Authorization: Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", ` +
      `algorithm=${algorithm}, opaque="${opaque}", qop=auth, nc=${count}, cnonce="abcdef"`;
  }

  close() {
    this.socket.terminate();
  }
}
