// SIPp as the SIP side's signalling. Scenarios are sipp/*.xml with {{words}} filled in before the start; the
// sound belongs to an RtpPhone whose SDP goes into the scenario as {{sdp}}.

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child, requireProgram } from './child.mjs';
import { freePort } from './free_port.mjs';

const scenarios = fileURLToPath(new URL('../sipp/', import.meta.url));
let serial = 0;

/// One SIP message as SIPp logged it.
class Message {
  constructor(text, sent) {
    this.text = text;
    this.sent = sent;
    this.startLine = text.split(/\r?\n/, 1)[0];
  }

  header(name) {
    const match = this.text.match(new RegExp(`^${name}:\\s*(.*?)\\s*$`, 'im'));
    return match ? match[1] : undefined;
  }

  /// All rows of a header as one list (RFC 3261 §7.3.1).
  list(name) {
    const rows = [...this.text.matchAll(new RegExp(`^${name}:\\s*(.*?)\\s*$`, 'gim'))];
    return rows.length ? rows.map(([, value]) => value).join(', ') : undefined;
  }

  get audioPort() {
    const match = this.text.match(/^m=audio (\d+)/m);
    return match ? Number(match[1]) : undefined;
  }
}

export class Sipp {
  /// `scenario` names a file of sipp/; `target` is "host:port" for a caller; `words` fill the scenario, `headers`
  /// are further lines of a caller's INVITE, `rows` what [field0].. of one call after another stand for, `address`
  /// is SIPp's own (any of 127.0.0.0/8, or ::1), `port` its port: one that was free when it is not given.
  static async start(scenario, { directory, target, words = {}, headers = [], rows, address = '127.0.0.1', calls = 1, transport = 'u1', rate = 10, user, port }) {
    const sipp = new Sipp();
    sipp.port = port ?? await freePort();
    sipp.name = `sipp ${scenario}`;
    const stem = path.join(directory, `sipp-${++serial}-${scenario}`);
    const text = fs.readFileSync(path.join(scenarios, `${scenario}.xml`), 'utf8');
    // Its comment speaks of words, too, and gives some a value.
    const template = text.replace(/<!--[\s\S]*?-->\n?/, '');
    const own = Object.fromEntries((text.match(/^ *Words: (.*?)(?: *-->)?$/m)?.[1].split('; ') ?? []).map((pair) => pair.split(/=(.*)/s)));
    const filled = { ...own, ...words, headers: headers.map((line) => `\n${line}`).join('') };
    fs.writeFileSync(`${stem}.xml`, template.replace(/\{\{(\w+)\}\}/g, (_, word) => {
      if (filled[word] === undefined) throw new Error(`scenario ${scenario} wants the word ${word}`);
      return filled[word];
    }));
    sipp.log = `${stem}.messages`;
    const args = ['-sf', `${stem}.xml`, '-i', address, '-p', sipp.port, '-t', transport, '-m', calls,
      '-l', calls, '-r', rate, '-nostdin', '-trace_msg', '-message_file', sipp.log, '-trace_err',
      '-error_file', `${stem}.errors`, '-timeout', '120s', '-timeout_error', '-default_behaviors', 'all,-bye'];
    if (user) args.push('-s', user);
    if (rows) {
      fs.writeFileSync(`${stem}.csv`, `SEQUENTIAL\n${rows.map((fields) => fields.join(';')).join('\n')}\n`);
      args.push('-inf', `${stem}.csv`);
    }
    if (target) args.push(target);
    sipp.errors = `${stem}.errors`;
    sipp.child = new Child(sipp.name, requireProgram('sipp'), args.map(String), { env: { ...process.env, TERM: 'dumb' } });
    if (!target) await sipp.#listening(transport, address);
    return sipp;
  }

  async #listening(transport, address) {
    const table = `/proc/net/${transport.startsWith('u') ? 'udp' : 'tcp'}${address.includes(':') ? '6' : ''}`;
    const needle = `:${this.port.toString(16).toUpperCase().padStart(4, '0')} `;
    for (let tries = 0; tries < 100; ++tries) {
      if (fs.readFileSync(table, 'utf8').includes(needle)) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`${this.name} does not listen on port ${this.port}:\n${this.child.output}`);
  }

  /// All messages so far, in order.
  messages() {
    if (!fs.existsSync(this.log)) return [];
    const parts = fs.readFileSync(this.log, 'utf8').split(/^-{20,}.*\n/m).slice(1);
    return parts.map((part) => {
      const match = part.match(/^\s*(?:UDP|TCP|TLS) message (sent|received)[^\n]*\n+([\s\S]*)/);
      return match ? new Message(match[2], match[1] === 'sent') : null;
    }).filter(Boolean);
  }

  received(start) {
    return this.messages().filter((message) => !message.sent && message.startLine.startsWith(start));
  }

  /// The first received message whose start line begins so.
  async waitForMessage(start, milliseconds = 10000) {
    const until = Date.now() + milliseconds;
    for (;;) {
      const [found] = this.received(start);
      if (found) return found;
      if (Date.now() > until) throw new Error(`${this.name} got no ${start}:\n${this.#story()}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /// SIPp's own verdict: all calls went by the scenario.
  async succeeded(milliseconds = 20000) {
    const code = await this.child.end(milliseconds);
    if (code !== 0) throw new Error(`${this.name} ended with ${code}:\n${this.#story()}`);
  }

  stop() {
    this.child.kill();
  }

  #story() {
    const errors = fs.existsSync(this.errors) ? fs.readFileSync(this.errors, 'utf8') : '';
    const lines = this.messages().map((message) => `  ${message.sent ? '->' : '<-'} ${message.startLine}`);
    return [...lines, errors].join('\n');
  }
}
