// A browser that has no UDP at all calls by ICE-TCP, where the gateway allows it.

import { expectTone } from '../lib/expect_sound.mjs';
import { alice } from '../lib/gateway.mjs';
import { PagePhone } from '../lib/page_phone.mjs';
import { sleep, story } from '../lib/story.mjs';

await story('a call without UDP', async (t) => {
  const gateway = await t.gateway({ webrtc: { ice_tcp: true, ports: '25000-29999' } });
  const browser = await t.browser('chromium', { args: ['--webrtc-ip-handling-policy=disable_non_proxied_udp'] });
  const page = await browser.open((await t.site()).url);
  await page.evaluate(() => {
    window.RTCPeerConnection = class extends RTCPeerConnection {
      constructor(...given) {
        super(...given);
        window.peer = this;
      }
    };
  });
  const phone = await PagePhone.connect(page, gateway.url, alice.token);
  const { id } = await phone.call('600', { frequency: 800 });
  t.check(id, 'the gateway takes the call');
  await phone.event('600', 'answered', 20000);
  const protocol = await page.evaluate(async () => {
    const stats = [...(await window.peer.getStats()).values()];
    const pair = stats.find(({ type, nominated, state }) => type === 'candidate-pair' && nominated && state === 'succeeded');
    return stats.find(({ id }) => id === pair.remoteCandidateId).protocol;
  });
  t.equal(protocol, 'tcp', 'the path is');
  await phone.forget('600');
  await sleep(5000);
  expectTone(t, 'the page behind TCP', await phone.heard('600'), { frequency: 800, level: -20, seconds: 3 });
  await phone.hangUp('600');
  await gateway.quiet();
});
