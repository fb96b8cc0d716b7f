// Who is calling, for pages: the a=identity of an offer (RFC 8827 §5), an OIDC id_token that speaks for it, and
// what the caller object of an incoming call amounts to. Part of causeway.js, which passes it on.

const kMaxIdentity = 16384;
const kIdentityMs = 15000; // what W3C webrtc-identity allows a provider

/** An Error that causeway.js turns into a CausewayError with this `reason`. */
function fault(reason, text, more = {}) {
  return Object.assign(new Error(text), { reason, ...more });
}

/** All fingerprints of a description, each once, written as in RFC 8827 §7.4: [{algorithm, digest}]. */
export function fingerprintsOf(sdp) {
  const found = new Map();
  for (const [, algorithm, digest] of sdp.matchAll(/^a=fingerprint:(\S+) +([0-9A-Fa-f:]+)/gm)) {
    const one = { algorithm: algorithm.toLowerCase(), digest: digest.toUpperCase() };
    found.set(`${one.algorithm} ${one.digest}`, one);
  }
  return [...found.values()];
}

/** `sdp` with `value` as its session-level a=identity. */
export function withIdentity(sdp, value) {
  if (typeof value !== "string" || !/^[A-Za-z0-9+/]+={0,2}$/.test(value) || value.length > kMaxIdentity) {
    throw fault("identity-failed", `An identity is base64 text of at most ${kMaxIdentity} characters.`);
  }
  const media = sdp.search(/^m=/m);
  const end = media < 0 ? sdp.length : media;
  return `${sdp.slice(0, end)}a=identity:${value}\r\n${sdp.slice(end)}`;
}

/** Refuses what cannot work before the microphone is asked for. */
export function checkIdentityOptions({ identity, identityProvider }) {
  if (identity && identityProvider) {
    throw fault("identity-failed", "Give an identity or an identity provider, not both.");
  }
  if (!identityProvider) return;
  if (typeof identityProvider.domain !== "string" || !identityProvider.domain) {
    throw fault("identity-failed", "An identity provider needs its domain.");
  }
  if (!("setIdentityProvider" in RTCPeerConnection.prototype)) {
    throw fault("identity-unsupported",
      "This browser knows no identity providers: give the call an `identity` instead.");
  }
}

/** Makes the offer with the browser's own identity provider (Firefox), or without. The peer's identity is never
 *  demanded of the browser: a gateway cannot promise isolated media (RFC 8833 §3). */
export async function createOffer(peer, identityProvider) {
  if (!identityProvider) return peer.createOffer();
  const { domain, ...options } = identityProvider;
  try {
    peer.setIdentityProvider(domain, options);
    return await peer.createOffer();
  } catch (error) {
    const login = error.name === "IdpLoginError" || Boolean(peer.idpLoginUrl);
    throw fault(login ? "identity-login" : "identity-failed",
      login ? `You are not logged in at ${domain}.` : `The identity provider ${domain} failed: ${error.message}`,
      { loginUrl: peer.idpLoginUrl ?? "" });
  }
}

/** The text to send for an offer. It is added here because Chromium drops a=identity from its description. */
export async function identified(sdp, identity) {
  if (!identity) return sdp;
  if (typeof identity === "string") return withIdentity(sdp, identity);
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("it took too long")), kIdentityMs);
  });
  let value;
  try {
    value = await Promise.race([identity(fingerprintsOf(sdp), sdp), late]);
  } catch (error) {
    throw fault("identity-failed", `Your identity could not be had: ${error?.message ?? error}`);
  } finally {
    clearTimeout(timer);
  }
  return value ? withIdentity(sdp, value) : sdp;
}

function base64(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

const utf8 = (text) => new TextEncoder().encode(text);

/** An `identity` for call(): an OIDC id_token whose nonce holds the fingerprints of the call's media.
 *  `getIdToken(nonce)` asks the provider for a token with that nonce, and resolves with it. */
export function oidcIdentity(domain, protocol, getIdToken) {
  return async (fingerprints) => {
    if (!globalThis.crypto?.subtle) {
      throw new Error("a page may bind an identity only over https or from localhost");
    }
    const contents = JSON.stringify({ fingerprint: fingerprints });
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(contents)));
    const nonce = base64(hash).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
    const idToken = await getIdToken(nonce);
    if (!idToken) return null;
    const assertion = JSON.stringify({ id_token: idToken, contents });
    return base64(utf8(JSON.stringify({ idp: { domain, protocol }, assertion })));
  };
}

const kUnknownCaller = {
  number: "", display: "", verstat: "No-TN-Validation", attest: "", method: "none", signer: "",
  media_bound: false, privacy: false, reason: "",
};

/** "verified": somebody who may speak for the number signed that it is the caller's. "partly": somebody signed
 *  less, or a trusted network says so. "failed": what was signed is not good. "anonymous", "not-verified". */
function levelOf({ number, verstat, attest, privacy }) {
  if (privacy || number === "anonymous") return "anonymous";
  if (verstat === "TN-Validation-Failed") return "failed";
  if (verstat === "TN-Validation-Passed") return attest === "A" && number ? "verified" : "partly";
  return attest === "network-asserted" ? "partly" : "not-verified";
}

/** The caller object of an incoming call (PROTOCOL.md), with `level`. */
export function callerOf(given, from) {
  const caller = { ...kUnknownCaller, number: from, ...given };
  return { ...caller, level: levelOf(caller) };
}
