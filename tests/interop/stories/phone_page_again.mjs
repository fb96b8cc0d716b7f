// A person presses reload in the middle of a call: the phone page has it again, with its clock, sound and figures, and
// can hang up.

import { alice } from '../lib/gateway.mjs';
import { sleep, story } from '../lib/story.mjs';

async function becomes(t, page, selector, pattern, milliseconds = 10000) {
  let text = '';
  for (const until = Date.now() + milliseconds; Date.now() < until; await sleep(50)) {
    text = await page.$eval(selector, (element) => (element.hidden ? '' : element.textContent.trim()));
    if (pattern.test(text)) return t.say(`ok    ${selector} says "${text}"`);
  }
  throw new Error(`${selector} says "${text}", not ${pattern}`);
}

await story('the phone page is loaded again', async (t) => {
  const gateway = await t.gateway();
  const browser = await t.browser('chromium');
  const page = await browser.open(`${gateway.url}/`);
  await becomes(t, page, '#connection-text', /Not logged in/);
  await page.evaluate((token) => sessionStorage.setItem('causeway-credentials', JSON.stringify({ token })), alice.token);
  await page.reload({ waitUntil: 'load' });
  await becomes(t, page, '#connection-text', /^Connected/);
  await page.click('#number');
  await page.keyboard.type('600');
  await page.keyboard.press('Enter');
  await becomes(t, page, '#status', /In call with 600/);

  await page.reload({ waitUntil: 'load' });
  await becomes(t, page, '#status', /In call with 600/);
  await becomes(t, page, '#timer', /0:0[2-9]/);
  await becomes(t, page, '#quality-browser', /opus/);
  const level = await page.$eval('#level-remote', (element) => Number(element.getAttribute('aria-valuenow')));
  t.check(level > 0, `the meter of the other side shows ${level}`);
  await page.click('#hangup');
  await becomes(t, page, '#status', /ended/);
  for (let tries = 0; tries < 50 && gateway.calls().length === 0; ++tries) await sleep(50);
  const [record] = gateway.calls();
  t.equal([record.end.code, record.resumed], ['hangup', 1], 'one call, one record');
  await gateway.quiet();
});
