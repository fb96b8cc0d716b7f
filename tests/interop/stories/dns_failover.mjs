// A trunk that is a name: NAPTR and SRV records lead to its servers, the second takes calls when the first is silent, a
// changed zone is followed within its time to live, its servers may call in, a name without address has a reason.

import { Dnsmasq } from '../lib/dnsmasq.mjs';
import { alice } from '../lib/gateway.mjs';
import { place, withoutBrowser } from '../lib/plain_calls.mjs';
import { RawPage } from '../lib/raw_page.mjs';
import { RtpPhone } from '../lib/rtp_phone.mjs';
import { Sipp } from '../lib/sipp.mjs';
import { sleep, story } from '../lib/story.mjs';

await story('DNS of trunks', async (t) => {
  const sound = await new RtpPhone({ frequency: 0 }).open();
  t.atEnd(() => sound.close());
  const words = { sdp: sound.sdp(), ring_ms: 30, health: '200 OK' };
  const trunk = async () => {
    const sipp = await Sipp.start('uas_trunk', { directory: t.directory, calls: 100000, words });
    t.atEnd(() => sipp.stop());
    return sipp;
  };
  const [a, b, c] = [await trunk(), await trunk(), await trunk()];
  const hosts = { 'a.carrier.test': '127.0.0.1', 'b.carrier.test': '127.0.0.1', 'c.carrier.test': '127.0.0.1' };
  const row = (target, port, priority) => ({ service: '_sip._udp.main.carrier.test', target, port, priority });
  const naptr = ['carrier.test,10,10,S,SIP+D2U,,_sip._udp.main.carrier.test'];
  let dns = await Dnsmasq.start({ hosts, naptr, srv: [row('a.carrier.test', a.port, 1), row('b.carrier.test', b.port, 2)] });
  t.atEnd(() => dns.stop());

  const gateway = await t.gateway((own) => ({
    ...withoutBrowser,
    sip: { listen_udp: [`127.0.0.1:${own.sipPort}`], listen_tcp: [`127.0.0.1:${own.sipPort}`], nameserver: dns.address },
    trunks: [{ name: 'carrier', address: 'carrier.test', answer_within: '1s' }, { name: 'gone', address: 'gone.test' }],
    routes: [{ to: '8*', target: 'trunk carrier' }, { to: '9*', target: 'trunk gone' }, { trunk_in: 'carrier', target: 'user alice' }],
  }));
  await gateway.child.waitFor(/the name carrier.test leads to/);
  const page = await RawPage.login(gateway, alice.token);
  const call = async (to) => {
    const placed = await place(page, to);
    if (placed.refused) return placed.refused;
    await placed.hear('answered');
    placed.hangUp();
    await placed.hear('ended');
    return (await gateway.record(placed.id)).attempts.map(({ server, outcome }) => [server, outcome]);
  };
  const at = (sipp) => `udp:127.0.0.1:${sipp.port}`;

  t.equal(await call('81'), [[at(a), 'answered']], 'the server of the first priority has the call');
  const invite = await a.waitForMessage('INVITE');
  t.check(invite.startLine.startsWith('INVITE sip:81@carrier.test '), `the name stays in ${invite.startLine}`);
  await a.waitForMessage('BYE');
  t.say('ok    and the BYE');

  a.stop();
  const attempts = await call('82');
  t.equal(attempts.at(-1), [at(b), 'answered'], 'with that one gone the second has it');
  t.equal((await call('83')).at(-1), [at(b), 'answered'], 'and the next call too');

  await dns.stop();
  t.equal((await call('84')).at(-1), [at(b), 'answered'], 'a name server that fails takes nobody away');
  dns = await Dnsmasq.start({ port: dns.port, hosts, naptr, srv: [row('c.carrier.test', c.port, 1)] });
  const changed = Date.now();
  for (;;) {
    const [[server]] = await call('85');
    if (server === at(c)) break;
    if (Date.now() - changed > 12000) throw new Error('the change of the zone was not followed');
    await sleep(200);
  }
  t.check(true, `a changed zone is followed after ${Date.now() - changed} ms`);

  const nowhere = await call('91');
  t.equal([nowhere.reason, nowhere.by], ['trunk-unreachable', 'sip'], 'a name that leads nowhere');
  t.check(nowhere.text.includes('gone.test has no address'), nowhere.text);
  t.check((await gateway.ask('/readyz')).text.includes('trunk gone is down'), '/readyz names that trunk');

  const caller = await Sipp.start('uac_cancel', { directory: t.directory, target: gateway.sipTarget, user: '100',
    words: { from: '<sip:+4930999@carrier.test>', sdp: sound.sdp(), ring_ms: 300 } });
  t.atEnd(() => caller.stop());
  t.equal((await page.hear('incoming')).from, '+4930999', 'a call from where the name leads is the trunk\'s');
  await gateway.quiet(30000);
  await gateway.stop();
});
