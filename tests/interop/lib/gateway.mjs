// The gateway under test: started on free ports with a configuration of the story, watched, and stopped in order.

import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { Child } from './child.mjs';
import { freePort } from './free_port.mjs';

export const alice = { name: 'alice', display: 'Alice', numbers: ['100'], token: 'the-token-of-alice-in-tests' };
export const bob = { name: 'bob', display: 'Bob', numbers: ['101'], token: 'the-token-of-bob-in-tests' };

export function gatewayBinary() {
  const binary = process.env.CAUSEWAY_BINARY;
  if (!binary || !fs.existsSync(binary)) {
    throw new Error(`CAUSEWAY_BINARY must name the gateway program; it is ${binary || 'not set'}`);
  }
  return binary;
}

export class Gateway {
  /// `config` has the sections of config/causeway.yaml that differ from this harness' own; or is a function of the
  /// gateway (with its ports) that returns them. `authority`: the PEM text that its TLS certificate leads to.
  static async start(directory, config = {}, { authority } = {}) {
    const gateway = new Gateway();
    gateway.authority = authority;
    gateway.directory = path.join(directory, 'gateway');
    fs.mkdirSync(gateway.directory, { recursive: true });
    gateway.httpPort = await freePort();
    gateway.sipPort = await freePort();
    gateway.demoPort = await freePort();
    gateway.records = path.join(gateway.directory, 'calls.jsonl');
    const file = path.join(gateway.directory, 'causeway.yaml');
    const sections = typeof config === 'function' ? config(gateway) : config;
    gateway.secure = sections.http?.tls?.enabled === true;
    // JSON is YAML too.
    fs.writeFileSync(file, JSON.stringify(gateway.#configuration(sections), null, 2));
    gateway.child = new Child('causeway', gatewayBinary(), ['--config', file], { cwd: gateway.directory });
    await gateway.#healthy();
    return gateway;
  }

  #configuration({ http, sip, media, webrtc, limits, demo, ...rest }) {
    const listen = `127.0.0.1:${this.sipPort}`;
    return {
      http: { listen: `127.0.0.1:${this.httpPort}`, ...http },
      sip: { listen_udp: [listen], listen_tcp: [listen], ...sip },
      media: { ports: '20000-24999', ...media },
      webrtc: { ports: '25000-29999', ...webrtc },
      limits: { calls_per_session: 100, ...limits },
      demo: { enabled: true, listen: `127.0.0.1:${this.demoPort}`, ...demo },
      users: [alice, bob],
      routes: [{ to: '60?', target: 'demo' }],
      log: { level: 'debug', records: this.records },
      state_directory: this.directory,
      ...rest,
    };
  }

  async #healthy() {
    for (let tries = 0; tries < 100; ++tries) {
      if (!this.child.alive) break;
      const answer = await this.ask('/healthz').catch(() => null);
      if (answer?.status === 200) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`the gateway did not get healthy:\n${this.child.output}`);
  }

  get url() {
    return `${this.secure ? 'https' : 'http'}://localhost:${this.httpPort}`;
  }

  get socketUrl() {
    return `${this.url.replace(/^http/, 'ws')}/v1/ws`;
  }

  /// One HTTP request: {status, headers, text}.
  ask(path, { method = 'GET', headers = {}, body } = {}) {
    return new Promise((resolve, reject) => {
      const options = { method, headers: { connection: 'close', ...headers }, ca: this.authority };
      const request = (this.secure ? https : http).request(this.url + path, options, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece) => (text += piece)).on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
      });
      request.on('error', reject).end(body);
    });
  }

  get sipTarget() {
    return `127.0.0.1:${this.sipPort}`;
  }

  get log() {
    return this.child.output;
  }

  /// Records written so far, one per call attempt.
  calls() {
    if (!fs.existsSync(this.records)) return [];
    return fs.readFileSync(this.records, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
  }

  /// The record of the call with this id; it is written soon after the call's end.
  async record(id, milliseconds = 5000) {
    for (const until = Date.now() + milliseconds; ;) {
      const found = this.calls().find((call) => call.call === id);
      if (found) return found;
      if (Date.now() > until) throw new Error(`no record of call ${id}:\n${JSON.stringify(this.calls(), null, 1)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /// Counters and gauges by name, without the prefix: {call_attempts_total: 1, calls_running: 0, ...}.
  async metrics() {
    const { text } = await this.ask('/metrics');
    return Object.fromEntries([...text.matchAll(/^causeway_(\w+) (\S+)$/gm)].map(([, name, value]) => [name, Number(value)]));
  }

  /// Waits until no call is left anywhere inside.
  async quiet(milliseconds = 10000) {
    for (const until = Date.now() + milliseconds; ;) {
      const { calls_running: calls, media_calls_running: media, sip_dialogs_running: dialogs } = await this.metrics();
      if (calls + media + dialogs === 0) return;
      if (Date.now() > until) throw new Error(`still inside: ${calls} calls, ${media} in media, ${dialogs} SIP dialogs`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /// What the process holds: open descriptors by kind, and resident memory in MiB.
  holds() {
    const root = `/proc/${this.child.pid}`;
    const kinds = {};
    for (const name of fs.readdirSync(`${root}/fd`)) {
      let kind = 'gone';
      try {
        kind = fs.readlinkSync(`${root}/fd/${name}`).replace(/:?\[.*/, '').replace(/^\/.*/, 'file');
      } catch {
        continue;
      }
      kinds[kind] = (kinds[kind] ?? 0) + 1;
    }
    const resident = Number(fs.readFileSync(`${root}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]) / 1024;
    return { descriptors: kinds, total: Object.values(kinds).reduce((a, b) => a + b, 0), resident };
  }

  /// SIGTERM; the gateway must end by itself and well.
  async stop(milliseconds = 10000) {
    this.child.kill('SIGTERM');
    const code = await this.child.end(milliseconds);
    if (code !== 0) throw new Error(`the gateway ended with ${code}:\n${this.log}`);
  }
}
