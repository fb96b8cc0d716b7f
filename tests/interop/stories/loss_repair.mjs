// A tenth of all media packets is lost between Chromium and the gateway, both ways. FEC is switched on by the
// reports, NACK brings packets back, Chromium takes our transport-wide feedback, and neither side hears a hole.

import { alice } from '../lib/gateway.mjs';
import { expectTone } from '../lib/expect_sound.mjs';
import { figures, LossyPath } from '../lib/lossy_path.mjs';
import { RtpPhone } from '../lib/rtp_phone.mjs';
import { Sipp } from '../lib/sipp.mjs';
import { sleep, story } from '../lib/story.mjs';

const settleSeconds = 12;
const seconds = 15;

await story('Chromium calls over a path that loses a tenth', async (t) => {
  const sound = await new RtpPhone({ codec: 'PCMU', frequency: 1004, level: -15 }).open();
  const sipp = await Sipp.start('uas_answer', { directory: t.directory, words: { sdp: sound.sdp(), ring_ms: 200 } });
  t.atEnd(() => sipp.stop());
  t.atEnd(() => sound.close());
  const gateway = await t.gateway({
    trunks: [{ name: 'phone', address: `127.0.0.1:${sipp.port}`, codecs: ['pcmu'] }],
    routes: [{ to: '201', target: 'trunk phone' }],
  });
  const phone = await t.phone(await t.browser('chromium'), alice.token);
  const path = await new LossyPath().open();
  t.atEnd(() => path.close());
  // Without a way to go, what NACK brings back comes before anybody could report it lost: no need for FEC.
  path.delay = 20;
  await path.lead(phone.page);

  await phone.call('201', { frequency: 600, level: -20 });
  sound.speakTo((await sipp.waitForMessage('INVITE')).audioPort);
  await phone.event('201', 'answered');
  await sleep(3000);
  const before = await figures(phone.page);
  t.check((before['inbound-rtp'].fecPacketsReceived ?? 0) === 0, 'no FEC while nothing is lost');
  path.loss = 0.1;
  await sleep(1000 * settleSeconds);
  await phone.forget('201');
  const heardBefore = sound.heard().length / sound.rate;
  await sleep(1000 * (seconds + 2));

  const stats = await figures(phone.page);
  const inbound = stats['inbound-rtp'];
  const metrics = await gateway.metrics();
  t.say(`lost on the way: ${JSON.stringify(path.lost)}; Chromium: FEC ${inbound.fecPacketsReceived}, lost ${inbound.packetsLost}, ` +
    `nack ${inbound.nackCount}, concealed ${(100 * inbound.concealedSamples / inbound.totalSamplesReceived).toFixed(1)} %; ` +
    `sent again ${stats['outbound-rtp'].retransmittedPacketsSent}, bit rate offered ${stats['candidate-pair'].availableOutgoingBitrate}`);
  expectTone(t, 'Chromium', await phone.heard('201'), { frequency: 1004, level: -15, seconds, maxGapMs: 60 });
  expectTone(t, 'the telephone', { rate: sound.rate, samples: sound.heard(heardBefore) }, { frequency: 600, level: -20, seconds, maxGapMs: 60 });

  t.check(path.lost.toBrowser > 50 && path.lost.toGateway > 50, 'much was lost');
  t.check(inbound.fecPacketsReceived > 100, 'FEC came to Chromium');
  t.check(stats['candidate-pair'].availableOutgoingBitrate > 0, 'Chromium takes our transport-wide feedback');
  t.check(metrics.media_nack_asked_total > 10 && stats['outbound-rtp'].retransmittedPacketsSent > 10, 'Chromium sends again what we ask for');
  t.check(metrics.media_nack_answered_total > 10, 'we send again what Chromium asks for');
  t.equal([metrics.media_rtcp_feedback_malformed_total, metrics.media_rtp_malformed_total], [0, 0], 'malformed packets');
  await phone.hangUp('201');
  await phone.event('201', 'ended');
  await gateway.quiet();
  await gateway.stop();
});
