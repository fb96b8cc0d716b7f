// An identity provider of web users on localhost: IdP proxies for Firefox (RFC 8827 §7), OpenID Connect for pages
// that add their assertion themselves, introspection (RFC 7662); and everything that such a server can do wrong.
//
// Protocols: es256 (the assertion is a JWS over `contents`), oracle (a handle that only the server understands),
// oidc (an id_token whose nonce is the hash of the contents).

import crypto from 'node:crypto';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { HttpsServer } from './https_server.mjs';
import { base64url, signJws, tampered, verifyJws } from './jws.mjs';

const proxyScript = fs.readFileSync(fileURLToPath(new URL('../idp/proxy.js', import.meta.url)), 'utf8');
const kProxyProtocols = ['es256', 'oracle'];
export const introspectionClient = { id: 'the-gateway', secret: 'the-secret-of-the-gateway' };

const now = () => Math.floor(Date.now() / 1000);
const hash = (text) => crypto.createHash('sha256').update(text).digest('base64url');

class SigningKey {
  constructor() {
    this.kid = crypto.randomBytes(6).toString('hex');
    const { privateKey, publicKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
    Object.assign(this, { privateKey, publicKey });
    this.jwk = { ...publicKey.export({ format: 'jwk' }), kid: this.kid, use: 'sig', alg: 'ES256' };
  }
}

export class IdentityProvider extends HttpsServer {
  /// Cache-Control of the key set.
  maxAge = 300;
  /// path -> one of HttpsServer's misdeeds, or JSON to answer instead.
  misbehaves = new Map();
  keys = [new SigningKey()];
  #handles = new Map();

  /// `host` is the name that browsers see.
  static start(pki, { host = 'idp.localhost', audience = 'calls-web' } = {}) {
    const provider = new IdentityProvider();
    Object.assign(provider, { host, audience });
    return provider.listen(pki, [host, 'localhost'], (request, response) => provider.#answer(request, response));
  }

  get issuer() {
    return this.url;
  }

  /// As Firefox' setIdentityProvider wants it.
  get domain() {
    return `${this.host}:${this.port}`;
  }

  get key() {
    return this.keys.at(-1);
  }

  /// A new key signs from now on; the old one leaves the set.
  rotate() {
    this.keys = [new SigningKey()];
  }

  /// A row of the gateway's `identity_providers` for one protocol.
  row(protocol, changes = {}) {
    const common = { domain: this.host, protocols: [protocol], issuer: this.issuer };
    const keys = { jwks_uri: `${this.url}/jwks.json` };
    switch (protocol) {
      case 'es256':
        return { ...common, ...keys, binding: 'contents', typ: 'webrtc-identity+jwt', ...changes };
      case 'oracle':
        return {
          ...common, binding: 'introspection', introspection_endpoint: `${this.url}/introspect`,
          client_id: introspectionClient.id, client_secret: introspectionClient.secret, ...changes,
        };
      case 'oidc':
        return {
          ...common, discovery: true, binding: 'oidc-nonce', name_claim: 'email', audiences: [this.audience],
          require_claims: { email_verified: true }, ...changes,
        };
      default:
        throw new Error(`no protocol ${protocol}`);
    }
  }

  /// The opaque string of an assertion of `user` over `fingerprints`. `fault` spoils it:
  /// signature, key, expired, future, kid, issuer, audience, typ, none, HS256, crit, duplicate, domain, form,
  /// nonce, unverified, inactive, contents (other fingerprints). `ahead` is a clock that is forgiven.
  assertion({ protocol = 'es256', user = 'alice', fingerprints, contents, fault = '' }) {
    const text = contents ?? JSON.stringify({ fingerprint: fault === 'contents' ? this.#otherFingerprints() : fingerprints });
    if (protocol === 'oracle') return this.#handle(user, text, fault);
    if (protocol === 'oidc') return JSON.stringify({ id_token: this.#idToken(user, text, fault), contents: text });
    return this.#spoiled(fault, 'webrtc-identity+jwt', {
      iss: this.issuer, sub: `${user}@${this.host}`, contents: text, ...this.#times(fault), jti: crypto.randomUUID(),
    });
  }

  /// The value of a=identity; further faults: nested (deep JSON), size (too large).
  identityLine({ protocol = 'es256', domain = this.domain, fault = '', ...rest }) {
    const assertion = fault === 'size' ? 'A'.repeat(20000) : this.assertion({ protocol, fault, ...rest });
    const text = JSON.stringify({ idp: { domain, protocol }, assertion });
    return Buffer.from(fault === 'nested' ? `${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}` : text).toString('base64');
  }

  /// What an es256 assertion says, once its signature is verified.
  read(assertion) {
    return verifyJws(assertion, this.key.publicKey);
  }

  #otherFingerprints() {
    return [{ algorithm: 'sha-256', digest: Array(32).fill('5A').join(':') }];
  }

  #times(fault) {
    const shift = { expired: -3600, future: 3600, ahead: 20 }[fault] ?? 0;
    return { iat: now() + shift, exp: now() + shift + 120 };
  }

  #idToken(user, contents, fault) {
    return this.#spoiled(fault, 'JWT', {
      iss: this.issuer, aud: this.audience, sub: `id-of-${user}`, email: `${user}@${this.host}`, email_verified: fault !== 'unverified',
      nonce: hash(contents), ...this.#times(fault), jti: crypto.randomUUID(),
    });
  }

  /// A JWS with these claims, or with one thing about it wrong.
  #spoiled(fault, typ, claims) {
    const header = { alg: 'ES256', kid: this.key.kid, typ };
    const { privateKey } = fault === 'key' ? new SigningKey() : this.key;
    switch (fault) {
      case 'signature': return tampered(signJws(header, claims, privateKey));
      case 'kid': return signJws({ ...header, kid: 'nobody-knows' }, claims, privateKey);
      case 'issuer': return signJws(header, { ...claims, iss: 'https://elsewhere.example' }, privateKey);
      case 'audience': return signJws(header, { ...claims, aud: 'another-client' }, privateKey);
      case 'typ': return signJws({ ...header, typ: 'passport' }, claims, privateKey);
      case 'none': return signJws({ ...header, alg: 'none' }, claims, privateKey, 'none');
      case 'HS256': return signJws({ ...header, alg: 'HS256' }, claims, this.key.publicKey.export({ type: 'spki', format: 'pem' }), 'HS256');
      case 'crit': return signJws({ ...header, crit: ['exp'] }, claims, privateKey);
      case 'duplicate': return signJws(header, JSON.stringify(claims).replace('{', '{"sub":"mallory@example.org",'), privateKey);
      case 'domain': return signJws(header, { ...claims, sub: 'alice@victim.example', email: 'alice@victim.example' }, privateKey);
      case 'form': return signJws(header, { ...claims, sub: 'a@b@c', email: 'a@b@c' }, privateKey);
      case 'nonce': return signJws(header, { ...claims, nonce: base64url(crypto.randomBytes(32)) }, privateKey);
      default: return signJws(header, claims, privateKey);
    }
  }

  #handle(user, contents, fault) {
    const handle = crypto.randomBytes(24).toString('base64url');
    this.#handles.set(handle, { user, contents, ...this.#times(fault), active: fault !== 'inactive' });
    return JSON.stringify({ token: handle, contents });
  }

  async #answer(request, response) {
    const url = new URL(request.url, this.url);
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-allow-headers', '*');
    if (request.method === 'OPTIONS') return response.writeHead(204).end();
    let body = '';
    for await (const piece of request.setEncoding('utf8')) body += piece;
    const misdeed = this.misbehaves.get(url.pathname);
    if (typeof misdeed === 'string') return this._misbehave(misdeed, response);
    const answer = misdeed ? { json: misdeed } : this.#route(url, request, body);
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
    return response.end(answer.text ?? JSON.stringify(answer.json ?? {}));
  }

  #route(url, request, body) {
    const [, place, protocol] = url.pathname.match(/^\/(\.well-known\/idp-proxy|sign|validate)\/(\w+)$/) ?? [];
    if (place && !kProxyProtocols.includes(protocol)) return { status: 404 };
    if (place === 'sign') return this.#sign(protocol, JSON.parse(body));
    if (place === 'validate') return this.#validate(protocol, JSON.parse(body).assertion);
    if (place) return this.#script(protocol);
    switch (url.pathname) {
      case '/jwks.json':
        return { json: { keys: this.keys.map(({ jwk }) => jwk) }, headers: { 'cache-control': `max-age=${this.maxAge}` } };
      case '/.well-known/openid-configuration':
        return { json: this.#discovery() };
      case '/token':
        return this.#token(url.searchParams);
      case '/introspect':
        return this.#introspect(request, new URLSearchParams(body));
      case '/line':
        return { json: { line: this.identityLine(JSON.parse(body)) } };
      default:
        return { status: 404 };
    }
  }

  #script(protocol) {
    const words = { origin: `https://${this.domain}`, domain: this.domain, protocol };
    return { text: proxyScript.replace(/\{\{(\w+)\}\}/g, (_, word) => words[word]), headers: { 'content-type': 'text/javascript' } };
  }

  #sign(protocol, { contents, user }) {
    return { json: { assertion: this.assertion({ protocol, user: user || 'alice', contents }) } };
  }

  #validate(protocol, assertion) {
    if (protocol === 'oracle') {
      const { user, contents } = this.#handles.get(JSON.parse(assertion).token) ?? {};
      return user ? { json: { identity: `${user}@${this.host}`, contents } } : { status: 403 };
    }
    const { payload } = this.read(assertion);
    return { json: { identity: payload.sub, contents: payload.contents } };
  }

  #discovery() {
    const { issuer, url } = this;
    return {
      issuer, jwks_uri: `${url}/jwks.json`, authorization_endpoint: `${url}/authorize`, token_endpoint: `${url}/token`,
      introspection_endpoint: `${url}/introspect`, response_types_supported: ['id_token'],
      subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['ES256'],
    };
  }

  /// An id_token with the nonce of whoever asks: the user is taken as logged in.
  #token(query) {
    const fault = query.get('fault') ?? '';
    const claims = {
      iss: this.issuer, aud: this.audience, sub: 'id-of-alice', email: `${query.get('user') ?? 'alice'}@${this.host}`,
      email_verified: true, nonce: query.get('nonce'), ...this.#times(fault), jti: crypto.randomUUID(),
    };
    return { json: { token_type: 'Bearer', id_token: this.#spoiled(fault, 'JWT', claims) } };
  }

  #introspect(request, form) {
    const wanted = `Basic ${Buffer.from(`${introspectionClient.id}:${introspectionClient.secret}`).toString('base64')}`;
    if (request.headers.authorization !== wanted) return { status: 401 };
    const { user, contents, iat, exp, active } = this.#handles.get(form.get('token')) ?? {};
    if (!active) return { json: { active: false } };
    return { json: { active: true, iss: this.issuer, sub: `${user}@${this.host}`, contents, iat, exp } };
  }
}
