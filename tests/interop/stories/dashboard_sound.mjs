// The operators' page in Chromium while a call runs: its column "Sound" and the details say how both ends sound, first
// on a clean way, then on one that loses a fifth of the packets, and at last when the call is over.

import { alice } from '../lib/gateway.mjs';
import { LossyPath } from '../lib/lossy_path.mjs';
import { RtpPhone } from '../lib/rtp_phone.mjs';
import { Sipp } from '../lib/sipp.mjs';
import { sleep, story } from '../lib/story.mjs';

const token = 'the operators-of-this-gateway';

/// The cells of the one call, by their columns, and its details, by their names.
function shownCall(dashboard) {
  return dashboard.evaluate(() => {
    const cells = [...document.querySelectorAll('tr.call td')].map((cell) => [cell.dataset.name, cell.textContent.trim()]);
    const details = [...document.querySelectorAll('tr.more dl div')].map(({ children }) => [children[0].textContent, children[1].textContent]);
    const tone = document.querySelector('tr.call td[data-name="Sound"] .badge')?.dataset.tone ?? '';
    return { ...Object.fromEntries(cells), details: Object.fromEntries(details), tone };
  });
}

/// Waits until what is shown satisfies `wanted`.
async function shows(t, dashboard, words, wanted) {
  let shown;
  for (const until = Date.now() + 20000; Date.now() < until; await sleep(200)) {
    shown = await shownCall(dashboard);
    if (wanted(shown)) {
      t.say(`ok    ${words}: ${shown.State}, sound ${shown.Sound} (${shown.tone}); browser: ${shown.details['Browser sound']}`);
      return shown;
    }
  }
  throw new Error(`${words}: the dashboard shows ${JSON.stringify(shown)}`);
}

const lost = (shown, way) => Number(shown.details['Browser sound']?.match(new RegExp(`${way} [0-9.]+ \\(lowest [0-9.]+\\), (\\d+) lost`))?.[1]);

async function logIn(t) {
  const page = await t.calling.open(`${t.running.url}/dashboard`);
  await page.waitForSelector('#token', { visible: true });
  await page.type('#token', token);
  await page.keyboard.press('Enter');
  await page.waitForSelector('#calls-card', { visible: true });
  return page;
}

await story('an operator sees how a call sounds', async (t) => {
  const sound = await new RtpPhone({ codec: 'PCMU', frequency: 1004, level: -15 }).open();
  const sipp = await Sipp.start('uas_answer', { directory: t.directory, words: { sdp: sound.sdp(), ring_ms: 200 } });
  t.atEnd(() => sipp.stop());
  t.atEnd(() => sound.close());
  const gateway = await t.gateway({
    http: { operator_token: token },
    trunks: [{ name: 'phone', address: `127.0.0.1:${sipp.port}`, codecs: ['pcmu'] }],
    routes: [{ to: '201', target: 'trunk phone' }],
  });
  t.calling = await t.browser('chromium');
  const phone = await t.phone(t.calling, alice.token);
  const path = await new LossyPath().open();
  t.atEnd(() => path.close());
  await path.lead(phone.page);
  await phone.call('201', { frequency: 600, level: -20 });
  sound.speakTo((await sipp.waitForMessage('INVITE')).audioPort);
  await phone.event('201', 'answered');

  const dashboard = await logIn(t);
  await dashboard.waitForSelector('tr.call button');
  await dashboard.click('tr.call button');
  // The browser's own report comes within seconds: until then only what it sends can be judged.
  const everything = /^opus · said 4\.\d\d .* heard 4\.\d\d .* round trip \d+ ms$/;
  const clean = await shows(t, dashboard, 'a clean way', (shown) => shown.State === 'talking' && Number(shown.Sound) >= 4 &&
    shown.tone === 'good' && lost(shown, 'said') === 0 && everything.test(shown.details['Browser sound']));

  path.loss = 0.2;
  const bad = await shows(t, dashboard, 'a fifth is lost', (shown) => Number(shown.Sound) < Number(clean.Sound) && lost(shown, 'said') > 20);
  t.equal(bad.State, 'talking', 'the call runs on');

  await phone.hangUp('201');
  const { detail } = await phone.event('201', 'ended');
  const over = await shows(t, dashboard, 'the call is over', ({ State }) => State === 'hangup');
  const { browser } = await gateway.record(detail.id);
  t.equal(lost(over, 'said'), browser.received.lost, 'packets lost, as in its record');
  await gateway.quiet();
  await gateway.stop();
});
