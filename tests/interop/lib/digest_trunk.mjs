// A trunk that wants proof: REGISTER and INVITE are challenged with SHA-256 and MD5 (RFC 8760), the first right answer
// is told to be stale (RFC 7616 §3.3), and answers are checked here, apart from the gateway's own arithmetic. Calls are
// answered with `sdp`.

import crypto from 'node:crypto';
import dgram from 'node:dgram';

const hash = (algorithm, text) => crypto.createHash(algorithm === 'SHA-256' ? 'sha256' : 'md5').update(text).digest('hex');

export class DigestTrunk {
  #socket = dgram.createSocket('udp4');
  #stale = new Set();
  #nonces = new Map();
  #tag = 0;
  /// What was accepted, in order: {method, username, algorithm, uri, nc}.
  accepted = [];
  challenges = 0;
  staleTold = 0;

  /// `passwords` by username; `algorithms` in the order of the challenge.
  constructor(passwords, { realm = 'carrier "one"', algorithms = ['MD5', 'SHA-256'], sdp = '' } = {}) {
    Object.assign(this, { passwords, realm, algorithms, sdp });
  }

  async open() {
    this.#socket.on('message', (bytes, from) => this.#receive(bytes.toString('latin1'), from));
    await new Promise((resolve) => this.#socket.bind(0, '127.0.0.1', resolve));
    return this;
  }

  get port() {
    return this.#socket.address().port;
  }

  close() {
    this.#socket.close();
  }

  async waitFor(wanted, milliseconds = 5000) {
    for (const until = Date.now() + milliseconds; ;) {
      const found = this.accepted.find(wanted);
      if (found) return found;
      if (Date.now() > until) throw new Error(`nothing of that kind was accepted: ${JSON.stringify(this.accepted)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  #receive(text, from) {
    const [start, ...lines] = text.split('\r\n\r\n', 1)[0].split('\r\n');
    if (start.startsWith('SIP/2.0')) return;
    const method = start.split(' ')[0];
    const request = { method, lines, from };
    if (method === 'ACK') return;
    if (method === 'BYE' || method === 'OPTIONS') return this.#answer(request, '200 OK');
    const given = this.#header(lines, 'Authorization');
    if (!given) return this.#challenge(request, false);
    const fields = Object.fromEntries([...given.matchAll(/(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g)]
      .map(([, name, inQuotes, plain]) => [name.toLowerCase(), plain ?? inQuotes.replace(/\\(.)/g, '$1')]));
    if (!this.#isRight(method, fields)) return this.#answer(request, '403 Wrong Answer');
    if (!this.#stale.has(fields.username + method)) {
      this.#stale.add(fields.username + method);
      this.staleTold += 1;
      return this.#challenge(request, true);
    }
    this.accepted.push({ method, username: fields.username, algorithm: fields.algorithm ?? 'MD5', uri: fields.uri, nc: fields.nc });
    const contact = this.#header(lines, 'Contact');
    if (method === 'REGISTER') return this.#answer(request, '200 OK', [`Contact: ${contact};expires=300`]);
    return this.#answer(request, '200 OK', [`Contact: <sip:phone@127.0.0.1:${this.port}>`, 'Content-Type: application/sdp'], this.sdp);
  }

  #isRight(method, { username, realm, nonce, uri, response, algorithm = 'MD5', qop, nc, cnonce }) {
    const password = this.passwords[username];
    if (password === undefined || realm !== this.realm || this.#nonces.get(nonce) !== algorithm) return false;
    const ha1 = hash(algorithm, `${username}:${realm}:${password}`);
    const ha2 = hash(algorithm, `${method}:${uri}`);
    return qop === 'auth' && response === hash(algorithm, `${ha1}:${nonce}:${nc}:${cnonce}:${qop}:${ha2}`);
  }

  #challenge(request, stale) {
    this.challenges += 1;
    const realm = this.realm.replace(/["\\]/g, '\\$&');
    const rows = this.algorithms.map((algorithm) => {
      const nonce = crypto.randomBytes(12).toString('hex');
      this.#nonces.set(nonce, algorithm);
      return `WWW-Authenticate: Digest realm="${realm}", nonce="${nonce}", algorithm=${algorithm}, qop="auth,auth-int"` +
        (stale ? ', stale=true' : '');
    });
    this.#answer(request, '401 Unauthorized', rows);
  }

  #header(lines, name) {
    return lines.find((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))?.slice(name.length + 1).trim();
  }

  #answer({ lines, from }, status, more = [], body = '') {
    const kept = lines.filter((line) => /^(via|from|call-id|cseq):/i.test(line));
    const to = lines.find((line) => /^to:/i.test(line));
    const tag = /;tag=/.test(to) ? '' : `;tag=${++this.#tag}`;
    const text = body.replace(/\r?\n/g, '\r\n') + (body ? '\r\n' : '');
    const answer = [`SIP/2.0 ${status}`, ...kept, to + tag, ...more, `Content-Length: ${Buffer.byteLength(text)}`, '', text].join('\r\n');
    this.#socket.send(answer, from.port, from.address);
  }
}
