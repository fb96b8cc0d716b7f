// Debian's secsipidx: an implementation of STIR that is not ours. It checks signature, age, certificate chain and
// the header's parameters, but neither `dest` nor the TNAuthList.

import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { requireProgram } from './child.mjs';
import { readIdentity } from './passport.mjs';

const kCheckCaFile = 4;
const kCheckIntermediate = 8;

export class Secsipidx {
  #serial = 0;

  constructor(pki) {
    Object.assign(this, { pki, directory: pki.directory });
    this.program = requireProgram('secsipidx');
    this.intermediate = path.join(this.directory, 'secsipidx-intermediate.pem');
    fs.writeFileSync(this.intermediate, pki.stiIssuer.certificate);
  }

  /// The value of an Identity header with a SHAKEN PASSporT.
  async sign({ credential, x5u, from, to, attest = 'A' }) {
    const key = this.#file(credential.key);
    return (await this.#run(['-sign-full', '-k', key, '-o', from, '-d', to, '-attest', attest, '-x5u', x5u])).trim();
  }

  /// Rejects with its words unless it accepts the value of an Identity header: the certificate is fetched from the
  /// header's `info`, its chain held against the roots.
  check(identity, { expire = 60 } = {}) {
    return this.#check(identity, expire, ['-p', readIdentity(identity).parameters.info, '-ca-file', this.pki.stiFile,
      '-cert-verify', String(kCheckCaFile | kCheckIntermediate), '-ca-inter', this.intermediate]);
  }

  /// The same with that credential's key; nothing is fetched.
  checkWith(identity, credential, { expire = 60 } = {}) {
    return this.#check(identity, expire, ['-p', this.#file(credential.certificate)]);
  }

  async #check(identity, expire, more) {
    const words = await this.#run(['-check', '-fidentity', this.#file(identity), '-expire', String(expire), ...more]);
    if (words.trim() !== 'ok') throw new Error(`secsipidx says: ${words}`);
  }

  #file(text) {
    const file = path.join(this.directory, `secsipidx-${++this.#serial}`);
    fs.writeFileSync(file, text);
    return file;
  }

  #run(args) {
    // Not waited for in place: the server that it fetches from may live in this process.
    const options = { encoding: 'utf8', env: { ...process.env, SSL_CERT_FILE: this.pki.webFile } };
    return new Promise((resolve, reject) => {
      execFile(this.program, args, options, (error, out, errors) => {
        if (error) reject(new Error(`secsipidx says: ${out}${errors}`.trim()));
        else resolve(out);
      });
    });
  }
}
