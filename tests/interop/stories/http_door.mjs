// A call by plain HTTP: a page that knows no WebSocket and no script of ours posts its offer, hears its tone, restarts
// ICE, asks for the state and hangs up; the same by curl as far as curl can; what is refused and with what.

import { execFileSync } from 'node:child_process';
import { heard } from '../lib/browser.mjs';
import { requireProgram } from '../lib/child.mjs';
import { alice } from '../lib/gateway.mjs';
import { expectTone } from '../lib/expect_sound.mjs';
import { sleep, story } from '../lib/story.mjs';

/// In the page: a call by fetch alone. What WHIP clients do (RFC 9725).
async function callByHttp(url, token, frequency) {
  await kit.ready();
  const mouth = kit.tone({ frequency, level: -20 });
  const peer = new RTCPeerConnection();
  const stream = new MediaStream();
  peer.ontrack = ({ track }) => stream.addTrack(track);
  peer.addTrack(mouth.getAudioTracks()[0], mouth);
  await peer.setLocalDescription();
  const waiting = [];
  let trickle = (line) => waiting.push(line);
  peer.onicecandidate = ({ candidate }) => trickle(candidate ? `a=${candidate.candidate}` : 'a=end-of-candidates');
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${url}/v1/calls?to=600`, {
    method: 'POST', body: peer.localDescription.sdp, headers: { ...headers, 'content-type': 'application/sdp' },
  });
  if (answer.status !== 201) return { status: answer.status, problem: await answer.json() };
  const place = new URL(answer.headers.get('location'), url).href;
  window.whip = { peer, place, headers, tag: answer.headers.get('etag') };
  const credentials = (sdp) => sdp.match(/^a=ice-(ufrag|pwd):.*$/gm).slice(0, 2).join('\r\n');
  const patch = (body, match) => fetch(place, {
    method: 'PATCH', body, headers: { ...headers, 'if-match': match, 'content-type': 'application/trickle-ice-sdpfrag' },
  });
  Object.assign(window.whip, { patch, credentials });
  await peer.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
  const patched = [];
  trickle = (line) => patched.push(patch(`${credentials(peer.localDescription.sdp)}\r\n${line}\r\n`, window.whip.tag));
  waiting.forEach(trickle);
  kit.listen('http', stream);
  const results = (await Promise.all(patched)).map(({ status }) => status);
  return { status: answer.status, place, accept: answer.headers.get('accept-patch'), results };
}

/// In the page: new credentials, one PATCH, the answer's fragment into the old answer.
async function restartIce() {
  const { peer, patch, credentials } = window.whip;
  const old = credentials(peer.remoteDescription.sdp);
  const answer = peer.remoteDescription.sdp;
  await peer.setLocalDescription(await peer.createOffer({ iceRestart: true }));
  const given = await patch(`${credentials(peer.localDescription.sdp)}\r\n`, '*');
  const fragment = await given.text();
  const candidates = fragment.match(/^a=candidate:.*$/gm) ?? [];
  const sdp = answer.replace(/^a=candidate:.*\r\n/gm, '').replace(/^a=end-of-candidates\r\n/gm, '')
    .replace(/^a=ice-ufrag:.*$/m, fragment.match(/^a=ice-ufrag:.*$/m)[0].trim())
    .replace(/^a=ice-pwd:.*$/m, fragment.match(/^a=ice-pwd:.*$/m)[0].trim()) + candidates.map((line) => `${line.trim()}\r\n`).join('');
  await peer.setRemoteDescription({ type: 'answer', sdp });
  window.whip.tag = given.headers.get('etag');
  return { status: given.status, changed: !fragment.includes(old.split('\r\n')[0]) };
}

function curl(...args) {
  const out = execFileSync(requireProgram('curl'), ['-s', '-o', '-', '-w', '\n%{http_code}', ...args], { encoding: 'utf8' });
  const at = out.lastIndexOf('\n');
  return { status: Number(out.slice(at + 1)), body: out.slice(0, at) };
}

function refuses(t, gateway) {
  const url = `${gateway.url}/v1/calls`;
  const sdp = ['-H', 'Content-Type: application/sdp'];
  const token = ['-H', `Authorization: Bearer ${alice.token}`];
  const post = (to, ...more) => curl('-X', 'POST', '--data-binary', 'v=0', ...more, `${url}${to}`);
  t.equal(post('?to=600', ...sdp).status, 401, 'without a token');
  t.equal(post('?to=600', '-H', 'Authorization: Bearer wrong', ...sdp).status, 401, 'with a wrong one');
  t.equal(post('?to=600', ...token).status, 415, 'a body that is no SDP');
  t.equal(post('', ...token, ...sdp).status, 400, 'calling nobody');
  const bad = post('?to=600', ...token, ...sdp);
  t.equal([bad.status, JSON.parse(bad.body).reason], [400, 'bad-offer'], 'an offer that is none');
  t.equal(post('?to=999', ...token, ...sdp).status, 404, 'a number that nobody has');
  t.equal(curl(...token, `${url}/nothing`).status, 404, 'a call that is none');
  t.equal(curl('-X', 'OPTIONS', '-H', 'Origin: https://evil.example', url).status, 403, 'another origin');
}

await story('a call by plain HTTP', async (t) => {
  const gateway = await t.gateway();
  refuses(t, gateway);
  const browser = await t.browser('chromium');
  const page = await browser.open((await t.site()).url);
  const placed = await page.evaluate(callByHttp, gateway.url, alice.token, 800);
  t.equal([placed.status, placed.accept], [201, 'application/trickle-ice-sdpfrag'], 'the call is created');
  t.check(placed.results.every((status) => status === 204), `${placed.results.length} candidates trickled in`);
  const token = ['-H', `Authorization: Bearer ${alice.token}`];
  for (let i = 0; i < 50 && !curl(...token, placed.place).body.includes('answered'); ++i) await sleep(100);
  t.equal(JSON.parse(curl(...token, placed.place).body).state, 'answered', 'curl sees its state');
  t.equal(curl('-H', 'Authorization: Bearer other', placed.place).status, 404, 'and nobody else does');
  await page.evaluate(() => kit.ears.get('http').forget());
  await sleep(4500);
  expectTone(t, 'the page', await heard(page, 'http'), { frequency: 800, level: -20, seconds: 3 });

  const fragment = ['-H', 'Content-Type: application/trickle-ice-sdpfrag', '--data-binary', 'a=ice-ufrag:abcd'];
  t.equal(curl('-X', 'PATCH', ...token, ...fragment, placed.place).status, 428, 'a PATCH without If-Match');
  t.equal(curl('-X', 'PATCH', ...token, '-H', 'If-Match: "old"', ...fragment, placed.place).status, 412, 'one for an ICE session that is gone');
  const restarted = await page.evaluate(restartIce);
  t.equal([restarted.status, restarted.changed], [200, true], 'ICE restarts by PATCH');
  await sleep(3500);
  await page.evaluate(() => kit.ears.get('http').forget());
  await sleep(4500);
  expectTone(t, 'the page on the new path', await heard(page, 'http'), { frequency: 800, level: -20, seconds: 3 });

  t.equal(curl('-X', 'DELETE', ...token, placed.place).status, 200, 'curl hangs up');
  const end = JSON.parse(curl(...token, placed.place).body);
  t.equal([end.reason, end.by], ['hangup', 'browser'], 'the call ended');
  const record = await gateway.record(end.id);
  t.equal([record.user, record.to], ['alice', '600'], 'its record');
  await gateway.quiet();
});
