// Kamailio with Debian's secsipid module as the operator next door: verifies what the gateway signed, signs what
// the gateway verifies.

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child, requireProgram } from './child.mjs';
import { freePort } from './free_port.mjs';

const folder = fileURLToPath(new URL('../kamailio/', import.meta.url));

export class Kamailio {
  /// Ports by name: `trunk` is for the gateway, `telephoneSide` for telephones that call. Taken before the start,
  /// since gateway and telephones want to know them.
  static async ports() {
    return { trunk: await freePort(), telephoneSide: await freePort() };
  }

  /// `telephone` and `gateway` are ports to send to; it signs with `credential`, whose chain is at `x5u`.
  static async start({ pki, ports, telephone, gateway, credential, x5u, attest = 'A' }) {
    const directory = fs.mkdtempSync(path.join(pki.directory, 'kamailio-'));
    const intermediate = path.join(directory, 'intermediate.pem');
    fs.writeFileSync(intermediate, pki.stiIssuer.certificate);
    const words = {
      trunk_port: ports.trunk, telephone_side: ports.telephoneSide, telephone_port: telephone, gateway_port: gateway,
      roots: pki.stiFile, intermediate, attest, x5u, key: credential.write(directory, 'signer').key,
    };
    return Kamailio.#run('kamailio.cfg', words, directory, ports.trunk, { ...process.env, SSL_CERT_FILE: pki.webFile });
  }

  /// As exchange: registrar and proxy of telephones whose `password` is one and the same, on `port`; numbers that
  /// begin with 1 are at `gateway`, a port.
  static async startExchange({ directory, port, gateway, password }) {
    const own = fs.mkdtempSync(path.join(directory, 'kamailio-'));
    return Kamailio.#run('exchange.cfg', { port, gateway_port: gateway, password }, own, port, process.env);
  }

  static async #run(config, words, directory, port, env) {
    const kamailio = new Kamailio();
    const file = path.join(directory, config);
    const template = fs.readFileSync(path.join(folder, config), 'utf8');
    fs.writeFileSync(file, template.replace(/\{\{(\w+)\}\}/g, (_, word) => words[word]));
    // In a process group of its own: at its end it signals the whole group.
    kamailio.child = new Child('kamailio', requireProgram('kamailio'), ['-f', file, '-DD', '-E', '-Y', directory, '-w', directory],
      { env, detached: true });
    await kamailio.#listening(port);
    return kamailio;
  }

  async #listening(port) {
    const needle = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
    for (let tries = 0; tries < 250; ++tries) {
      if (!this.child.alive) break;
      if (fs.readFileSync('/proc/net/tcp', 'utf8').includes(needle)) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`kamailio does not listen on port ${port}:\n${this.child.output}`);
  }

  get log() {
    return this.child.output;
  }

  /// With all its processes.
  async stop() {
    this.child.kill('SIGTERM');
    await this.child.end(3000);
  }
}
