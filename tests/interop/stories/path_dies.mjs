// The path of a running call dies, as when a laptop leaves its network: every port that the gateway had told is blocked.
// The page notices, restarts ICE by itself, and the tone is there again; nobody was hung up.

import { execFileSync } from 'node:child_process';
import { expectTone } from '../lib/expect_sound.mjs';
import { alice } from '../lib/gateway.mjs';
import { PagePhone } from '../lib/page_phone.mjs';
import { sleep, story } from '../lib/story.mjs';

function block(t, ports) {
  for (const rule of ports.flatMap((port) => [['--dport', port], ['--sport', port]])) {
    const change = (how) => execFileSync('iptables', ['-w', how, 'INPUT', '-p', 'udp', ...rule.map(String), '-j', 'DROP']);
    change('-I');
    t.atEnd(() => change('-D'));
  }
}

await story('a path dies', async (t) => {
  const gateway = await t.gateway({ webrtc: { addresses: ['127.0.0.1'], ports: '25000-29999' } });
  const browser = await t.browser('chromium');
  const page = await browser.open((await t.site()).url);
  await page.evaluate(() => {
    window.RTCPeerConnection = class extends RTCPeerConnection {
      constructor(...given) {
        super(...given);
        window.peer = this;
      }
    };
  });
  const phone = await PagePhone.connect(page, gateway.url, { token: alice.token, reconnect: true });
  const { id } = await phone.call('600', { frequency: 800 });
  await phone.event('600', 'answered');
  const ports = await page.evaluate(async () => {
    const stats = [...(await window.peer.getStats()).values()];
    return [...new Set(stats.filter(({ type }) => type === 'remote-candidate').map(({ port }) => port))];
  });
  block(t, ports);
  t.say(`ports ${ports.join(', ')} are dead`);
  await phone.event('600', 'reconnecting', 20000);
  t.say('ok    the page notices');
  await phone.event('600', 'reconnected', 20000);
  await sleep(1000);
  await phone.forget('600');
  await sleep(4500);
  expectTone(t, 'the page on its new path', await phone.heard('600'), { frequency: 800, level: -20, seconds: 3 });
  await phone.hangUp('600');
  const record = await gateway.record(id);
  t.equal([record.end.code, record.end.by, record.resumed], ['hangup', 'browser', 0], 'the record of a call that was never gone');
  await gateway.quiet();
});
