// Identity headers (RFC 8224) made and read by hand, right ones and every kind of wrong ones.

import crypto from 'node:crypto';
import { readJws, signJws, tampered } from './jws.mjs';

const now = () => Math.floor(Date.now() / 1000);

/// The value of an Identity header in full form. `credential` is of Pki.shaken, `x5u` where its chain is served.
/// What is told beside the parties overrides the right value.
export function identityHeader({ credential, x5u, from, to, attest = 'A', iat = now(), origid = crypto.randomUUID(),
  header = {}, claims = {}, info = x5u, ppt = 'shaken', algorithm = 'ES256', tamper = false }) {
  // RFC 8225 §9: members in the order of their code points.
  const head = { alg: algorithm, ...(ppt ? { ppt } : {}), typ: 'passport', x5u, ...header };
  const shaken = ppt === 'shaken' ? { attest, origid } : {};
  const body = sorted({ dest: { tn: [to] }, iat, orig: { tn: from }, ...shaken, ...claims });
  const token = signJws(sorted(head), body, credential.keys.privateKey, algorithm);
  return `${tamper ? tampered(token) : token};info=<${info}>;alg=ES256${ppt ? `;ppt=${ppt}` : ''}`;
}

function sorted(object) {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/// {token, header, payload, parameters} of a header's value.
export function readIdentity(value) {
  const [token, ...rest] = value.split(';');
  const parameters = Object.fromEntries(rest.map((part) => {
    const [name, ...words] = part.trim().split('=');
    return [name, words.join('=').replace(/^[<"]|[>"]$/g, '')];
  }));
  return { token, ...readJws(token), parameters };
}

/// A Date header's value (RFC 3261 §20.17).
export function sipDate(seconds = now()) {
  return new Date(seconds * 1000).toUTCString();
}
