// A trunk whose transport is left to DNS: NAPTR records have TLS first, then TCP, then UDP. Calls go by the first that
// works, and by the next ones when it is gone.

import net from 'node:net';
import tls from 'node:tls';
import { Dnsmasq } from '../lib/dnsmasq.mjs';
import { alice } from '../lib/gateway.mjs';
import { Pki } from '../lib/pki.mjs';
import { place, withoutBrowser } from '../lib/plain_calls.mjs';
import { RawPage } from '../lib/raw_page.mjs';
import { RtpPhone } from '../lib/rtp_phone.mjs';
import { Sipp } from '../lib/sipp.mjs';
import { story } from '../lib/story.mjs';

/// TLS in front of a SIPp that speaks TCP.
async function tlsFront(credential, inner) {
  const server = tls.createServer({ cert: credential.chain, key: credential.key }, (outer) => {
    const socket = net.connect(inner, '127.0.0.1');
    for (const end of [outer, socket]) end.on('error', () => [outer, socket].forEach((each) => each.destroy()));
    outer.pipe(socket).pipe(outer);
  });
  const open = new Set();
  server.on('connection', (socket) => open.add(socket));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: server.address().port, stop: () => [server.close(), ...[...open].map((socket) => socket.destroy())] };
}

await story('DNS chooses the transport', async (t) => {
  const sound = await new RtpPhone({ frequency: 0 }).open();
  t.atEnd(() => sound.close());
  const trunk = async (transport) => {
    const sipp = await Sipp.start('uas_trunk', { directory: t.directory, calls: 100000, transport, words: { sdp: sound.sdp(), ring_ms: 30, health: '200 OK' } });
    t.atEnd(() => sipp.stop());
    return sipp;
  };
  const [behindTls, byTcp, byUdp] = [await trunk('t1'), await trunk('t1'), await trunk('u1')];
  const pki = new Pki(t.directory);
  const front = await tlsFront(pki.web.issue('carrier.test', { dns: ['carrier.test'] }), behindTls.port);
  t.atEnd(() => front.stop());

  const srv = (service, port) => ({ service: `${service}.carrier.test`, target: 'a.carrier.test', port, priority: 1 });
  const dns = await Dnsmasq.start({
    hosts: { 'a.carrier.test': '127.0.0.1' },
    naptr: ['carrier.test,30,10,S,SIP+D2U,,_sip._udp.carrier.test', 'carrier.test,10,10,S,SIPS+D2T,,_sips._tcp.carrier.test',
      'carrier.test,20,10,S,SIP+D2T,,_sip._tcp.carrier.test'],
    srv: [srv('_sips._tcp', front.port), srv('_sip._tcp', byTcp.port), srv('_sip._udp', byUdp.port)],
  });
  t.atEnd(() => dns.stop());

  const gateway = await t.gateway((own) => ({
    ...withoutBrowser,
    sip: { listen_udp: [`127.0.0.1:${own.sipPort}`], listen_tcp: [`127.0.0.1:${own.sipPort}`], nameserver: dns.address },
    trunks: [{ name: 'carrier', address: 'carrier.test', answer_within: '1s', tls: { ca: pki.webFile } }],
    routes: [{ to: '8*', target: 'trunk carrier' }],
  }));
  await gateway.child.waitFor(/TLS to trunk carrier is up/);
  const page = await RawPage.login(gateway, alice.token);
  const call = async (to) => {
    const placed = await place(page, to);
    await placed.hear('answered');
    placed.hangUp();
    await placed.hear('ended');
    return (await gateway.record(placed.id)).attempts.map(({ server, outcome }) => [server, outcome]);
  };

  t.equal(await call('81'), [[`tls:127.0.0.1:${front.port}`, 'answered']], 'the records say TLS before all');
  const invite = await behindTls.waitForMessage('INVITE');
  t.check(invite.header('Via').startsWith('SIP/2.0/TLS '), `and so does the Via: ${invite.header('Via')}`);
  t.check(invite.startLine.startsWith('INVITE sip:81@carrier.test '), `to the name: ${invite.startLine}`);

  front.stop();
  await gateway.child.waitFor(/no TLS to trunk carrier/);
  t.equal((await call('82')).at(-1), [`tcp:127.0.0.1:${byTcp.port}`, 'answered'], 'without TLS it is TCP');
  byTcp.stop();
  t.equal((await call('83')).at(-1), [`udp:127.0.0.1:${byUdp.port}`, 'answered'], 'without both it is UDP');
  await gateway.quiet(30000);
  await gateway.stop();
});
