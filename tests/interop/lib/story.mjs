// The frame of a story: a title, steps that are printed as they come true, and an end that cleans up. The exit
// code is ctest's verdict.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Browser } from './browser.mjs';
import { Gateway } from './gateway.mjs';
import { PagePhone } from './page_phone.mjs';
import { servePages } from './page_server.mjs';

export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/// Time that the machine under this one gave to others, in ms over all cores: sound cannot flow meanwhile.
function stolenMs() {
  return Number(fs.readFileSync('/proc/stat', 'utf8').split('\n')[0].trim().split(/\s+/)[8]) * 10;
}

class Story {
  #cleaning = [];
  #begin = Date.now();
  #stolenBefore = stolenMs();

  constructor() {
    this.directory = fs.mkdtempSync(path.join(os.tmpdir(), 'causeway-story-'));
  }

  /// A directory in the story's own.
  directoryFor(name) {
    const directory = path.join(this.directory, name);
    fs.mkdirSync(directory, { recursive: true });
    return directory;
  }

  /// Prints a line of the story.
  say(text) {
    console.log(`${((Date.now() - this.#begin) / 1000).toFixed(1).padStart(6)} s  ${text}`);
  }

  /// `action` is called at the end, last come first.
  atEnd(action) {
    this.#cleaning.push(action);
  }

  /// Fails the story unless `condition`.
  check(condition, text) {
    if (!condition) throw new Error(`not true: ${text}`);
    this.say(`ok    ${text}`);
  }

  equal(actual, expected, text) {
    const [a, e] = [JSON.stringify(actual), JSON.stringify(expected)];
    if (a !== e) throw new Error(`${text}: expected ${e}, found ${a}`);
    this.say(`ok    ${text}: ${a}`);
  }

  /// Arguments as those of Gateway.start; the story's pages may call.
  async gateway(config, options) {
    const site = await this.site();
    const withOrigin = (gateway) => {
      const sections = typeof config === 'function' ? config(gateway) : config;
      return { ...sections, http: { allowed_origins: [site.origin], ...sections?.http } };
    };
    this.running = await Gateway.start(this.directory, withOrigin, options);
    this.atEnd(() => this.running.child.kill());
    return this.running;
  }

  async site() {
    if (!this.pages) {
      this.pages = await servePages();
      this.atEnd(() => this.pages.close());
    }
    return this.pages;
  }

  async browser(kind, options) {
    const browser = await Browser.start(kind, options);
    this.atEnd(() => browser.stop());
    return browser;
  }

  /// A page of the test site in `browser`, logged in with a token or other credentials.
  async phone(browser, credentials) {
    const page = await browser.open((await this.site()).url);
    const phone = await PagePhone.connect(page, this.running.url, credentials);
    phone.kind = browser.kind;
    return phone;
  }

  /// After a failure: the gateway's log in the directory that is kept, and its end on the screen.
  keepLog() {
    if (!this.running) return;
    const { log, child } = this.running;
    fs.writeFileSync(path.join(this.directory, 'gateway.log'), log);
    const fate = child.alive ? 'runs' : `ended with ${child.process.signalCode ?? child.process.exitCode}`;
    console.log(`Load ${os.loadavg()[0]}; stolen from this machine meanwhile: ${stolenMs() - this.#stolenBefore} ms`);
    console.log(`The gateway ${fate}; its last words:\n${log.split('\n').slice(-30).join('\n')}`);
  }

  async finish() {
    for (const action of this.#cleaning.reverse()) {
      try {
        await action();
      } catch (error) {
        console.log(`while cleaning up: ${error.message}`);
      }
    }
  }
}

export async function story(title, body) {
  console.log(title);
  const teller = new Story();
  let failed = false;
  try {
    await body(teller);
  } catch (error) {
    failed = true;
    console.log(`FAILED ${error.stack}`);
    if (error.cause) console.log(`because of ${error.cause.stack}`);
    teller.keepLog();
  }
  await teller.finish();
  if (failed) console.log(`Kept for a look: ${teller.directory}`);
  else fs.rmSync(teller.directory, { recursive: true, force: true });
  process.exit(failed ? 1 : 0);
}
