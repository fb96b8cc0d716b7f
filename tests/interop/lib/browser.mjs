// Chromium and Firefox ESR as Debian ships them, driven by puppeteer-core, each with a fresh profile.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import puppeteer from 'puppeteer-core';
import { requireProgram } from './child.mjs';
import { startSoundServer } from './sound_server.mjs';
import { writeTone } from './wav.mjs';

/// The tone of Chromium's fake microphone, where a page uses the browser's own getUserMedia.
export const fakeMicrophone = { frequency: 700, level: -20 };

/// Makes the authority of a PEM file trusted by the NSS database in `directory`.
function trust(directory, authority) {
  const certutil = (...args) => execFileSync(requireProgram('certutil'), ['-d', `sql:${directory}`, ...args], { stdio: 'pipe' });
  fs.mkdirSync(directory, { recursive: true });
  certutil('-N', '--empty-password');
  certutil('-A', '-n', 'the authority of the test', '-t', 'C,,', '-i', authority);
}

function launchChromium(profile, authority, args) {
  if (authority) trust(path.join(profile, '.pki/nssdb'), authority);
  const sound = path.join(profile, 'microphone.wav');
  writeTone(sound, fakeMicrophone);
  return puppeteer.launch({
    executablePath: requireProgram('chromium'),
    headless: true,
    userDataDir: path.join(profile, 'chromium'),
    env: { ...process.env, ...(authority ? { HOME: profile } : {}) },
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream', `--use-file-for-fake-audio-capture=${sound}`,
      '--allow-loopback-in-peer-connection', '--autoplay-policy=no-user-gesture-required',
      '--disable-renderer-backgrounding', '--disable-background-timer-throttling',
      '--disable-backgrounding-occluded-windows', ...args],
  });
}

function launchFirefox(profile, environment, authority) {
  if (authority) trust(path.join(profile, 'firefox'), authority);
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: requireProgram('firefox-esr'),
    headless: true,
    userDataDir: path.join(profile, 'firefox'),
    env: { ...process.env, ...environment },
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
      'media.peerconnection.ice.loopback': true,
      'media.autoplay.default': 0,
      'media.autoplay.blocking_policy': 0,
      'app.update.enabled': false,
      'network.captive-portal-service.enabled': false,
      'network.connectivity-service.enabled': false,
      'datareporting.healthreport.uploadEnabled': false,
    },
  });
}

export class Browser {
  /// `authority` is a PEM file whose HTTPS servers are trusted; `args` are Chromium's.
  static async start(kind, { authority, args = [] } = {}) {
    const browser = new Browser();
    browser.kind = kind;
    browser.profile = fs.mkdtempSync(path.join(os.tmpdir(), `causeway-${kind}-`));
    fs.mkdirSync(path.join(browser.profile, kind));
    if (kind === 'firefox') {
      browser.sound = await startSoundServer(browser.profile);
      browser.driver = await launchFirefox(browser.profile, browser.sound.environment, authority);
    } else {
      browser.driver = await launchChromium(browser.profile, authority, args);
    }
    return browser;
  }

  /// A new page at `url`; what it logs and throws is kept.
  async open(url) {
    const page = await this.driver.newPage();
    page.complaints = [];
    page.on('console', (message) => page.complaints.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => page.complaints.push(`error: ${error.message}`));
    await page.goto(url, { waitUntil: 'load' });
    return page;
  }

  async stop() {
    await this.driver.close().catch(() => this.driver.process()?.kill('SIGKILL'));
    await this.sound?.stop();
    fs.rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/// What the ear `name` of a page with the kit heard: {rate, samples}.
export async function heard(page, name) {
  const text = await page.evaluate((ear) => kit.ears.get(ear).take(), name);
  const bytes = Buffer.from(text, 'base64');
  const samples = new Float32Array(bytes.length / 2);
  for (let i = 0; i < samples.length; ++i) samples[i] = bytes.readInt16LE(2 * i) / 32768;
  return { rate: 48000, samples };
}
