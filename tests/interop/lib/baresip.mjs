// baresip as a real SIP telephone without a sound card: it speaks a 1004 Hz sine at -6 dBFS, records what it
// hears, and is driven over its control port (netstrings of JSON).

import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { Child, requireProgram } from './child.mjs';
import { freePort } from './free_port.mjs';
import { readWav } from './wav.mjs';

export const baresipTone = { frequency: 1004, level: -6 };

function modulePath() {
  const found = ['/usr/lib/baresip/modules', `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/baresip/modules`]
    .find((directory) => fs.existsSync(path.join(directory, 'sndfile.so')));
  if (!found) throw new Error('baresip has no module sndfile: is baresip-core installed?');
  return found;
}

export class Baresip {
  #control;
  #pending = Buffer.alloc(0);
  #waiters = [];
  #replies = [];
  events = [];

  /// `number` is whom it answers for; `codecs` as baresip names them ("opus/48000/2", "pcmu/8000/1", "G722/16000/1");
  /// `answer` is auto or manual; with `transport` tls it listens on `tlsPort`, shows the PEM file
  /// `certificate` (with its key) and believes what `authority` has signed; `exchange` is "host:port" where it registers,
  /// with `password`; `encryption` and `nat` are its mediaenc ("srtp-mand", "dtls_srtp") and medianat ("ice").
  static async start({ directory, number, name = `baresip-${number}`, codecs = 'pcmu/8000/1', answer = 'auto', transport = 'udp', certificate, authority, exchange, password, encryption, nat }) {
    const phone = new Baresip();
    phone.name = name;
    phone.directory = path.join(directory, name);
    fs.mkdirSync(phone.directory, { recursive: true });
    phone.port = await freePort();
    const control = await freePort();
    fs.writeFileSync(path.join(phone.directory, 'config'), phone.#config(control, certificate, authority));
    // Without a contacts file baresip writes one of its own; an empty one keeps it quiet.
    fs.writeFileSync(path.join(phone.directory, 'contacts'), '');
    fs.writeFileSync(path.join(phone.directory, 'accounts'),
      `<sip:${number}@${exchange ?? '127.0.0.1'};transport=${transport}>;${exchange ? `regint=60;auth_pass=${password}` : 'regint=0'};answermode=${answer};audio_codecs=${codecs}` +
      `${encryption ? `;mediaenc=${encryption}` : ''}${nat ? `;medianat=${nat}` : ''}\n`);
    phone.child = new Child(name, requireProgram('baresip'), ['-f', phone.directory]);
    await phone.child.waitFor(/baresip is ready/);
    await phone.#connect(control);
    // Its event may have come before the control port was there.
    if (exchange) await phone.child.waitFor(/200 OK .*\[\d+ binding/);
    return phone;
  }

  #config(control, certificate, authority) {
    const tls = certificate ? [`sip_certificate ${certificate}`, `sip_cafile ${authority}`] : [];
    return [
      ...tls,
      `sip_listen 127.0.0.1:${this.port}`, 'net_interface 127.0.0.1', `module_path ${modulePath()}`,
      ...['menu', 'ctrl_tcp', 'opus', 'g722', 'g711', 'gsm', 'amr', 'l16', 'srtp', 'dtls_srtp', 'ice', 'ausine', 'aubridge', 'sndfile', 'account'].map((name) => `module ${name}.so`),
      `audio_source ausine,${baresipTone.frequency}`, 'audio_player aubridge,unheard', 'audio_alert aubridge,unheard',
      'ausrc_srate 48000', 'auplay_srate 48000', 'ausrc_channels 2', 'auplay_channels 2',
      'statmode_default off', `snd_path ${this.directory}`, `ctrl_tcp_listen 127.0.0.1:${control}`, '',
    ].join('\n');
  }

  async #connect(port) {
    this.#control = net.connect(port, '127.0.0.1');
    this.#control.on('data', (bytes) => this.#read(bytes));
    this.#control.on('error', () => {});
    await new Promise((resolve, reject) => {
      this.#control.once('connect', resolve);
      this.#control.once('error', reject);
    });
  }

  #read(bytes) {
    this.#pending = Buffer.concat([this.#pending, bytes]);
    for (;;) {
      const colon = this.#pending.indexOf(':');
      if (colon < 0) return;
      const length = Number(this.#pending.toString('latin1', 0, colon));
      if (this.#pending.length < colon + length + 2) return;
      const message = JSON.parse(this.#pending.toString('utf8', colon + 1, colon + 1 + length));
      this.#pending = this.#pending.subarray(colon + length + 2);
      if (message.response) this.#replies.shift()?.(message);
      else this.events.push(message);
      this.#waiters = this.#waiters.filter((waiter) => !waiter());
    }
  }

  /// baresip's own rule: the one above that of UDP and TCP.
  get tlsPort() {
    return this.port + 1;
  }

  command(command, params = '') {
    const body = JSON.stringify({ command, params, token: 'test' });
    this.#control.write(`${Buffer.byteLength(body)}:${body},`);
    return new Promise((resolve) => this.#replies.push(resolve));
  }

  dial(uri) {
    return this.command('dial', uri);
  }

  hangUp() {
    return this.command('hangup');
  }

  accept() {
    return this.command('accept');
  }

  /// The next event of this type ("CALL_ESTABLISHED", "CALL_CLOSED", ...) that nobody has waited for yet.
  event(type, milliseconds = 10000) {
    return new Promise((resolve, reject) => {
      const look = () => {
        const index = this.events.findIndex((event) => event.type === type && !event.taken);
        if (index < 0) return false;
        clearTimeout(timer);
        this.events[index].taken = true;
        resolve(this.events[index]);
        return true;
      };
      const timer = setTimeout(() => reject(new Error(
        `${this.name} had no ${type}: ${this.events.map((event) => event.type)}\n${this.child.output}`)), milliseconds);
      if (!look()) this.#waiters.push(look);
    });
  }

  /// What the last call heard: {rate, samples}.
  heard() {
    const files = fs.readdirSync(this.directory).filter((name) => name.endsWith('-dec.wav')).sort();
    if (files.length === 0) throw new Error(`${this.name} heard nothing:\n${this.child.output}`);
    return readWav(path.join(this.directory, files[files.length - 1]));
  }

  async stop() {
    this.#control.destroy();
    this.child.kill('SIGTERM');
    await this.child.end(3000);
  }
}
