// SIP over TLS with certificates on both sides: a page and baresip call each other, the gateway's certificate is
// changed in mid-call and the call goes on, strangers without a certificate get no connection, and a telephone that
// is gone is told as such.

import fs from 'node:fs';
import tls from 'node:tls';
import { alice } from '../lib/gateway.mjs';
import { Baresip, baresipTone } from '../lib/baresip.mjs';
import { expectTone } from '../lib/expect_sound.mjs';
import { freePort } from '../lib/free_port.mjs';
import { Pki } from '../lib/pki.mjs';
import { sleep, story } from '../lib/story.mjs';

const kTalkSeconds = 6;
const kTelephone = 'telephone.test';

/// The serial number of the certificate that the gateway shows to whom `credential` is, or the fault.
function shown(port, pki, credential) {
  return new Promise((resolve) => {
    const own = credential ? { cert: credential.chain, key: credential.key } : {};
    const socket = tls.connect({ host: '127.0.0.1', port, ca: pki.web.certificate, ...own });
    let serial;
    socket.once('secureConnect', () => {
      serial = socket.getPeerCertificate().serialNumber.toLowerCase();
      // With TLS 1.3 the server's verdict about us comes after the handshake: an answer shows that it was good.
      socket.write('\r\n\r\n');
    });
    socket.once('data', () => socket.end() && resolve(serial));
    socket.once('error', (fault) => resolve(fault.message));
    socket.once('close', () => resolve('closed'));
  });
}

const serialOf = (credential) => credential.serial.toString(16);

async function thePageCalls(t, { gateway, page, telephone, renew }) {
  const { id } = await page.call('301', { name: 'out' });
  await page.event('out', 'answered');
  await telephone.event('CALL_ESTABLISHED');
  await page.forget('out');
  await sleep(1000 * (kTalkSeconds / 2));
  await renew();
  await sleep(1000 * (kTalkSeconds / 2 + 2.5));
  await page.hangUp('out');
  await telephone.event('CALL_CLOSED');
  await page.event('out', 'ended');
  expectTone(t, 'the page', await page.heard('out'), { ...baresipTone, seconds: kTalkSeconds });
  expectTone(t, 'the telephone', telephone.heard(), { frequency: 700, level: -20, seconds: kTalkSeconds });
  const { trunk, end } = await gateway.record(id);
  t.equal([trunk, end.code, end.by], ['telephone', 'hangup', 'browser'], 'its record');
}

async function theTelephoneCalls(t, { gateway, page, telephone, port }) {
  await telephone.dial(`sip:100@127.0.0.1:${port};transport=tls`);
  const { id } = await page.incoming('in');
  await page.accept('in');
  await page.event('in', 'answered');
  await telephone.event('CALL_ESTABLISHED');
  await page.forget('in');
  await sleep(3500);
  await telephone.hangUp();
  await page.event('in', 'ended');
  expectTone(t, 'the page that was called', await page.heard('in'), { ...baresipTone, seconds: 2 });
  const record = await gateway.record(id);
  t.equal([record.trunk, record.end.code, record.end.by], ['telephone', 'hangup', 'sip'],
    'it is known by its certificate, since its address is not');
}

await story('SIP over TLS', async (t) => {
  const pki = new Pki(t.directory);
  const own = pki.web.issue('gateway.test', { dns: ['gateway.test', '127.0.0.1'] });
  const next = pki.web.issue('gateway.test', { dns: ['gateway.test', '127.0.0.1'] });
  const theirs = pki.web.issue(kTelephone, { dns: [kTelephone, '127.0.0.1'] });
  const files = own.write(t.directory, 'gateway');
  const both = `${t.directory}/telephone-and-key.pem`;
  fs.writeFileSync(both, theirs.chain + theirs.key);
  const telephone = await Baresip.start({
    directory: t.directory, number: '301', transport: 'tls', certificate: both, authority: pki.webFile,
  });
  t.atEnd(() => telephone.stop());
  const port = await freePort();
  const gateway = await t.gateway((it) => ({
    sip: {
      listen_udp: [`127.0.0.1:${it.sipPort}`], listen_tcp: [], listen_tls: [`127.0.0.1:${port}`],
      tls: { certificate: files.certificate, private_key: files.key, client_ca: pki.webFile, client_certificates: 'required' },
    },
    trunks: [{
      name: 'telephone', address: `127.0.0.1:${telephone.tlsPort}`, transport: 'tls', sources: ['192.0.2.1'],
      tls: { ca: pki.webFile, client_names: [kTelephone] },
    }],
    routes: [{ to: '301', target: 'trunk telephone' }],
  }));
  await gateway.child.waitFor(/TLS to trunk telephone is up/);
  const page = await t.phone(await t.browser('chromium'), alice.token);
  const renew = async () => {
    t.equal(await shown(port, pki, theirs), serialOf(own), 'a client is shown the certificate');
    next.write(t.directory, 'gateway');
    gateway.child.kill('SIGHUP');
    await gateway.child.waitFor(/new TLS connections get the certificate/);
    t.equal(await shown(port, pki, theirs), serialOf(next), 'after SIGHUP the new one, while the call goes on');
  };
  await thePageCalls(t, { gateway, page, telephone, renew });
  await theTelephoneCalls(t, { gateway, page, telephone, port });

  t.check(/certificate|closed|reset|alert/i.test(await shown(port, pki, null)), 'a stranger without certificate gets no connection');
  t.check((await gateway.metrics()).edge_failed_handshakes_total >= 1, 'it is counted');

  await telephone.stop();
  await gateway.child.waitFor(/no TLS to trunk telephone/);
  await page.call('301', { name: 'gone' });
  const { detail: gone } = await page.event('gone', 'ended');
  t.equal([gone.reason, gone.by], ['trunk-unreachable', 'sip'], 'a telephone that is gone');
  t.check(/There is no connection/.test(gone.text), `and why: ${gone.text}`);
  await gateway.quiet();
  await gateway.stop();
});
