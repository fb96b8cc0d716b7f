// A browser that may use nothing but the relay calls through coturn, by the time-limited credentials of its welcome; the
// gateway has an allocation of its own by the same secret.

import { Coturn } from '../lib/coturn.mjs';
import { expectTone } from '../lib/expect_sound.mjs';
import { alice } from '../lib/gateway.mjs';
import { PagePhone } from '../lib/page_phone.mjs';
import { sleep, story } from '../lib/story.mjs';

const kSecret = 'what coturn and the gateway share';

await story('a call over a relay', async (t) => {
  const turn = await Coturn.start(t.directory, kSecret);
  t.atEnd(() => turn.child.kill());
  const gateway = await t.gateway({ webrtc: { turn: turn.address, turn_secret: kSecret, ports: '25000-29999' } });
  const browser = await t.browser('chromium');
  const page = await browser.open((await t.site()).url);
  const phone = await PagePhone.connect(page, gateway.url, { token: alice.token, iceTransportPolicy: 'relay' });
  const { id } = await phone.call('600', { frequency: 800 });
  t.check(id, 'the gateway takes the call');
  await phone.event('600', 'answered', 20000);
  await phone.forget('600');
  await sleep(5000);
  expectTone(t, 'the page behind the relay', await phone.heard('600'), { frequency: 800, level: -20, seconds: 3 });
  const users = turn.users();
  t.check(users.some((user) => /^\d+:alice$/.test(user)), `coturn served the page as ${users.join(' and ')}`);
  t.check(users.some((user) => /^\d+:gateway$/.test(user)), 'and the gateway');
  const end = Number(users[0].split(':')[0]) - Date.now() / 1000;
  t.check(end > 3600 && end < 90000, `credentials that end in ${(end / 3600).toFixed(1)} hours`);
  await phone.hangUp('600');
  await gateway.quiet();
});
