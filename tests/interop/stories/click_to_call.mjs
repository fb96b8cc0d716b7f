// A page of somebody else's web site with one <causeway-call>: a click calls, the tone is heard, a second click hangs up;
// a busy number says so; a site that is not allowed is refused.

import { alice } from '../lib/gateway.mjs';
import { servePages } from '../lib/page_server.mjs';
import { sleep, story } from '../lib/story.mjs';

const kind = process.argv[2] ?? 'chromium';

/// Puts the element into the page, as its author would write it.
async function place(page, gateway, to) {
  await page.evaluate(async (script, socket, token, number) => {
    await import(script);
    document.body.innerHTML = `<causeway-call to="${number}" gateway="${socket}" token="${token}">Call us</causeway-call>`;
  }, `${gateway.url}/causeway.js`, gateway.socketUrl, alice.token, to);
}

function click(page) {
  return page.evaluate(() => document.querySelector('causeway-call').shadowRoot.querySelector('button').click());
}

async function says(t, page, pattern, milliseconds = 10000) {
  let text = '';
  for (const until = Date.now() + milliseconds; Date.now() < until; await sleep(50)) {
    text = await page.evaluate(() => document.querySelector('causeway-call').shadowRoot.querySelector('[part=status]').textContent);
    if (pattern.test(text)) return t.say(`ok    the button says "${text}"`);
  }
  throw new Error(`the button says "${text}", not ${pattern}`);
}

await story(`click to call in ${kind}`, async (t) => {
  const gateway = await t.gateway();
  const site = await t.site();
  const stranger = await servePages();
  t.atEnd(() => stranger.close());

  const browser = await t.browser(kind);
  const page = await browser.open(site.url);
  await place(page, gateway, '601');
  await click(page);
  await says(t, page, /0:0[2-9]/);
  await click(page);
  await says(t, page, /ended/i);
  const [record] = gateway.calls();
  t.equal([record.to, record.page, record.end.code], ['601', site.url, 'hangup'], 'the record names the calling page');

  await place(page, gateway, '603');
  await click(page);
  await says(t, page, /busy/i);

  const other = await browser.open(stranger.url);
  await place(other, gateway, '601');
  await click(other);
  await says(t, other, /^(?!Calling)./);
  t.equal(gateway.calls().length, 2, 'a site that is not allowed calls nobody');
  await gateway.quiet();
});
