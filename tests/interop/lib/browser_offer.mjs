// An offer as a browser makes it, for pages that are none: it can be refused or answered, but nobody is behind it.

import crypto from 'node:crypto';

export function someFingerprint() {
  const digest = crypto.randomBytes(32).toString('hex').toUpperCase().match(/../g).join(':');
  return { algorithm: 'sha-256', digest };
}

/// `identity`: the value of a=identity, if any.
export function browserOffer({ fingerprint = someFingerprint(), identity } = {}) {
  return [
    'v=0', 'o=- 4611 2 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=group:BUNDLE 0',
    `a=fingerprint:${fingerprint.algorithm} ${fingerprint.digest}`,
    ...(identity === undefined ? [] : [`a=identity:${identity}`]),
    'm=audio 9 UDP/TLS/RTP/SAVPF 111 0', 'c=IN IP4 0.0.0.0', 'a=rtcp:9 IN IP4 0.0.0.0', 'a=mid:0', 'a=sendrecv',
    'a=ice-ufrag:abcd', 'a=ice-pwd:abcdefghijklmnopqrstuvwx', 'a=ice-options:trickle', 'a=setup:actpass', 'a=rtcp-mux',
    'a=rtpmap:111 opus/48000/2', 'a=fmtp:111 minptime=10;useinbandfec=1', 'a=rtpmap:0 PCMU/8000', '',
  ].join('\r\n');
}
