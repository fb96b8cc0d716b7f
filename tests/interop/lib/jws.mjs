// JWS Compact Serialization (RFC 7515) by Node's own cryptography; signs also what nobody should accept.

import crypto from 'node:crypto';

export const base64url = (data) => Buffer.from(data).toString('base64url');

const signers = {
  ES256: (input, key) => crypto.sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' }),
  HS256: (input, key) => crypto.createHmac('sha256', key).update(input).digest(),
  none: () => Buffer.alloc(0),
};

/// `header` and `payload` are objects, or texts used byte for byte.
export function signJws(header, payload, key, algorithm = 'ES256') {
  const [head, body] = [header, payload].map((part) => base64url(typeof part === 'string' ? part : JSON.stringify(part)));
  const input = `${head}.${body}`;
  return `${input}.${base64url(signers[algorithm](Buffer.from(input), key))}`;
}

/// Header and payload, or an Error. Only ES256.
export function verifyJws(token, publicKey) {
  const [head, body, signature] = token.split('.');
  const good = crypto.verify('sha256', Buffer.from(`${head}.${body}`), { key: publicKey, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature ?? '', 'base64url'));
  if (!good) throw new Error(`the signature is wrong: ${token}`);
  return { header: decode(head), payload: decode(body) };
}

function decode(part) {
  return JSON.parse(Buffer.from(part, 'base64url').toString());
}

/// Header and payload without a look at the signature.
export function readJws(token) {
  const [head, body] = token.split('.');
  return { header: decode(head), payload: decode(body) };
}

/// The same token with the last octet of its signature changed.
export function tampered(token) {
  const [head, body, signature] = token.split('.');
  const octets = Buffer.from(signature, 'base64url');
  octets[octets.length - 1] ^= 1;
  return `${head}.${body}.${base64url(octets)}`;
}
