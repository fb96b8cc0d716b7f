// Kamailio with secsipid as the operator next door: it verifies what the gateway signed and passes it on, refuses what
// it cannot believe, and signs calls that the gateway verifies.

import { alice } from '../lib/gateway.mjs';
import { callee, caller, IdentityGround } from '../lib/identity_ground.mjs';
import { Kamailio } from '../lib/kamailio.mjs';
import { invitesOf, telephone } from '../lib/outbound_calls.mjs';
import { Pki } from '../lib/pki.mjs';
import { RtpPhone } from '../lib/rtp_phone.mjs';
import { Sipp } from '../lib/sipp.mjs';
import { story } from '../lib/story.mjs';

const agent = '12025550111';

async function outbound(t, ground, gateway, page, called) {
  const { provider } = ground;
  const added = { url: provider.url, domain: provider.host, user: 'alice', protocol: 'oidc' };
  await page.call(callee, { name: 'verified', added });
  await page.event('verified', 'answered');
  await page.hangUp('verified');
  const [invite] = invitesOf(called);
  t.equal(invite.header('X-Verified-By'), 'kamailio', 'Kamailio believes what the gateway signed');
  await called.succeeded();

  await page.call(`8${callee}`, { name: 'unbelieved', added });
  const { detail } = await page.event('unbelieved', 'ended');
  t.equal([detail.by, detail.sipStatus], ['sip', 438], `a certificate that leads to no root of Kamailio's: ${detail.text}`);
  await page.call(`7${callee}`, { name: 'unsigned', added });
  const unsigned = (await page.event('unsigned', 'ended')).detail;
  t.equal([unsigned.by, unsigned.sipStatus], ['sip', 428], `a trunk without signatures: ${unsigned.text}`);
}

async function inbound(t, gateway, page, ports) {
  const sound = await new RtpPhone({ frequency: 0 }).open();
  t.atEnd(() => sound.close());
  const sipp = await Sipp.start('uac_wait_bye', {
    directory: t.directory, target: `127.0.0.1:${ports.telephoneSide}`, user: agent,
    words: { from: `"Berta" <sip:${caller}@127.0.0.1>`, sdp: sound.sdp() },
  });
  t.atEnd(() => sipp.stop());
  const { caller: who } = await page.incoming('signed');
  t.equal([who.number, who.verstat, who.attest, who.method, who.signer],
    [caller, 'TN-Validation-Passed', 'A', 'stir', 'SHAKEN Kamailio'], 'the gateway believes what Kamailio signed');
  await page.accept('signed');
  await page.event('signed', 'answered');
  await page.hangUp('signed');
  await sipp.succeeded();
}

await story('Kamailio verifies and signs', async (t) => {
  const ground = await IdentityGround.prepare(t);
  const { pki, provider, certificates } = ground;
  const called = await telephone(t, 1);
  const ports = await Kamailio.ports();
  const strangers = new Pki(t.directoryFor('strangers')).shaken();
  const files = strangers.write(t.directory, 'strangers');
  const x5u = certificates.serve('strangers.pem', strangers.chain);
  const address = `127.0.0.1:${ports.trunk}`;
  const { stir, fetch } = ground.sections();
  const gateway = await t.gateway({
    stir, fetch,
    identity_providers: [provider.row('oidc')],
    numbers: [{ identity: `alice@${provider.host}`, numbers: [`+${caller}`] }],
    users: [{ ...alice, numbers: [agent] }],
    trunks: [
      { name: 'kamailio', address, trust: 'trusted', in: { pai: 'accept', stir: 'require', on_fail: 'reject' }, out: { stir: 'shaken' } },
      { name: 'unbelieved', address, out: { stir: 'shaken', certificate: files.certificate, private_key: files.key, x5u } },
      { name: 'unsigned', address, out: { stir: 'none' } },
    ],
    routes: [
      { to: callee, target: 'trunk kamailio' },
      { to: `8${callee}`, target: 'trunk unbelieved', rewrite_to: callee },
      { to: `7${callee}`, target: 'trunk unsigned', rewrite_to: callee },
    ],
  });
  const credential = pki.shaken({ name: 'SHAKEN Kamailio' });
  const kamailio = await Kamailio.start({
    pki, ports, telephone: called.port, gateway: gateway.sipPort, credential, x5u: certificates.serve('kamailio.pem', credential.chain),
  });
  t.atEnd(() => kamailio.stop());
  const page = await t.phone(await t.browser('chromium', { authority: pki.webFile }), alice.token);
  await outbound(t, ground, gateway, page, called);
  await inbound(t, gateway, page, ports);
  await gateway.quiet();
  await gateway.stop();
});
