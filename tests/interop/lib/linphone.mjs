// linphonec as a SIP telephone without a sound card: it plays a tone out of a file, records what it hears, and is
// driven by its own commands.

import fs from 'node:fs';
import path from 'node:path';
import { Child, requireProgram } from './child.mjs';
import { freePort } from './free_port.mjs';
import { readWav, writeTone } from './wav.mjs';

export const linphoneTone = { frequency: 1200, level: -10 };

export class Linphone {
  /// `encryption`: none or srtp (keys in its SDP). It answers by itself.
  static async start({ directory, name = 'linphone', encryption = 'none' }) {
    const phone = new Linphone();
    phone.directory = path.join(directory, name);
    fs.mkdirSync(path.join(phone.directory, '.local/share/linphone'), { recursive: true });
    phone.port = await freePort();
    fs.writeFileSync(path.join(phone.directory, 'linphonerc'), [
      '[sip]', `sip_port=${phone.port}`, 'sip_tcp_port=0', 'sip_tls_port=0', `media_encryption=${encryption}`,
      '[rtp]', `audio_rtp_port=${await freePort()}`, '[net]', 'mtu=0', '[sound]', 'echocancellation=0', '',
    ].join('\n'));
    const tone = path.join(phone.directory, 'tone.wav');
    writeTone(tone, { ...linphoneTone, rate: 8000, seconds: 60 });
    phone.child = new Child(name, requireProgram('linphonec'), ['-c', path.join(phone.directory, 'linphonerc'), '-a'],
      { env: { ...process.env, HOME: phone.directory } });
    await phone.child.waitFor(/linphonec>/);
    phone.command('soundcard use files');
    await phone.child.waitFor(/Using wav files/);
    phone.command(`play ${tone}`);
    phone.command(`record ${path.join(phone.directory, 'heard.wav')}`);
    return phone;
  }

  command(line) {
    this.child.process.stdin.write(`${line}\n`);
  }

  heard() {
    return readWav(path.join(this.directory, 'heard.wav'));
  }

  async stop() {
    this.command('quit');
    await this.child.end(5000);
  }
}
