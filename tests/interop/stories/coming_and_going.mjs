// Short calls at a high rate: browsers call SIPp, which renews its offer in each call. None fails, none stays behind.
// SECONDS=300 in front makes it the long run of capacity planning.

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child, requireProgram } from '../lib/child.mjs';
import { freePort } from '../lib/free_port.mjs';
import { story } from '../lib/story.mjs';

const scenario = fileURLToPath(new URL('../sipp/uas_reinvites.xml', import.meta.url));
const kRate = 100;
const kSeconds = Number(process.env.SECONDS ?? 12);
const kLongest = 1000 * (kSeconds + 60);

await story(`${kRate} calls a second, of 2 s each`, async (t) => {
  const calls = kRate * kSeconds;
  const port = await freePort();
  const telephones = new Child('sipp', requireProgram('sipp'), ['-sf', scenario, '-i', '127.0.0.1', '-p', port,
    '-mp', await freePort(), '-rtp_echo', '-m', calls, '-l', 10 * kRate, '-nostdin', '-timeout', `${kSeconds + 60}s`,
    '-timeout_error', '-default_behaviors', 'all,-bye'].map(String), { env: { ...process.env, TERM: 'dumb' } });
  t.atEnd(() => telephones.kill());
  const report = path.join(t.directory, 'load.json');
  const load = new Child('causeway-load', requireProgram(process.env.CAUSEWAY_LOAD), ['--start', 'causeway',
    '--binary', process.env.CAUSEWAY_BINARY, '--telephones', `127.0.0.1:${port}`, '--rate', kRate,
    '--call-time', '2s', '--hold', `${kSeconds}s`, '--strict', '--json', report].map(String));
  t.atEnd(() => load.kill());
  const status = await load.end(kLongest);
  t.say(load.output.trim());
  t.equal(status, 0, 'exit status of causeway-load');
  const [end] = JSON.parse(fs.readFileSync(report, 'utf8')).stages;
  t.equal(end.completed, calls, 'calls that ended well');
  t.equal(end.up, 0, 'calls left');
  t.equal(end.process.descriptors, end.process.idle_descriptors, 'descriptors after the last call');
  t.equal(await telephones.end(kLongest), 0, 'exit status of SIPp: each call had its re-INVITE and its BYE');
});
