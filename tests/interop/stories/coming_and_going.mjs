// Short calls at a high rate: browsers call SIPp, which renews its offer in each call. None fails, none stays behind,
// and memory stops growing. SECONDS=300 in front makes it the long run of capacity planning, which also waits until
// the last transaction is forgotten (RFC 3261 §17.2.4: 32 s) and prints memory as it went.

import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child, requireProgram } from '../lib/child.mjs';
import { freePort } from '../lib/free_port.mjs';
import { childOf, holds } from '../lib/process_watch.mjs';
import { sleep, story } from '../lib/story.mjs';

const scenario = fileURLToPath(new URL('../sipp/uas_reinvites.xml', import.meta.url));
const kRate = 100;
const kSeconds = Number(process.env.SECONDS ?? 12);
const kLong = kSeconds >= 60;
const kSettle = kLong ? 45 : 5;
const kLongest = 1000 * (kSeconds + kSettle + 60);
const kGauges = ['calls_running', 'media_calls_running', 'sip_dialogs_running'];

/// Its own connection is closed again; undefined when nobody answers.
const ask = (url) => new Promise((resolve) => {
  let text = '';
  const request = http.get(url, { agent: false }, (response) => response.setEncoding('utf8').on('data', (piece) => (text += piece))
    .on('end', () => resolve(text)).on('error', () => resolve(undefined)));
  request.on('error', () => resolve(undefined));
});

/// The gateway that causeway-load started: once a second what it holds, from the first calls on until it is gone.
async function watch(t, load) {
  const { pid, command } = await childOf(load.pid, path.basename(process.env.CAUSEWAY_BINARY));
  const [, port] = fs.readFileSync(command[2], 'utf8').match(/listen: '127\.0\.0\.1:(\d+)'/);
  const samples = [];
  const begin = Date.now();
  for (;; await sleep(1000)) {
    const held = holds(pid);
    if (!held) return samples;
    // Before, causeway-load counts its descriptors: no connection more.
    if (samples.length === 0 && held.descriptors < kRate) continue;
    const text = await ask(`http://127.0.0.1:${port}/metrics`);
    if (!text) continue;
    const value = (name) => Number(text.match(new RegExp(`^causeway_${name} (\\d+)`, 'm'))?.[1]);
    samples.push({ at: (Date.now() - begin) / 1000, ...held, gauges: kGauges.map(value), attempts: value('call_attempts_total') });
  }
}

const mean = (samples) => samples.reduce((sum, { memory }) => sum + memory, 0) / samples.length;

/// Transactions of the first half minute are all there is before the first ones end: from then on, the last third
/// must hold no more than the third in the middle.
function expectPlateau(t, samples, idle) {
  const running = samples.filter(({ at, gauges }) => at > 40 && at < kSeconds && gauges[0] > 0);
  const third = Math.floor(running.length / 3);
  const [middle, last] = [mean(running.slice(third, 2 * third)), mean(running.slice(-third))];
  const calls = kRate * third;
  t.say(`memory: ${middle.toFixed(1)} MB in the middle third, ${last.toFixed(1)} MB in the last`);
  t.check((last - middle) * 1e6 / calls < 100, `${((last - middle) * 1e6 / calls).toFixed(0)} bytes more for each call: a plateau`);
  t.say(`idle ${idle.toFixed(1)} MB, at the end ${samples.at(-1).memory.toFixed(1)} MB`);
}

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
    '--call-time', '2s', '--hold', `${kSeconds}s`, '--settle', `${kSettle}s`, '--strict', '--json', report].map(String));
  t.atEnd(() => load.kill());
  const watched = watch(t, load);
  const status = await load.end(kLongest);
  const samples = await watched;
  t.say(load.output.trim());
  if (kLong) {
    for (const { at, memory, descriptors, gauges, attempts } of samples.filter((_, index) => index % 10 === 0)) {
      t.say(`${at.toFixed(0).padStart(4)} s: ${memory.toFixed(1)} MB, ${descriptors} descriptors, ${gauges} running, ${attempts} calls`);
    }
  }
  t.equal(status, 0, 'exit status of causeway-load');
  const [end] = JSON.parse(fs.readFileSync(report, 'utf8')).stages;
  t.equal(end.completed, calls, 'calls that ended well');
  t.equal(end.up, 0, 'calls left');
  t.equal(samples.at(-1).descriptors, end.process.idle_descriptors, 'descriptors after the last call');
  t.check(samples.some(({ gauges }) => gauges[0] > kRate), `calls ran: up to ${Math.max(...samples.map(({ gauges }) => gauges[0]))} at once`);
  t.equal(samples.at(-1).gauges, [0, 0, 0], `${kGauges.join(', ')} in the end`);
  t.equal(await telephones.end(kLongest), 0, 'exit status of SIPp: each call had its re-INVITE and its BYE');
  if (kLong) expectPlateau(t, samples, end.process.idle_memory / 1e6);
});
