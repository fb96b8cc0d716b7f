// The peers of the identity stories, without a gateway: each is held against another that is not ours, so that a
// fault of a peer is not taken for one of the gateway.

import { CertificateServer } from '../lib/certificate_server.mjs';
import { IdentityProvider } from '../lib/identity_provider.mjs';
import { verifyJws } from '../lib/jws.mjs';
import { Kamailio } from '../lib/kamailio.mjs';
import { identityHeader, readIdentity } from '../lib/passport.mjs';
import { Pki } from '../lib/pki.mjs';
import { RtpPhone } from '../lib/rtp_phone.mjs';
import { Secsipidx } from '../lib/secsipidx.mjs';
import { Sipp } from '../lib/sipp.mjs';
import { story } from '../lib/story.mjs';

const caller = '12155551212';
const callee = '12025550100';

/// What `attempt` rejects with, in words.
async function complaint(attempt) {
  return attempt.then(() => '', (error) => error.message.replace(/\s+/g, ' '));
}

async function passports(t, pki, certificates) {
  const tool = new Secsipidx(pki);
  const credential = pki.shaken();
  const call = { credential, x5u: certificates.serve('good.pem', credential.chain), from: caller, to: callee };
  const theirs = readIdentity(await tool.sign(call));
  const { payload } = verifyJws(theirs.token, credential.keys.publicKey);
  t.equal([payload.orig.tn, payload.dest.tn, payload.attest], [caller, [callee], 'A'], 'what secsipidx signs verifies here');

  await tool.check(identityHeader(call));
  t.say('ok    secsipidx accepts what is signed here, by the certificate of its x5u');
  const late = pki.expiredShaken();
  const stranger = new Pki(t.directoryFor('stranger')).shaken();
  const wrong = {
    'ECDSA verification failed': { tamper: true },
    'expired token': { iat: 1700000000 },
    'certificate has expired': { credential: late, x5u: certificates.serve('late.pem', late.chain) },
    'unknown authority': { credential: stranger, x5u: certificates.serve('stranger.pem', stranger.chain) },
  };
  for (const [words, change] of Object.entries(wrong)) {
    const said = await complaint(tool.check(identityHeader({ ...call, ...change })));
    t.check(said.includes(words), `secsipidx refuses: ${words}`);
  }
}

async function kamailio(t, pki, certificates) {
  const credential = pki.shaken();
  const x5u = certificates.serve('kamailio.pem', credential.chain);
  const sound = await new RtpPhone({ frequency: 0 }).open();
  t.atEnd(() => sound.close());
  const words = { sdp: sound.sdp(), ring_ms: 10 };
  const telephone = async () => {
    const sipp = await Sipp.start('uas_answer_bye', { directory: t.directory, words: { ...words, talk_ms: 50 }, calls: 1 });
    t.atEnd(() => sipp.stop());
    return sipp;
  };
  const [called, gateway] = [await telephone(), await telephone()];
  const ports = await Kamailio.ports();
  const peer = await Kamailio.start({ pki, ports, telephone: called.port, gateway: gateway.port, credential, x5u });
  t.atEnd(() => peer.stop());
  const from = `<sip:${caller}@127.0.0.1>`;
  const call = async (scenario, port, more) => {
    const sipp = await Sipp.start(scenario, { directory: t.directory, target: `127.0.0.1:${port}`, user: callee, ...more });
    t.atEnd(() => sipp.stop());
    return sipp.succeeded();
  };

  const good = { credential, x5u, from: caller, to: callee };
  const refused = { tampered: [{ tamper: true }, 438], old: [{ iat: 1700000000 }, 438] };
  for (const [what, [change, status]] of Object.entries(refused)) {
    await call('uac_refused', ports.trunk, { words: { ...words, from, status }, headers: [`Identity: ${identityHeader({ ...good, ...change })}`] });
    t.say(`ok    Kamailio refuses what is ${what} with ${status}`);
  }
  await call('uac_refused', ports.trunk, { words: { ...words, from, status: 428 } });
  t.say('ok    Kamailio refuses what is not signed with 428');
  await call('uac_wait_bye', ports.trunk, { words: { ...words, from }, headers: [`Identity: ${identityHeader(good)}`] });
  const verified = (await called.waitForMessage('INVITE')).header('X-Verified-By');
  t.equal(verified, 'kamailio', 'Kamailio verified what is signed here');
  await call('uac_wait_bye', ports.telephoneSide, { words: { ...words, from } });
  const identity = readIdentity((await gateway.waitForMessage('INVITE')).header('Identity'));
  const { payload } = verifyJws(identity.token, credential.keys.publicKey);
  t.equal([payload.orig.tn, payload.dest.tn, identity.parameters.info], [caller, [callee], x5u], 'what Kamailio signs verifies here');
}

/// In Firefox: one RTCPeerConnection asserts, another believes it.
async function assertsByFirefox(t, browser, provider) {
  const page = await browser.open((await t.site()).url);
  for (const protocol of ['es256', 'oracle']) {
    const { line, peer, fingerprint } = await page.evaluate(async (domain, name) => {
      const [one, other] = [new RTCPeerConnection(), new RTCPeerConnection()];
      one.addTransceiver('audio');
      one.setIdentityProvider(domain, { protocol: name, usernameHint: 'alice' });
      await one.setLocalDescription();
      const { sdp } = one.localDescription;
      await other.setRemoteDescription({ type: 'offer', sdp });
      const assured = await other.peerIdentity;
      const found = (pattern) => sdp.match(pattern)[1];
      return { line: found(/a=identity:(\S+)/), fingerprint: found(/a=fingerprint:sha-256 (\S+)/), peer: assured.name };
    }, provider.domain, protocol);
    t.equal(peer, `alice@${provider.host}`, `Firefox believes its own assertion by ${protocol}`);
    const { idp, assertion } = JSON.parse(Buffer.from(line, 'base64'));
    t.equal(idp, { domain: provider.domain, protocol }, 'the provider that it names');
    if (protocol === 'oracle') continue;
    const { payload } = provider.read(assertion);
    t.check(payload.contents.includes(fingerprint), 'the assertion covers the fingerprint of the SDP');
  }
}

/// In both browsers: a page gets an id_token from a provider whose authority the browser trusts.
async function logsIn(t, browser, provider) {
  const page = await browser.open((await t.site()).url);
  const answer = await page.evaluate(async (url) => {
    const discovery = await (await fetch(`${url}/.well-known/openid-configuration`)).json();
    return (await fetch(`${discovery.token_endpoint}?user=alice&nonce=something`)).json();
  }, provider.url);
  const { payload } = verifyJws(answer.id_token, provider.key.publicKey);
  t.equal([payload.email, payload.nonce], [`alice@${provider.host}`, 'something'], `an id_token for ${browser.kind}`);
}

await story('the peers of the identity stories agree with others', async (t) => {
  const pki = new Pki(t.directory);
  const certificates = await CertificateServer.start(pki);
  t.atEnd(() => certificates.close());
  const provider = await IdentityProvider.start(pki);
  t.atEnd(() => provider.close());
  await passports(t, pki, certificates);
  await kamailio(t, pki, certificates);
  const firefox = await t.browser('firefox', { authority: pki.webFile });
  await assertsByFirefox(t, firefox, provider);
  await logsIn(t, firefox, provider);
  await logsIn(t, await t.browser('chromium', { authority: pki.webFile }), provider);
});
