// A telephone wants to go over to fax in the middle of a call: 488 with a Warning, and the sound goes on.

import { alice } from '../lib/gateway.mjs';
import { expectTone } from '../lib/expect_sound.mjs';
import { RtpPhone } from '../lib/rtp_phone.mjs';
import { Sipp } from '../lib/sipp.mjs';
import { sleep, story } from '../lib/story.mjs';

const talkSeconds = 4;

await story('fax is refused', async (t) => {
  const sound = await new RtpPhone({ frequency: 1004, level: -15 }).open();
  t.atEnd(() => sound.close());
  const sipp = await Sipp.start('uas_t38', { directory: t.directory, words: { sdp: sound.sdp() } });
  t.atEnd(() => sipp.stop());
  const gateway = await t.gateway({
    trunks: [{ name: 'fax', address: `127.0.0.1:${sipp.port}` }], routes: [{ to: '203', target: 'trunk fax' }],
  });
  const page = await t.phone(await t.browser('chromium'), alice.token);
  await page.call('203', { name: 'call', frequency: 700, level: -20 });
  sound.speakTo((await sipp.waitForMessage('INVITE')).audioPort);
  await page.event('call', 'answered');
  await page.forget('call');
  const refusal = await sipp.waitForMessage('SIP/2.0 488');
  t.check(/^3\d\d /.test(refusal.header('Warning') ?? ''), `Warning: ${refusal.header('Warning')}`);
  await sleep(1000 * (talkSeconds + 2.5));
  await page.hangUp('call');
  await sipp.succeeded();
  expectTone(t, 'the page', await page.heard('call'), { frequency: 1004, level: -15, seconds: talkSeconds });
  expectTone(t, 'the telephone', { rate: sound.rate, samples: sound.heard() }, { frequency: 700, level: -20, seconds: talkSeconds });
  await gateway.quiet();
  await gateway.stop();
});
