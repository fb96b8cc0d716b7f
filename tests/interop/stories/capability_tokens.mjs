// Permissions to call: an application server asks for one or signs it itself, a page without any login calls by it,
// and it ends where it should: other callees, other pages, too often, too long, too many at once, too late.

import { execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { browserOffer } from '../lib/browser_offer.mjs';
import { alice, gatewayBinary } from '../lib/gateway.mjs';
import { callee, caller, IdentityGround, stranger } from '../lib/identity_ground.mjs';
import { readJws, tampered } from '../lib/jws.mjs';
import { invitesOf, telephone } from '../lib/outbound_calls.mjs';
import { readIdentity } from '../lib/passport.mjs';
import { RawPage } from '../lib/raw_page.mjs';
import { story } from '../lib/story.mjs';

const apiKey = 'the-api-key-of-the-shop-in-tests-0001';
const secret = 'the-shared-secret-of-the-desk-in-tests-0002';

class Permissions {
  #calls = 0;

  constructor(t, gateway) {
    Object.assign(this, { t, gateway });
  }

  post(claims, key = apiKey) {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    return this.gateway.ask('/v1/tokens', { method: 'POST', headers, body: JSON.stringify(claims) });
  }

  /// A token of the gateway's for the shop.
  async ask(claims) {
    const { status, text } = await this.post({ callees: [callee], number: `+${caller}`, ttl: 60, ...claims });
    if (status !== 201) throw new Error(`POST /v1/tokens: ${status} ${text}`);
    return JSON.parse(text).token;
  }

  /// A page that is no browser, with nothing but a permission.
  async page(capability) {
    const page = await RawPage.connect(this.gateway);
    this.t.atEnd(() => page.close());
    page.say({ type: 'hello', version: 1, capability, page: `${this.gateway.url}/shop` });
    return page;
  }

  /// What a call by such a page comes to: the first decisive message.
  async call(capability, to = callee) {
    const page = await this.page(capability);
    await page.hear('welcome');
    return this.#placed(page, { to });
  }

  /// The same by a page whose user is known, with a permission for this call only.
  async callWith(capability, to = callee) {
    const page = await RawPage.login(this.gateway, alice.token);
    this.t.atEnd(() => page.close());
    return this.#placed(page, { to, capability });
  }

  async #placed(page, wishes) {
    const name = `c${++this.#calls}`;
    page.say({ type: 'call', call: name, sdp: browserOffer(), ...wishes });
    return { ...await page.hear(['answer', 'ended', 'error']), page, name };
  }

  async refuses(what, capability, reason, to) {
    const told = await this.callWith(capability, to);
    this.t.equal(told.reason ?? told.type, reason, `${what}: ${told.text ?? ''}`);
  }

  /// Not even let in.
  async keepsOut(what, capability) {
    const page = await this.page(capability);
    const told = await page.hear(['welcome', 'error']);
    this.t.equal(told.code ?? told.type, 'not-authenticated', `${what}: ${told.text}`);
  }

  /// Taken by the gateway, and given up.
  async takes(what, capability) {
    const told = await this.call(capability);
    this.t.equal([told.type, told.text], ['answer', undefined], what);
    return async () => {
      told.page.say({ type: 'hangup', call: told.name });
      await told.page.hear('ended');
    };
  }
}

async function theDoor(t, permissions) {
  t.equal((await permissions.post({ callees: [callee], ttl: 60 }, 'wrong')).status, 401, 'a wrong key');
  t.equal((await permissions.post({ callees: [callee], ttl: 60 }, '')).status, 401, 'no key');
  for (const [what, claims] of [['no callees', { ttl: 60 }], ['a callee that is no text', { callees: [1], ttl: 60 }], ['too long a life', { callees: [callee], ttl: 7200 }],
    ['an unknown member', { callees: [callee], ttl: 60, admin: true }], ['a header that is not X-', { callees: [callee], ttl: 60, headers: { From: 'x' } }]]) {
    const { status, text } = await permissions.post(claims);
    t.equal(status, 400, `${what}: ${text.trim()}`);
  }
  const get = await permissions.gateway.ask('/v1/tokens');
  t.equal(get.status, 405, 'GET /v1/tokens');
}

/// A real call by a page without login: what the telephone hears, what the record tells.
async function aGuestCalls(t, permissions, browser, sipp) {
  const capability = await permissions.ask({ display: 'The shop', headers: { 'X-Order': '4711' }, max_uses: 1 });
  const { jti } = readJws(capability).payload;
  const page = await t.phone(browser, { capability });
  await page.call(callee, { name: 'shop' });
  await page.event('shop', 'answered');
  await page.hangUp('shop');
  const record = await permissions.gateway.record((await page.event('shop', 'ended')).detail.id);
  const [invite] = invitesOf(sipp);
  t.check(invite.header('From').includes(`+${caller}@`), `From: ${invite.header('From')}`);
  t.equal(invite.header('X-Order'), '4711', 'the header that the permission allows');
  t.equal(readIdentity(invite.header('Identity')).payload.attest, 'B', "the application server's word is worth B");
  t.equal([record.identity.source, record.identity.token, record.identity.identity], ['capability', jti, ''],
    'the record has the id of the permission, and no user');
  t.check(!JSON.stringify(record).includes(capability), 'nor the permission itself');
  const again = await page.call(callee, { name: 'again' });
  const end = again.refused ?? (await page.event('again', 'ended')).detail;
  t.equal(end.reason, 'token-used', `the same permission again: ${end.text}`);
}

async function limits(t, permissions) {
  const good = await permissions.ask({});
  await permissions.refuses('another callee', good, 'token-callee', stranger);
  await permissions.refuses('a tampered permission', tampered(good), 'token-invalid');
  await permissions.refuses('no permission at all', 'nonsense', 'token-invalid');
  await permissions.keepsOut('a page with a tampered permission and nothing else', tampered(good));
  await permissions.refuses('a permission for another page', await permissions.ask({ page: 'https://elsewhere.example/*' }), 'token-callee');
  await permissions.refuses("a number that is not the shop's", await permissions.ask({ number: `+${stranger}` }), 'number-not-allowed');

  const pair = await permissions.ask({ max_concurrent: 2 });
  const hangUps = [await permissions.takes('the first of two at once', pair), await permissions.takes('the second', pair)];
  await permissions.refuses('a third at once', pair, 'token-used');
  await hangUps.shift()();
  hangUps.push(await permissions.takes('when one is over, another', pair));
  for (const hangUp of hangUps) await hangUp();
}

async function offline(t, permissions, keyFile) {
  const mint = (...args) => execFileSync(gatewayBinary(), ['token', 'mint', ...args], { encoding: 'utf8' }).trim();
  const secretFile = path.join(t.directory, 'desk.secret');
  fs.writeFileSync(secretFile, secret);
  const common = ['--callee', callee, '--number', `+${caller}`, '--ttl', '60'];
  const signed = mint('--issuer', 'office', '--key', keyFile, ...common);
  await (await permissions.takes('signed offline with a key', signed))();
  const shared = mint('--issuer', 'desk', '--secret', secretFile, ...common);
  await (await permissions.takes('signed offline with a shared secret', shared))();
  const minuteAgo = Math.floor(Date.now() / 1000) - 60;
  const late = mint('--issuer', 'office', '--key', keyFile, '--callee', callee, '--ttl', '20', '--now', String(minuteAgo));
  await permissions.refuses('signed offline a minute ago for 20 seconds', late, 'token-expired');
  await permissions.keepsOut('a page with nothing but that', late);
  const stolen = mint('--issuer', 'shop', '--key', keyFile, ...common);
  await permissions.refuses("signed with another's key", stolen, 'token-invalid');
  const shown = execFileSync(gatewayBinary(), ['token', 'show', signed], { encoding: 'utf8' });
  t.check(shown.includes(callee) && shown.includes('office'), '`causeway token show` tells what it allows');
}

await story('permissions to call', async (t) => {
  const ground = await IdentityGround.prepare(t);
  const sipp = await telephone(t, 1);
  const { privateKey, publicKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keyFile = path.join(t.directory, 'office.key');
  const publicFile = path.join(t.directory, 'office.pem');
  fs.writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  fs.writeFileSync(publicFile, publicKey.export({ type: 'spki', format: 'pem' }));
  const gateway = await t.gateway({
    ...ground.sections(),
    tokens: [
      { name: 'shop', api_key: apiKey, longest_life: '1h' },
      { name: 'office', public_key: publicFile },
      { name: 'desk', secret },
    ],
    numbers: ['shop', 'office', 'desk'].map((name) => ({ session_account: `token:${name}`, numbers: [`+${caller}`], max_attest: 'A' })),
    users: [alice],
    trunks: [{ name: 'carrier', address: `127.0.0.1:${sipp.port}`, trust: 'trusted', out: { stir: 'shaken' } }],
    routes: [{ to: callee, target: 'trunk carrier' }, { to: stranger, target: 'trunk carrier' }],
  });
  const permissions = new Permissions(t, gateway);
  await theDoor(t, permissions);
  await aGuestCalls(t, permissions, await t.browser('chromium'), sipp);
  await offline(t, permissions, keyFile);
  await limits(t, permissions);
  t.equal(invitesOf(sipp).length, 1, 'no telephone heard of the others');
  await gateway.quiet();
  await gateway.stop();
});
