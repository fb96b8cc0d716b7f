// A WebRTC peer that is no browser, aiortc, calls the tone and the echo.

import { fileURLToPath } from 'node:url';
import { Child } from '../lib/child.mjs';
import { alice } from '../lib/gateway.mjs';
import { expectTone } from '../lib/expect_sound.mjs';
import { RawPage } from '../lib/raw_page.mjs';
import { sleep, story } from '../lib/story.mjs';

const kSeconds = 8;
const kVoice = 700;

class Peer {
  constructor() {
    // Debian's own Python has Debian's aiortc.
    this.child = new Child('aiortc', '/usr/bin/python3', [fileURLToPath(new URL('../lib/aiortc_peer.py', import.meta.url))]);
  }

  tell(order) {
    this.child.process.stdin.write(`${JSON.stringify(order)}\n`);
  }

  async ask(order, key) {
    this.tell(order);
    return JSON.parse((await this.child.waitFor(new RegExp(`^\\{"${key}".*\\}$`, 'm'), 15000))[0]);
  }
}

async function listens(t, gateway, number, expected) {
  const peer = new Peer();
  t.atEnd(() => peer.child.kill());
  const page = await RawPage.login(gateway, alice.token);
  const { offer } = await peer.ask({ do: 'offer', frequency: kVoice }, 'offer');
  page.say({ type: 'call', call: 'c', to: number, sdp: offer });
  const answer = await page.hear('answer');
  peer.tell({ do: 'answer', sdp: answer.sdp });
  await peer.child.waitFor(/"state": "connected"/, 10000);
  await page.hear('answered');
  await sleep(1000 * (kSeconds + 2.5));
  const { rate, samples } = await peer.ask({ do: 'heard' }, 'rate');
  page.say({ type: 'hangup', call: 'c' });
  t.equal((await page.hear('ended')).reason, 'hangup', `${number} ends`);
  page.close();
  const bytes = Buffer.from(samples, 'base64');
  const sound = Float32Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readInt16LE(2 * i) / 32768);
  expectTone(t, `aiortc on ${number}`, { rate, samples: sound.subarray(rate) }, { ...expected, seconds: kSeconds - 1 });
}

/// The certificate that DTLS shows is not the one of the offer.
async function showsAnotherCertificate(t, gateway) {
  const peer = new Peer();
  t.atEnd(() => peer.child.kill());
  const page = await RawPage.login(gateway, alice.token);
  const { offer } = await peer.ask({ do: 'offer', frequency: kVoice }, 'offer');
  page.say({ type: 'call', call: 'c', to: '601', sdp: offer.replace(/(a=fingerprint:sha-256) (..)/g, (_, name, octet) => `${name} ${octet === '00' ? '01' : '00'}`) });
  peer.tell({ do: 'answer', sdp: (await page.hear('answer')).sdp });
  const end = await page.hear('ended', 15000);
  t.equal([end.reason, end.by], ['dtls-failed', 'browser'], `another certificate than the offer's (${end.text})`);
  t.equal((await gateway.record(end.id)).browser.packets_received, 0, 'packets taken from it');
  page.close();
}

await story('aiortc calls the demo exchange', async (t) => {
  const gateway = await t.gateway();
  await listens(t, gateway, '601', { frequency: 1004, level: -16 });
  await listens(t, gateway, '600', { frequency: kVoice, level: -20 });
  await showsAnotherCertificate(t, gateway);
  await gateway.quiet();
  await gateway.stop();
});
