// Fifty calls at once from one Chromium: all answered, none loses a packet in the gateway, tones stay whole. On two
// cores, as the promise is made for.

import { execFileSync } from 'node:child_process';
import os from 'node:os';
import { alice } from '../lib/gateway.mjs';
import { describe, words } from '../lib/sound.mjs';
import { sleep, story } from '../lib/story.mjs';

const count = 50;
const kSeconds = 15;
const kEars = 3;

/// This program and all that it starts, gateway and browser, get two cores of a machine with more.
function staysOnTwoCores() {
  if (os.availableParallelism() > 2) execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', '0,1', String(process.pid)]);
}

await story(`${count} calls at once`, async (t) => {
  staysOnTwoCores();
  const gateway = await t.gateway({ http: { messages_per_second: 2000 } });
  const page = await t.phone(await t.browser('chromium'), alice.token);
  const names = Array.from({ length: count }, (_, index) => `call-${index}`);
  await page.callMany(names, '601', kEars);
  for (const name of names) await page.event(name, 'answered', 20000);
  t.equal((await gateway.metrics()).calls_running, count, 'calls at once');
  await sleep(1000 * kSeconds);
  const sounds = [];
  for (const name of names.slice(0, kEars)) {
    const { rate, samples } = await page.heard(name);
    sounds.push(describe(samples.subarray(-10 * rate), rate));
  }
  await page.endMany(names);
  let lost = 0;
  let least = Infinity;
  for (const name of names) {
    const record = await gateway.record((await page.event(name, 'ended')).detail.id);
    lost += record.browser.packets_lost + record.sip.packets_lost;
    least = Math.min(least, record.browser.packets_received, record.browser.packets_sent, record.sip.packets_received, record.sip.packets_sent);
  }
  t.equal(lost, 0, 'packets lost in all calls together');
  t.check(least > 0.95 * kSeconds * 50, `each direction of each call had at least ${least} packets in ${kSeconds} s`);
  for (const sound of sounds) {
    t.check(Math.abs(sound.frequency - 1004) < 3 && sound.gapMs <= 60, `heard: ${words(sound)}`);
  }
  await gateway.quiet();
  await gateway.stop();
});
