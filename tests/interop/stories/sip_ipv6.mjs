// A telephone that has IPv6 only: signalling and sound by ::1, called and calling.

import { alice } from '../lib/gateway.mjs';
import { expectTone } from '../lib/expect_sound.mjs';
import { freePort } from '../lib/free_port.mjs';
import { RtpPhone } from '../lib/rtp_phone.mjs';
import { Sipp } from '../lib/sipp.mjs';
import { sleep, story } from '../lib/story.mjs';

const kTalkSeconds = 4;
const address = '::1';

async function sound(t) {
  const phone = await new RtpPhone({ frequency: 1004, level: -15, address }).open();
  t.atEnd(() => phone.close());
  return phone;
}

async function talk(t, page, name, phone) {
  await page.event(name, 'answered');
  await page.forget(name);
  await sleep(1000 * (kTalkSeconds + 2));
  await page.hangUp(name);
  await page.event(name, 'ended');
  expectTone(t, 'the page', await page.heard(name), { frequency: 1004, level: -15, seconds: kTalkSeconds });
  expectTone(t, 'the telephone', { rate: phone.rate, samples: phone.heard() }, { frequency: 700, level: -20, seconds: kTalkSeconds });
}

await story('calls by IPv6 only', async (t) => {
  const port = await freePort();
  const called = await sound(t);
  const telephone = await Sipp.start('uas_answer', { directory: t.directory, address, words: { ring_ms: 100, sdp: called.sdp() } });
  t.atEnd(() => telephone.stop());
  const gateway = await t.gateway({
    sip: { listen_udp: [`[::1]:${port}`], listen_tcp: [] },
    media: { address },
    demo: { enabled: false },
    trunks: [{ name: 'six', address: `[::1]:${telephone.port}` }],
    routes: [{ to: '301', target: 'trunk six' }],
  });
  const page = await t.phone(await t.browser('chromium'), alice.token);

  await page.call('301', { name: 'out' });
  const invite = await telephone.waitForMessage('INVITE');
  t.check(/^c=IN IP6 ::1\r?$/m.test(invite.text), 'the offer names an IPv6 address');
  t.check(/\[::1\]/.test(invite.header('Contact')) && /\[::1\]/.test(invite.header('Via')), 'so do Contact and Via');
  called.speakTo(invite.audioPort);
  await talk(t, page, 'out', called);
  await telephone.succeeded();

  const calling = await sound(t);
  const caller = await Sipp.start('uac_wait_bye', {
    directory: t.directory, target: `[::1]:${port}`, address, user: '100',
    words: { from: '"Six" <sip:200@six.test>', sdp: calling.sdp() },
  });
  t.atEnd(() => caller.stop());
  await page.incoming('in');
  await page.accept('in');
  calling.speakTo((await caller.waitForMessage('SIP/2.0 200')).audioPort);
  await talk(t, page, 'in', calling);
  await caller.succeeded();
  await gateway.quiet();
  await gateway.stop();
});
