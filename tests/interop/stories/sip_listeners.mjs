// Several addresses of the SIP door: a call out and a call in by each, each shows itself (or what it is called outside),
// and a trunk's calls leave by the one that it names.

import { alice } from '../lib/gateway.mjs';
import { expectTone } from '../lib/expect_sound.mjs';
import { freePort } from '../lib/free_port.mjs';
import { RtpPhone } from '../lib/rtp_phone.mjs';
import { Sipp } from '../lib/sipp.mjs';
import { sleep, story } from '../lib/story.mjs';

const kTalkSeconds = 1.5;

await story('several listening addresses', async (t) => {
  const port = await freePort();
  const ports = { first: port, outside: port, tcp: port, another: await freePort(), six: port };
  const listeners = {
    first: { own: `127.0.0.1:${port}`, shown: `127.0.0.1:${port}`, address: '127.0.0.1' },
    outside: { own: `127.0.0.2:${port}`, shown: `203.0.113.2:${port}`, address: '127.0.0.12' },
    tcp: { own: `127.0.0.3:${port}`, shown: `203.0.113.3:${port}`, address: '127.0.0.13', transport: 't1' },
    another: { own: `127.0.0.2:${ports.another}`, shown: `203.0.113.2:${ports.another}`, address: '127.0.0.14' },
    six: { own: `[::1]:${port}`, shown: `[::1]:${port}`, address: '::1' },
  };
  const names = Object.keys(listeners);
  const sound = async () => {
    const phone = await new RtpPhone({ frequency: 1004, level: -15 }).open();
    t.atEnd(() => phone.close());
    return phone;
  };
  for (const name of names) {
    const { address, transport } = listeners[name];
    const phone = await sound();
    const sipp = await Sipp.start('uas_answer', { directory: t.directory, address, transport, words: { ring_ms: 50, sdp: phone.sdp() } });
    t.atEnd(() => sipp.stop());
    Object.assign(listeners[name], { phone, sipp });
  }
  const place = ({ address }, at) => (address.includes(':') ? `[${address}]:${at}` : `${address}:${at}`);
  const udp = names.filter((name) => name !== 'tcp').map((name) => listeners[name].own);
  const gateway = await t.gateway({
    sip: { listen_udp: udp, listen_tcp: [listeners.tcp.own], external_addresses: ['127.0.0.2=203.0.113.2', '127.0.0.3=203.0.113.3'] },
    demo: { enabled: false },
    trunks: names.map((name) => ({
      name, address: place(listeners[name], listeners[name].sipp.port), transport: name === 'tcp' ? 'tcp' : 'udp',
      ...(name === 'six' ? {} : { listen: listeners[name].own }),
    })),
    routes: [
      ...names.map((name, index) => ({ to: `30${index}`, target: `trunk ${name}` })),
      ...names.map((name) => ({ trunk_in: name, target: 'user alice' })),
    ],
  });
  const page = await t.phone(await t.browser('chromium'), alice.token);
  const talk = async (name, call, phone) => {
    await page.event(call, 'answered');
    await page.forget(call);
    await sleep(1000 * (kTalkSeconds + 1));
    await page.hangUp(call);
    await page.event(call, 'ended');
    expectTone(t, `the page, by ${name}`, await page.heard(call), { frequency: 1004, level: -15, seconds: kTalkSeconds });
  };

  for (const [index, name] of names.entries()) {
    const { own, shown, phone, sipp } = listeners[name];
    await page.call(`30${index}`, { name: `out ${name}` });
    const invite = await sipp.waitForMessage('INVITE');
    t.check(invite.header('Via').includes(shown), `${own} shows itself in Via: ${invite.header('Via')}`);
    t.check(invite.header('Contact').includes(shown), `and in Contact: ${invite.header('Contact')}`);
    phone.speakTo(invite.audioPort);
    await talk(name, `out ${name}`, phone);
    await sipp.succeeded();
  }

  for (const name of names) {
    const { own, shown, address, transport } = listeners[name];
    const phone = await sound();
    const caller = await Sipp.start('uac_wait_bye', {
      directory: t.directory, target: own, address, transport, user: '100', words: { from: '"Peer" <sip:200@peer.test>', sdp: phone.sdp() },
    });
    t.atEnd(() => caller.stop());
    await page.incoming(`in ${name}`);
    await page.accept(`in ${name}`);
    const answer = await caller.waitForMessage('SIP/2.0 200');
    t.check(answer.header('Contact').includes(shown), `who calls ${own} is told ${answer.header('Contact')}`);
    phone.speakTo(answer.audioPort);
    await talk(name, `in ${name}`, phone);
    const bye = await caller.waitForMessage('BYE');
    t.check(bye.header('Via').includes(shown), `and hears the end from ${bye.header('Via')}`);
    await caller.succeeded();
  }
  await gateway.quiet();
  await gateway.stop();
});
