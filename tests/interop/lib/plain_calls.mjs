// Calls of a page that speaks the protocol without a browser: nobody is behind its offer, but with
// `assertion: {dtls_before_invite: false}` the INVITE leaves all the same. For stories about signalling only.

import { browserOffer } from './browser_offer.mjs';

export const withoutBrowser = { assertion: { dtls_before_invite: false } };

let serial = 0;

/// Places a call; {name, id, ended()} once the gateway took it, or {refused}.
export async function place(page, to) {
  const name = `plain-${++serial}`;
  page.say({ type: 'call', call: name, to, sdp: browserOffer() });
  const of = (types, milliseconds) => hearOf(page, name, types, milliseconds);
  const first = await of(['answer', 'ended']);
  if (first.type === 'ended') return { name, refused: first };
  return { name, id: first.id, hear: of, hangUp: () => page.say({ type: 'hangup', call: name }) };
}

/// The next message of these types about this call.
async function hearOf(page, name, types, milliseconds = 10000) {
  for (const until = Date.now() + milliseconds; ;) {
    const found = page.messages.find((each) => !each.told && each.call === name && [types].flat().includes(each.type));
    if (found) {
      found.told = true;
      return found;
    }
    if (Date.now() > until) throw new Error(`no ${types} of ${name}: ${JSON.stringify(page.messages.filter((each) => each.call === name))}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/// Types of all messages about the call so far.
export const heardOf = (page, name) => page.messages.filter((each) => each.call === name).map(({ type }) => type);
