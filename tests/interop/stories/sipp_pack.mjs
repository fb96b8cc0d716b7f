// The scenarios of sipp/ as operators play them: by `sipp/play`, with the words that it knows itself, against a running
// gateway with a browser behind it. Each one must end well, and none may be missing here or in README.md.

import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Child } from '../lib/child.mjs';
import { freePort } from '../lib/free_port.mjs';
import { alice } from '../lib/gateway.mjs';
import { RawPage } from '../lib/raw_page.mjs';
import { sleep, story } from '../lib/story.mjs';

const folder = fileURLToPath(new URL('../sipp/', import.meta.url));
const readme = fs.readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const played = new Set();
// Played where the calls that they need run: stories/sip_transfers.mjs, stories/two_telephones.mjs,
// stories/softphone_transfers.mjs.
const kElsewhere = ['uac_replaces', 'uas_refuses_refer', 'uas_holds_bye', 'uas_is_moved', 'uas_telephones'];
// SIPp's sound takes four ports in a row, below those that the kernel gives to others.
let mediaPort = 11000 + (process.pid % 40) * 200;
const kReliable = { '100rel': 'supported' };

async function play(t, name, { words = {}, port, address = '127.0.0.1', number, target, calls = 1 }) {
  played.add(name);
  mediaPort += 4;
  const pairs = Object.entries(words).map(([word, value]) => `${word}=${value}`);
  const whom = number ? ['-s', number, target] : [];
  const sipp = new Child(name, `${folder}play`, [name, ...pairs, '-i', address, '-p', port, '-mp', mediaPort,
    '-m', calls, '-nostdin', '-timeout', '150s', '-timeout_error', '-trace_err', '-error_file', `${t.directory}/${name}-${port}.errors`, ...whom].map(String),
  { env: { ...process.env, TERM: 'dumb', TMPDIR: t.directory } });
  t.atEnd(() => sipp.kill());
  sipp.ended = async (text) => {
    const code = await sipp.end(20000);
    const errors = `${t.directory}/${name}-${port}.errors`;
    if (code !== 0) throw new Error(`${name} ended with ${code}:\n${fs.existsSync(errors) ? fs.readFileSync(errors, 'utf8') : sipp.output}`);
    t.say(`ok    ${name}: ${text}`);
  };
  return sipp;
}

/// Once it listens.
async function listens(sipp, port) {
  const needle = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  for (let tries = 0; tries < 200 && sipp.alive; ++tries) {
    if (fs.readFileSync('/proc/net/udp', 'utf8').includes(needle)) return;
    await sleep(20);
  }
  throw new Error(`${sipp.name} does not listen on port ${port}:\n${sipp.output}`);
}

/// Telephones that the gateway calls, each with a number and a trunk of its own.
class Telephones {
  all = new Map();

  constructor(t) {
    this.t = t;
  }

  async add(name, { words, trunk, calls, as = name } = {}) {
    const port = await freePort();
    const number = `9${10 + this.all.size}`;
    const source = `127.0.1.${1 + this.all.size}`;
    this.all.set(as, { number, trunk: { name: as.replace(/\W/g, '_'), address: `127.0.0.1:${port}`, sources: [source], codecs: ['pcmu', 'pcma'], ...trunk } });
    this.all.get(as).sipp = await play(this.t, name, { words, port, calls });
    await listens(this.all.get(as).sipp, port);
    return number;
  }

  get trunks() {
    return [...this.all.values()].map(({ trunk }) => trunk);
  }

  get routes() {
    return [...this.all.values()].map(({ number, trunk }) => ({ to: number, target: `trunk ${trunk.name}` }));
  }

  /// Where `other` may send its calls to: by REFER and 302.
  fromTrunk(other, name) {
    const { number, trunk } = this.all.get(name);
    return { to: number, target: `trunk ${trunk.name}`, trunk_in: this.all.get(other).trunk.name };
  }
}

async function answered(page, telephones, name) {
  const placed = await page.call(telephones.all.get(name).number, { name });
  if (!placed.id) throw new Error(`${name} was not taken: ${JSON.stringify(placed)}`);
  await page.event(name, 'answered', 15000);
}

/// Answered, `during` happens, and the page hangs up.
async function talks(page, telephones, name, text, during = () => sleep(200)) {
  await answered(page, telephones, name);
  await during(name);
  await page.hangUp(name);
  await telephones.all.get(name).sipp.ended(text);
}

async function endsItself(page, telephones, name, text) {
  const { number, sipp } = telephones.all.get(name);
  await page.call(number, { name });
  await page.event(name, 'ended', 15000);
  await sipp.ended(text);
}

const holdAndResume = (page) => async (name) => {
  await sleep(300);
  await page.tell(name, 'hold', true);
  await sleep(500);
  await page.tell(name, 'hold', false);
  await sleep(400);
};

const after = (milliseconds) => () => sleep(milliseconds);

async function theyAreCalled(t, page, telephones) {
  const talk = (...given) => talks(page, telephones, ...given);
  const end = (...given) => endsItself(page, telephones, ...given);
  const hold = (milliseconds) => async (name) => {
    await sleep(300);
    await page.tell(name, 'hold', true);
    await sleep(milliseconds);
  };
  await Promise.all([
    talk('uas_answer', 'answered and hung up on'),
    end('uas_answer_bye', 'hangs up itself'),
    end('uas_busy_trunk', '503 with Retry-After'),
    end('uas_refuse', '486'),
    end('uas_refuses_media', '488 with Warning'),
    talk('uas_early', 'sound before the answer'),
    talk('uas_multipart', 'an answer in parts'),
    talk('uas_challenges', 'the right password, twice, since the first nonce was stale'),
    talk('uas_two_realms', 'one password for the proxy, one for the trunk behind it'),
    (async () => {
      await answered(page, telephones, 'uas_trunk');
      await page.hangUp('uas_trunk');
      t.say('ok    uas_trunk: answers OPTIONS and calls until it is stopped');
    })(),
    (async () => {
      await page.call(telephones.all.get('uas_cancelled').number, { name: 'uas_cancelled' });
      await page.event('uas_cancelled', 'ringing');
      await page.hangUp('uas_cancelled');
      await telephones.all.get('uas_cancelled').sipp.ended('CANCEL and 487');
    })(),
  ]);
  await Promise.all([
    talk('uas_holds', 'held and taken back by the telephone', after(2000)),
    talk('uas_holds_by_update', 'the same by UPDATE', after(2000)),
    talk('uas_is_held', 'held and taken back by the page', holdAndResume(page)),
    talk('uas_is_held_challenged', 'a password inside the call', hold(800)),
    talk('uas_moves', 'another address', after(1200)),
    talk('uas_bad_reoffer', '488 with Warning inside the call', after(1000)),
    talk('uas_asks_for_offer', 're-INVITE without an offer', after(1200)),
    talk('uas_takes_glare', '491, and again after a pause', hold(4700)),
    talk('uas_gives_glare', '491 for the telephone', hold(900)),
    talk('uas_reinvites', 'a new offer after a second', after(1500)),
  ]);
  await Promise.all([
    talk('uas_is_refreshed', 'two UPDATEs of the gateway', after(3400)),
    talk('uas_is_refreshed_by_invite', 'a re-INVITE of the gateway', after(1900)),
    talk('uas_refreshes', 'two UPDATEs of the telephone', after(3400)),
    end('uas_never_refreshes', 'BYE of the gateway'),
    talk('uas_interval_too_small', '422, and a longer interval'),
    talk('uas_prack', 'two PRACKs'),
    talk('uas_prack_required', 'one PRACK'),
    talk('uas_t38', 'fax is refused with 488', after(1500)),
    talk('uas_info', 'digits by INFO, both ways', async (name) => {
      await sleep(1200);
      await page.tell(name, 'sendDtmf', '7');
      await sleep(600);
    }),
  ]);
  await Promise.all([
    talk('uas_forks', 'the late 200 of the other telephone got ACK and BYE', after(1200)),
    talk('uas_forks_reliably', 'a PRACK for each telephone'),
    talk('uas_forks_and_updates', 'an UPDATE of the telephone that lost'),
    talk('uas_late_offer', 'our answer in the ACK'),
    talk('uas_early_offer', 'our answer in the PRACK'),
    talk('uas_rekeys', 'new keys by re-INVITE', after(1000)),
    talk('uas_rekeys_by_update', 'new keys by UPDATE', after(1000)),
    talk('uas_drops_encryption', '488: encryption is required', after(1000)),
    talk('uas_early_update', 'an UPDATE before the answer'),
    talk('uas_refer_fails', 'the last NOTIFY told 486, and the call went on', after(1500)),
    talk('uas_refer_refused', 'REFER got 403', after(1000)),
    talk('no more hops', 'REFER with Max-Forwards 0 got 483', after(1000)),
    (async () => {
      await answered(page, telephones, 'uas_referred');
      await page.tell('uas_referred', 'transfer', '800');
      await telephones.all.get('uas_referred').sipp.ended('REFER from the page');
    })(),
    (async () => {
      await answered(page, telephones, 'uas_refer');
      await telephones.all.get('uas_refer').sipp.ended('REFER to a telephone that answers');
      await page.hangUp('uas_refer');
      await telephones.all.get('uas_replaces').sipp.ended('the INVITE says whose place it takes');
    })(),
    (async () => {
      await answered(page, telephones, 'uas_redirects');
      await page.hangUp('uas_redirects');
      await telephones.all.get('uas_redirects').sipp.ended('302');
      await telephones.all.get('where it leads').sipp.ended('the call came here');
    })(),
  ]);
}

async function theyCall(t, page, gateway, refersTo) {
  const running = [];
  const start = async (name, words, { number = '100', address = '127.0.0.9' } = {}) => (
    play(t, name, { words, port: await freePort(), address, number, target: gateway.sipTarget }));
  const taken = async (name, text, { words, wait = 300, hangsUp = true, during, address } = {}) => {
    const sipp = await start(name, words, { address });
    await page.incoming(name);
    if (name === 'uac_early_update') await sleep(500);
    await page.accept(name);
    await page.event(name, 'answered');
    running.push((async () => {
      await sleep(wait);
      await during?.(name);
      if (hangsUp) await page.hangUp(name);
      await sipp.ended(text);
    })());
  };
  await taken('uac_wait_bye', 'answered and hung up on');
  await taken('uac_bye', 'hangs up itself', { words: { talk_ms: 500 }, hangsUp: false });
  await taken('uac_late_offer', 'the offer in the 200');
  await taken('uac_prack', '180 acknowledged', { wait: 300 });
  await taken('uac_early_update', 'UPDATE before the answer: 200, and 500 for an offer');
  await taken('uac_multipart', 'a description in parts');
  await taken('uac_interval_too_small', '422, then taken');
  await taken('uac_holds', 'held and taken back by the caller', { words: { talk_ms: 500, hold_ms: 500 }, wait: 1500 });
  await taken('uac_rekeys', 'new keys by the caller', { words: { talk_ms: 500 }, wait: 1200 });
  await taken('uac_refreshes', 'two UPDATEs of the caller', { words: { expires: 4, refresh_ms: 1200 }, wait: 3000 });
  await taken('uac_is_refreshed', 'two UPDATEs of the gateway', { words: { expires: 3 }, wait: 3600 });
  await taken('uac_is_held', 'held and taken back by the page', { during: holdAndResume(page) });
  await taken('uac_info', 'digits by INFO, both ways', { wait: 1400, address: '127.0.0.10', during: async (name) => {
    t.equal((await page.event(name, 'dtmf')).detail.digit, '5', 'uac_info: the page is told its digit');
    await page.tell(name, 'sendDtmf', '7');
    await sleep(500);
  } });
  await taken('uac_refer', 'REFER to a telephone that answers', { words: { talk_ms: 300, refer_to: `<sip:${refersTo}@anywhere.example>` }, wait: 1500 });
  await Promise.all(running);

  const cancelled = await start('uac_cancel', { ring_ms: 300 });
  await page.incoming('uac_cancel');
  await page.event('uac_cancel', 'ended');
  await cancelled.ended('gave up');
  await (await start('uac_refused', {}, { number: '999' })).ended('404');
  await (await start('uac_bad_offer')).ended('488 with Warning');
  await (await start('uac_options')).ended('200 with Allow, Accept and Supported');
  await (await start('uac_max_forwards')).ended('200');
  await (await start('uac_message')).ended('200');
  await (await start('uac_mwi')).ended('200');
}

await story('The SIPp pack, as operators play it', async (t) => {
  const telephones = new Telephones(t);
  const add = (...given) => telephones.add(...given);
  for (const name of ['uas_answer', 'uas_busy_trunk', 'uas_refuse', 'uas_refuses_media', 'uas_multipart', 'uas_cancelled', 'uas_is_held',
    'uas_takes_glare', 'uas_gives_glare', 'uas_reinvites', 'uas_interval_too_small', 'uas_t38', 'uas_replaces', 'uas_referred', 'uas_message']) {
    await add(name);
  }
  const password = { username: 'caller', password: 'secret' };
  await add('uas_answer_bye', { words: { talk_ms: 300 } });
  await add('uas_early', { words: { early_ms: 500 } });
  await add('uas_challenges', { trunk: password });
  await add('uas_two_realms', { trunk: { accounts: [{ ...password, realm: 'phones' }, { username: 'front', password: 'other', realm: 'front' }] } });
  await add('uas_trunk', { calls: 1000, trunk: { health: { options: '1s' } } });
  await add('uas_holds', { words: { talk_ms: 500, hold_ms: 500 } });
  await add('uas_holds_by_update', { words: { talk_ms: 500, hold_ms: 500 } });
  await add('uas_is_held_challenged', { trunk: password });
  await add('uas_moves', { words: { talk_ms: 500 } });
  await add('uas_bad_reoffer', { words: { talk_ms: 300 } });
  await add('uas_asks_for_offer', { words: { talk_ms: 500 } });
  await add('uas_is_refreshed', { words: { expires: 3 } });
  await add('uas_is_refreshed_by_invite', { words: { expires: 3 } });
  await add('uas_refreshes', { words: { expires: 4, refresh_ms: 1500 } });
  await add('uas_never_refreshes', { words: { expires: 3 } });
  await add('uas_prack', { words: { early_ms: 300 }, trunk: kReliable });
  await add('uas_prack_required', { trunk: { '100rel': 'required' } });
  await add('uas_info', { trunk: { dtmf: 'info' } });
  await add('uas_forks', { words: { early_ms: 500 } });
  await add('uas_forks_reliably', { words: { early_ms: 500 }, trunk: kReliable });
  await add('uas_forks_and_updates', { words: { early_ms: 300 }, trunk: kReliable });
  await add('uas_late_offer', { trunk: { late_offer: true } });
  await add('uas_early_offer', { words: { early_ms: 300 }, trunk: { late_offer: true, ...kReliable } });
  for (const name of ['uas_rekeys', 'uas_rekeys_by_update', 'uas_drops_encryption']) {
    await add(name, { words: { talk_ms: 300 }, trunk: { srtp: 'required' } });
  }
  await add('uas_early_update', { words: { early_ms: 500 }, trunk: kReliable });
  const allowed = { transfers: 'allow' };
  const leads = await add('uas_answer', { as: 'where it leads' });
  const named = await add('uas_answer', { as: 'whom callers name' });
  const refuses = await add('uas_refuse', { as: 'who refuses' });
  const replaced = telephones.all.get('uas_replaces').number;
  await add('uas_redirects', { words: { contact: `<sip:${leads}@elsewhere.example>` }, trunk: { redirects: 'dial-plan' } });
  await add('uas_refer', { words: { refer_to: `<sip:${replaced}@anywhere.example?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2>`, talk_ms: 300 }, trunk: allowed });
  await add('uas_refer_fails', { words: { refer_to: `<sip:${refuses}@anywhere.example>`, talk_ms: 300 }, trunk: allowed });
  await add('uas_refer_refused', { words: { refer_to: '<sip:0900666@premium.example>', talk_ms: 300 }, trunk: allowed });
  await add('uas_refer_refused', { as: 'no more hops', words: { refer_to: `<sip:${leads}@anywhere.example>`, talk_ms: 300, status: 483, max_forwards: 0 }, trunk: allowed });
  const gateway = await t.gateway({
    sip: { session_expires: '90s', min_session_expires: '2s' },
    trunks: [...telephones.trunks, { name: 'callers', address: '127.0.0.9:5060', codecs: ['pcmu'], srtp: 'optional', ...kReliable, ...allowed },
      { name: 'keypads', address: '127.0.0.10:5060', codecs: ['pcmu'], dtmf: 'info' }],
    routes: [
      telephones.fromTrunk('uas_redirects', 'where it leads'), telephones.fromTrunk('uas_refer', 'uas_replaces'),
      telephones.fromTrunk('uas_refer_fails', 'who refuses'), telephones.fromTrunk('no more hops', 'where it leads'),
      { to: named, target: 'trunk whom_callers_name', trunk_in: 'callers' },
      ...telephones.routes, { to: '800', target: 'trunk uas_referred' }, { to: '100', target: 'user alice' },
    ],
  });
  const page = await t.phone(await t.browser('chromium'), alice.token);
  await theyAreCalled(t, page, telephones);
  await theyCall(t, page, gateway, telephones.all.get('whom callers name').number);
  const writer = await RawPage.login(gateway, alice.token);
  writer.say({ type: 'message', id: 'm1', to: telephones.all.get('uas_message').number, text: 'Hello' });
  await telephones.all.get('uas_message').sipp.ended('a message from a page');
  writer.close();

  const files = fs.readdirSync(folder).filter((file) => file.endsWith('.xml')).map((file) => file.slice(0, -4));
  t.equal(files.filter((file) => !played.has(file) && !kElsewhere.includes(file)), [], 'scenarios that nobody plays');
  t.equal(files.filter((file) => !new RegExp(`\\b${file}\\b`).test(readme)), [], 'scenarios that README.md does not know');
  await gateway.quiet();
  await gateway.stop();
});
