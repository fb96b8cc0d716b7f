// coturn on loopback, with a secret that time-limited credentials are made of.

import fs from 'node:fs';
import path from 'node:path';
import { Child } from './child.mjs';
import { freePort } from './free_port.mjs';

export class Coturn {
  static async start(directory, secret) {
    const turn = new Coturn();
    const home = path.join(directory, 'coturn');
    fs.mkdirSync(home, { recursive: true });
    turn.port = await freePort();
    turn.file = path.join(home, 'log');
    turn.address = `127.0.0.1:${turn.port}`;
    turn.child = new Child('turnserver', 'turnserver', [
      '-n', '-v', '--log-file', turn.file, '--simple-log', '--pidfile', path.join(home, 'pid'), '--userdb', path.join(home, 'db'),
      '--use-auth-secret', `--static-auth-secret=${secret}`, '--realm', 'causeway.example', '--fingerprint',
      '--listening-ip', '127.0.0.1', '--relay-ip', '127.0.0.1', '--listening-port', String(turn.port),
      '--min-port', '40000', '--max-port', '40999', '--no-tls', '--no-dtls', '--no-cli', '--allow-loopback-peers',
    ], { cwd: home });
    for (let tries = 0; tries < 100 && !/Total General servers/.test(turn.log); ++tries) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return turn;
  }

  get log() {
    return fs.existsSync(this.file) ? fs.readFileSync(this.file, 'utf8') : '';
  }

  /// User names that were given an allocation.
  users() {
    return [...new Set([...this.log.matchAll(/user <([^>]+)>.*ALLOCATE processed, success/g)].map(([, user]) => user))];
  }
}
