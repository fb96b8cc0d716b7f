// A person's first minutes: `causeway --demo`, its page, a number dialled by keyboard, the meters move, mute, hang
// up; digits by the pad; a busy number says so; calls that come back, accepted and declined. With the browser's own
// microphone.

import fs from 'node:fs';
import path from 'node:path';
import { Child } from '../lib/child.mjs';
import { gatewayBinary } from '../lib/gateway.mjs';
import { sleep, story } from '../lib/story.mjs';

const kind = process.argv[2] ?? 'chromium';
const kAddress = 'http://localhost:8088/';

function text(page, selector) {
  return page.$eval(selector, (element) => (element.hidden ? '' : element.textContent.trim()));
}

/// The text of `selector` once it matches.
async function becomes(t, page, selector, pattern, milliseconds = 10000) {
  let said = '';
  for (const until = Date.now() + milliseconds; Date.now() < until; await sleep(50)) {
    said = await text(page, selector);
    if (pattern.test(said)) {
      t.say(`ok    ${selector} says "${said.replace(/\s+/g, ' ')}"`);
      return;
    }
  }
  throw new Error(`${selector} says "${said}", not ${pattern}`);
}

async function dials(page, number) {
  await page.click('#number');
  await page.$eval('#number', (element) => { element.value = ''; });
  await page.keyboard.type(number);
  await page.keyboard.press('Enter');
}

function meter(page, name) {
  return page.$eval(`#level-${name}`, (element) => Number(element.getAttribute('aria-valuenow')));
}

function muted(page) {
  return page.$eval('#mute', (button) => [button.getAttribute('aria-pressed'), button.textContent.trim()]);
}

async function mutes(t, page) {
  await page.click('#mute');
  t.equal(await muted(page), ['true', 'Muted'], 'the mute button, pressed');
  await page.click('#mute');
  t.equal(await muted(page), ['false', 'Mute'], 'the mute button, pressed again');
}

async function hangsUp(t, page) {
  await page.click('#hangup');
  await becomes(t, page, '#status', /ended/);
  await page.waitForSelector('#call', { visible: true });
}

/// A click on the pad in a call is a digit for the other side, not one more of the number.
async function pressesADigit(t, page) {
  await dials(page, '600');
  await becomes(t, page, '#timer', /0:0[1-9]/);
  await page.click('[data-digit="5"]');
  t.equal(await page.$eval('#number', (field) => field.value), '600', 'the number after a digit in the call');
  await becomes(t, page, '#status', /They pressed 5/);
  await hangsUp(t, page);
}

/// 607 calls back two seconds after the hanging up.
async function isCalledBack(t, page) {
  await dials(page, '607');
  await becomes(t, page, '#timer', /0:0/);
  await hangsUp(t, page);
  await page.waitForSelector('#incoming', { visible: true });
  await becomes(t, page, '#incoming-from', /607/);
}

async function acceptsAndDeclines(t, page) {
  await isCalledBack(t, page);
  await page.click('#accept');
  await becomes(t, page, '#timer', /0:0[1-9]/);
  t.check(!(await page.$eval('#incoming', (box) => box.checkVisibility())), 'an accepted call rings no more');
  await hangsUp(t, page);
  await isCalledBack(t, page);
  await page.click('#decline');
  await page.waitForSelector('#incoming', { hidden: true });
  t.equal(await text(page, '#timer'), '', 'the timer after a declined call');
}

await story(`the phone page in ${kind}`, async (t) => {
  const demo = new Child('causeway', gatewayBinary(), ['--demo'], { cwd: t.directory });
  t.running = { child: demo, get log() { return demo.output; } };
  t.atEnd(() => demo.kill());
  await demo.waitFor(new RegExp(`Open ${kAddress}`));
  for (const number of ['600', '601', '602', '603', '604', '605', '606', '607']) await demo.waitFor(new RegExp(`\\b${number}  `));
  t.say('ok    it says where its page is and which numbers to dial');

  const browser = await t.browser(kind);
  const page = await browser.open(kAddress);
  await page.setViewport({ width: 390, height: 844 });
  await becomes(t, page, '#connection-text', /^(?!Connecting)/);
  await becomes(t, page, '#numbers', /600[\s\S]*607/);
  await dials(page, '601');
  await becomes(t, page, '#timer', /0:0[1-9]/);
  await becomes(t, page, '#quality-browser', /opus · good \(4\.\d\).* RTT \d+ ms.* loss \d+\.\d %.* jitter \d+ ms/i, 20000);
  await becomes(t, page, '#quality-sip', /pcm/i);
  for (const name of ['local', 'remote']) {
    const level = await meter(page, name);
    t.check(level > 0, `the meter ${name} stands at ${level}`);
  }
  const picture = process.env.CAUSEWAY_PICTURES;
  if (picture) await page.screenshot({ path: path.join(picture, `phone-${kind}.png`) });
  await mutes(t, page);
  await hangsUp(t, page);
  await pressesADigit(t, page);
  await dials(page, '603');
  await becomes(t, page, '#reason', /busy/i);
  await acceptsAndDeclines(t, page);
  t.equal(page.complaints.filter((line) => line.startsWith('error')), [], 'errors in the page');

  demo.kill('SIGTERM');
  t.equal(await demo.end(8000), 0, 'exit status after SIGTERM');
  t.check(fs.existsSync(path.join(t.directory, 'causeway-data/calls.jsonl')), 'the records are where they belong');
});
