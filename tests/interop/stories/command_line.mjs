// The command: version, help, effective configuration without secrets, every fault of a broken file at once, and a
// certificate made at the first start.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child } from '../lib/child.mjs';
import { freePort } from '../lib/free_port.mjs';
import { alice, gatewayBinary } from '../lib/gateway.mjs';
import { sleep, story } from '../lib/story.mjs';

const tree = fileURLToPath(new URL('../../../', import.meta.url));

function run(...args) {
  const result = spawnSync(gatewayBinary(), args, { encoding: 'utf8', timeout: 10000 });
  return { status: result.status, out: result.stdout, err: result.stderr };
}

/// A broken file; each of its faults as [line, column, words that the message must have].
const broken = [
  {
    text: 'http:\n  listenn: 127.0.0.1:8088\n  messages_per_second: many\nsipp: {}\n',
    faults: [[2, 3, ['listenn', 'listen']], [3, 24, ['many']], [4, 1, ['sipp', 'sip']]],
  },
  {
    text: 'media:\n  ports: 20000-20100\nwebrtc:\n  ports: 20050-20200\n',
    faults: [[4, 10, ['ports']]],
  },
  {
    text: 'http:\n  tls:\n    enabled: true\n    certificate: /nowhere/cert.pem\n    private_key: /nowhere/key.pem\n',
    faults: [[4, 18, ['/nowhere/cert.pem']], [5, 18, ['/nowhere/key.pem']]],
  },
  {
    text: 'routes:\n  - to: "/(/"\n    target: trunk nobody\n',
    faults: [[2, 9, ['/(/']], [3, 13, ['nobody']]],
  },
  { text: 'http: [\n', faults: [[2, 1, []]] },
];

async function namesEveryFault(t) {
  for (const [index, { text, faults }] of broken.entries()) {
    const file = path.join(t.directory, `broken-${index}.yaml`);
    fs.writeFileSync(file, text);
    const { status, err } = run('--config', file, '--check-config');
    t.equal(status, 2, `broken-${index}: exit status`);
    const lines = err.split('\n').filter(Boolean);
    for (const [line, column, words] of faults) {
      const found = lines.find((said) => said.startsWith(`${file}:${line}:${column}`) && words.every((word) => said.includes(word)));
      if (!found) throw new Error(`nothing about ${line}:${column} ${words} in:\n${err}`);
      t.say(`ok    ${found.replace(`${t.directory}/`, '')}`);
    }
  }
}

/// Status of a GET over TLS by somebody who takes any certificate; 0 as long as nobody answers.
function statusOverTls(url) {
  return new Promise((resolve) => {
    https.get(url, { rejectUnauthorized: false, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    }).on('error', () => resolve(0));
  });
}

async function makesItsOwnCertificate(t) {
  const file = path.join(t.directory, 'tls.yaml');
  const state = path.join(t.directory, 'state');
  const [http, sip] = [await freePort(), await freePort()];
  fs.writeFileSync(file, JSON.stringify({
    http: { listen: `127.0.0.1:${http}`, tls: { enabled: true, self_signed: true } },
    sip: { listen_udp: [`127.0.0.1:${sip}`] },
    media: { ports: '20000-24999' },
    webrtc: { ports: '25000-29999' },
    users: [alice],
    state_directory: state,
  }));
  const child = new Child('causeway', gatewayBinary(), ['--config', file], { cwd: t.directory });
  t.running = { child, get log() { return child.output; } };
  t.atEnd(() => child.kill());
  let status = 0;
  for (const until = Date.now() + 10000; status !== 200 && child.alive && Date.now() < until; await sleep(50)) {
    status = await statusOverTls(`https://127.0.0.1:${http}/healthz`);
  }
  t.equal(status, 200, 'with a certificate of its own: status of /healthz over TLS');
  t.check(fs.readFileSync(path.join(state, 'http-certificate.pem'), 'utf8').includes('BEGIN CERTIFICATE'), 'the certificate is in state_directory');
  t.equal(fs.statSync(path.join(state, 'http-key.pem')).mode & 0o777, 0o600, 'mode of its key');
  child.kill('SIGTERM');
  t.equal(await child.end(8000), 0, 'exit status after SIGTERM');
}

await story('the command line', async (t) => {
  t.check(/^causeway \d+\.\d+\.\d+\n$/.test(run('--version').out), '--version');
  const help = run('--help');
  t.check(help.status === 0 && ['--demo', '--config', '--check-config', '--print-config'].every((word) => help.out.includes(word)), '--help');
  t.equal(run('--no-such-option').status, 2, 'an unknown option: exit status');
  t.equal(run().status, 2, 'no option at all: exit status');
  t.equal(run('--config', '/nowhere.yaml', '--check-config').status, 2, 'a file that is not there: exit status');
  const example = path.join(tree, 'config/causeway.yaml');
  t.equal(run('--config', example, '--check-config').status, 0, 'the example is good: exit status');
  const printed = run('--config', example, '--print-config');
  t.check(printed.status === 0 && printed.out.includes('alice') && !printed.out.includes('a long random text') &&
    !printed.out.includes('change me'), '--print-config masks secrets');
  await namesEveryFault(t);
  await makesItsOwnCertificate(t);
});
