// How a page of the stories says who its user is, for browsers without identity providers of their own (RFC 8827
// §7), and what a thief would send.

const kSend = WebSocket.prototype.send;
const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

async function sha256(text) {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return base64Url(new Uint8Array(digest));
}

function base64Url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
}

/// An OpenID Connect id_token whose nonce is the hash of the fingerprints, found by the provider's discovery.
async function byOpenId({ url, domain, user }, fingerprints) {
  const contents = JSON.stringify({ fingerprint: fingerprints });
  const discovery = await (await fetch(`${url}/.well-known/openid-configuration`)).json();
  const query = new URLSearchParams({ user, nonce: await sha256(contents) });
  const answer = await (await fetch(`${discovery.token_endpoint}?${query}`)).json();
  const assertion = JSON.stringify({ id_token: answer.id_token, contents });
  return base64(JSON.stringify({ idp: { domain, protocol: 'oidc' }, assertion }));
}

/// Whatever the test's provider says, its faults included.
async function bySigning({ url, ...question }, fingerprints) {
  const answer = await fetch(`${url}/line`, { method: 'POST', body: JSON.stringify({ ...question, fingerprints }) });
  return (await answer.json()).line;
}

/// The `identity` option of a call. `added` has `line` (said as it is), or `url` of the provider with `domain`,
/// `protocol`, `user` and perhaps `fault`.
export function adder(added) {
  return async (fingerprints) => {
    if (added.line !== undefined) return added.line;
    if (added.protocol === 'oidc' && !added.fault) return byOpenId(added, fingerprints);
    return bySigning(added, fingerprints);
  };
}

/// What this page sent to the gateway, newest last.
export const sent = [];

let stolen = null;

/// From now on offers carry these fingerprints and this assertion instead of the page's own.
export function steal(offer) {
  const lines = offer?.match(/^a=(fingerprint|identity):.*$/gm);
  stolen = lines && {
    fingerprint: lines.find((line) => line.startsWith('a=fingerprint')),
    identity: lines.find((line) => line.startsWith('a=identity')),
  };
}

WebSocket.prototype.send = function send(text) {
  const message = JSON.parse(text);
  if (stolen && message.sdp) {
    message.sdp = message.sdp.replace(/^a=identity:.*\r\n/gm, '').replace(/^a=fingerprint:.*$/gm, stolen.fingerprint)
      .replace(/^m=/m, `${stolen.identity}\r\nm=`);
  }
  sent.push(message);
  kSend.call(this, JSON.stringify(message));
};
