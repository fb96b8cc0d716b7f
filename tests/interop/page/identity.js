// How a page of the stories says who its user is, for browsers without identity providers of their own (RFC 8827
// §7), and what a thief would send.

const kSend = WebSocket.prototype.send;

/// Logs in by OpenID Connect, as found by the provider's discovery.
function byOpenId({ url, domain, user }, oidcIdentity) {
  return oidcIdentity(domain, 'oidc', async (nonce) => {
    const discovery = await (await fetch(`${url}/.well-known/openid-configuration`)).json();
    const query = new URLSearchParams({ user, nonce });
    return (await (await fetch(`${discovery.token_endpoint}?${query}`)).json()).id_token;
  });
}

/// Whatever the test's provider says, its faults included.
async function bySigning({ url, ...question }, fingerprints) {
  const answer = await fetch(`${url}/line`, { method: 'POST', body: JSON.stringify({ ...question, fingerprints }) });
  return (await answer.json()).line;
}

/// The `identity` option of a call. `added` has `line` (said as it is), or `url` of the provider with `domain`,
/// `protocol`, `user` and perhaps `fault`. `oidcIdentity` is causeway.js' own.
export function adder(added, oidcIdentity) {
  if (added.line !== undefined) return added.line;
  if (added.protocol === 'oidc' && !added.fault) return byOpenId(added, oidcIdentity);
  return (fingerprints) => bySigning(added, fingerprints);
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
  // Softphones of this page speak SIP.
  if (!text.startsWith('{')) return kSend.call(this, text);
  const message = JSON.parse(text);
  if (stolen && message.sdp) {
    message.sdp = message.sdp.replace(/^a=identity:.*\r\n/gm, '').replace(/^a=fingerprint:.*$/gm, stolen.fingerprint)
      .replace(/^m=/m, `${stolen.identity}\r\nm=`);
  }
  sent.push(message);
  kSend.call(this, JSON.stringify(message));
};
