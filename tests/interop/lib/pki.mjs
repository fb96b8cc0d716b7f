// Certificates for tests, made in memory: an authority for HTTPS, and STI roots with SHAKEN leaves. Written in DER
// by hand (X.690, RFC 5280), since openssl's commands cannot set every field that must be wrong here.

import crypto from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

const kDay = 86400000;
const kOids = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2', commonName: '2.5.4.3', subjectKeyId: '2.5.29.14', keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17', basicConstraints: '2.5.29.19', crlNumber: '2.5.29.20', authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37', serverAuth: '1.3.6.1.5.5.7.3.1',
  tnAuthList: '1.3.6.1.5.5.7.1.26', jwtClaimConstraints: '1.3.6.1.5.5.7.1.27',
};

function tlv(tag, ...contents) {
  const body = Buffer.concat(contents.map((content) => (Buffer.isBuffer(content) ? content : Buffer.from(content))));
  if (body.length < 128) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length = Buffer.from(body.length.toString(16).padStart(body.length > 255 ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, body]);
}

const sequence = (...parts) => tlv(0x30, ...parts);
const octets = (body) => tlv(0x04, body);
const bits = (body, unused = 0) => tlv(0x03, [unused], body);
const explicit = (number, body) => tlv(0xa0 | number, body);
const ia5 = (text) => tlv(0x16, text);

function integer(value) {
  const bytes = Buffer.from(value.toString(16).padStart(2 * Math.ceil(value.toString(16).length / 2), '0'), 'hex');
  return tlv(0x02, bytes[0] & 0x80 ? [0] : [], bytes);
}

function oid(dotted) {
  const [first, second, ...rest] = dotted.split('.').map(Number);
  const base128 = (number) => {
    const groups = [number & 0x7f];
    for (let left = number >>> 7; left > 0; left >>>= 7) groups.unshift(0x80 | (left & 0x7f));
    return groups;
  };
  return tlv(0x06, [40 * first + second, ...rest.flatMap(base128)]);
}

/// UTCTime (RFC 5280 §4.1.2.5.1).
const time = (date) => tlv(0x17, `${date.toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`);
const nameOf = (commonName) => sequence(tlv(0x31, sequence(oid(kOids.commonName), tlv(0x0c, commonName))));
const extension = (id, body, critical = false) => sequence(oid(id), critical ? tlv(0x01, [0xff]) : Buffer.alloc(0), octets(body));
const algorithm = sequence(oid(kOids.ecdsaWithSha256));
const pem = (label, der) => `-----BEGIN ${label}-----\n${der.toString('base64').replace(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`;

function signed(body, key) {
  return sequence(body, algorithm, bits(crypto.sign('sha256', body, key)));
}

function keyId(publicKey) {
  return crypto.createHash('sha1').update(publicKey.export({ type: 'spki', format: 'der' })).digest();
}

/// TNAuthorizationList (RFC 8226 §9). Entries: {spc}, {one} or {start, count}; numbers without a plus.
export function tnAuthList(entries) {
  return sequence(...entries.map(({ spc, one, start, count }) => {
    if (spc !== undefined) return explicit(0, ia5(spc));
    if (one !== undefined) return explicit(2, ia5(one));
    return explicit(1, sequence(ia5(start), integer(count)));
  }));
}

/// JWTClaimConstraints (RFC 8226 §8): mustInclude [0], permittedValues [1].
function claimConstraints({ mustInclude = [], permitted = {} }) {
  const include = explicit(0, sequence(...mustInclude.map(ia5)));
  const values = Object.entries(permitted).map(([claim, allowed]) => (
    sequence(ia5(claim), sequence(...allowed.map((value) => tlv(0x0c, value))))));
  return sequence(mustInclude.length ? include : Buffer.alloc(0), values.length ? explicit(1, sequence(...values)) : Buffer.alloc(0));
}

/// Names that are IPv4 addresses become addresses.
function altNames({ dns = [], uris = [] }) {
  const names = dns.map((name) => (net.isIPv4(name) ? tlv(0x87, name.split('.').map(Number)) : tlv(0x82, name)));
  return sequence(...names, ...uris.map((uri) => tlv(0x86, uri)));
}

/// A certificate with its key; `chain` is PEM, leaf first, without the root.
class Credential {
  constructor(certificate, keys, chain, serial) {
    Object.assign(this, { certificate, keys, chain, serial });
    this.key = keys.privateKey.export({ type: 'pkcs8', format: 'pem' });
  }

  /// Files `stem`.pem (the chain) and `stem`.key in `directory`.
  write(directory, stem) {
    const files = { certificate: path.join(directory, `${stem}.pem`), key: path.join(directory, `${stem}.key`) };
    fs.writeFileSync(files.certificate, this.chain);
    fs.writeFileSync(files.key, this.key, { mode: 0o600 });
    return files;
  }
}

export class Authority {
  static root(commonName) {
    return new Authority(commonName, null);
  }

  constructor(commonName, parent) {
    this.commonName = commonName;
    this.keys = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.parent = parent;
    const extensions = [
      extension(kOids.basicConstraints, sequence(tlv(0x01, [0xff])), true),
      extension(kOids.keyUsage, bits([0x06], 1), true), // keyCertSign, cRLSign
    ];
    this.certificate = (parent ?? this)._certify(commonName, this.keys.publicKey, extensions, {}).certificate;
    this.chain = parent ? this.certificate + parent.chain : '';
  }

  intermediate(commonName) {
    return new Authority(commonName, this);
  }

  /// `from` and `until` are dates; `tn` the entries of TNAuthList, `constraints` of JWTClaimConstraints.
  issue(commonName, { dns, uris, tn, constraints, server = false, from, until } = {}) {
    const keys = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const extensions = [
      extension(kOids.basicConstraints, sequence(), true),
      extension(kOids.keyUsage, bits([0x80], 7), true), // digitalSignature
    ];
    if (server) extensions.push(extension(kOids.extendedKeyUsage, sequence(oid(kOids.serverAuth))));
    if (dns || uris) extensions.push(extension(kOids.subjectAltName, altNames({ dns, uris })));
    if (tn) extensions.push(extension(kOids.tnAuthList, tnAuthList(tn)));
    if (constraints) extensions.push(extension(kOids.jwtClaimConstraints, claimConstraints(constraints)));
    const { certificate, serial } = this._certify(commonName, keys.publicKey, extensions, { from, until });
    return new Credential(certificate, keys, certificate + this.chain, serial);
  }

  /// A revocation list (RFC 5280 §5) of these credentials.
  crl(revoked = []) {
    const now = new Date();
    const rows = revoked.map(({ serial }) => sequence(integer(serial), time(new Date(now - kDay))));
    const body = sequence(integer(1), algorithm, nameOf(this.commonName), time(new Date(now - kDay)),
      time(new Date(+now + 30 * kDay)), rows.length ? sequence(...rows) : Buffer.alloc(0),
      explicit(0, sequence(extension(kOids.authorityKeyId, sequence(tlv(0x80, keyId(this.keys.publicKey)))),
        extension(kOids.crlNumber, integer(1)))));
    return pem('X509 CRL', signed(body, this.keys.privateKey));
  }

  _certify(commonName, publicKey, extensions, { from, until }) {
    const serial = BigInt(`0x40${crypto.randomBytes(15).toString('hex')}`);
    const validity = sequence(time(from ?? new Date(Date.now() - kDay)), time(until ?? new Date(Date.now() + 365 * kDay)));
    const all = [...extensions, extension(kOids.subjectKeyId, octets(keyId(publicKey))),
      extension(kOids.authorityKeyId, sequence(tlv(0x80, keyId(this.keys.publicKey))))];
    const body = sequence(explicit(0, integer(2)), integer(serial), algorithm, nameOf(this.commonName), validity,
      nameOf(commonName), publicKey.export({ type: 'spki', format: 'der' }), explicit(3, sequence(...all)));
    return { certificate: pem('CERTIFICATE', signed(body, this.keys.privateKey)), serial };
  }
}

/// What one story trusts: an authority of its HTTPS servers, one of its telephone companies.
export class Pki {
  constructor(directory) {
    this.directory = directory;
    this.web = Authority.root('Causeway test web authority');
    this.sti = Authority.root('Causeway test STI root');
    this.stiIssuer = this.sti.intermediate('Causeway test STI issuer');
    this.webFile = this.#write('web-authority.pem', this.web.certificate);
    this.stiFile = this.#write('sti-roots.pem', this.sti.certificate);
  }

  #write(name, text) {
    const file = path.join(this.directory, name);
    fs.writeFileSync(file, text);
    return file;
  }

  /// A certificate of an HTTPS server: {certificate chain, key}, as Node's https takes them.
  server(...names) {
    const { chain, key } = this.web.issue(names[0], { dns: names, server: true });
    return { cert: chain, key };
  }

  /// A SHAKEN leaf. By default it speaks for provider code 1234.
  shaken({ name = 'SHAKEN 1234', tn = [{ spc: '1234' }], ...rest } = {}) {
    return this.stiIssuer.issue(name, { tn, ...rest });
  }

  /// A leaf that was good until yesterday.
  expiredShaken(options = {}) {
    const now = Date.now();
    return this.shaken({ from: new Date(now - 30 * kDay), until: new Date(now - kDay), ...options });
  }
}
