// Chromium calls linphone, once in clear and once with SRTP by keys in the SDP: linphone insists on RTP/SAVP then.
// Each end hears the other's tone.

import { alice } from '../lib/gateway.mjs';
import { expectTone } from '../lib/expect_sound.mjs';
import { Linphone, linphoneTone } from '../lib/linphone.mjs';
import { sleep, story } from '../lib/story.mjs';

const talkSeconds = 4;
const calls = [
  { number: '321', srtp: 'off', encryption: 'none', profile: /^$/, voice: 600 },
  { number: '322', srtp: 'required', encryption: 'srtp', profile: /^SRTP_A/, voice: 700 },
];

await story('linphone is called', async (t) => {
  const phones = [];
  for (const { number, encryption } of calls) {
    const phone = await Linphone.start({ directory: t.directory, name: `linphone-${number}`, encryption });
    t.atEnd(() => phone.stop());
    phones.push(phone);
  }
  const gateway = await t.gateway({
    trunks: calls.map(({ number, srtp }, i) => ({
      name: `to-${number}`, address: `127.0.0.1:${phones[i].port}`, codecs: ['pcma'], srtp,
    })),
    routes: calls.map(({ number }) => ({ to: number, target: `trunk to-${number}` })),
  });
  const page = await t.phone(await t.browser('chromium'), alice.token);
  for (const [i, { number, voice, profile }] of calls.entries()) {
    await page.call(number, { frequency: voice, level: -20 });
    await page.event(number, 'answered');
    await sleep(500);
    await page.forget(number);
    await sleep(1000 * (talkSeconds + 2.5));
    await page.hangUp(number);
    const { detail } = await page.event(number, 'ended');
    await sleep(500);
    expectTone(t, `the page on ${number}`, await page.heard(number), { ...linphoneTone, seconds: talkSeconds });
    expectTone(t, `linphone ${number}`, phones[i].heard(), { frequency: voice, level: -20, seconds: talkSeconds });
    const record = await gateway.record(detail.id);
    t.check(profile.test(record.sip_srtp), `encryption towards SIP: '${record.sip_srtp}'`);
  }
  await gateway.quiet();
  await gateway.stop();
});
