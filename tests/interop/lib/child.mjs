// Programs under test and their peers: started with their output kept, ended for sure.

import { spawn, execFileSync } from 'node:child_process';

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

export function requireProgram(name) {
  try {
    return execFileSync('/bin/sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
  } catch {
    throw new Error(`the program ${name} is needed for this test and is not installed: ./test installs it`);
  }
}

export class Child {
  output = '';
  #waiters = [];

  constructor(name, program, args, options = {}) {
    this.name = name;
    this.process = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options });
    running.add(this.process);
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => this.#append(text));
    }
    this.process.stdin.on('error', () => {});
    this.exited = new Promise((resolve, reject) => {
      this.process.on('error', reject);
      this.process.on('close', (code, signal) => {
        running.delete(this.process);
        resolve(signal ?? code);
        this.#append('');
      });
    });
    this.exited.catch(() => {});
  }

  get pid() {
    return this.process.pid;
  }

  get alive() {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  #append(text) {
    this.output += text;
    this.#waiters = this.#waiters.filter((waiter) => !waiter());
  }

  /// The match of `pattern` in the output; fails when it does not come in time or the program ends first.
  waitFor(pattern, milliseconds = 10000) {
    return new Promise((resolve, reject) => {
      const finish = (settle, value) => {
        clearTimeout(timer);
        settle(value);
        return true;
      };
      const look = () => {
        const match = this.output.match(pattern);
        if (match) return finish(resolve, match);
        if (!this.alive) return finish(reject, new Error(`${this.name} ended before it said ${pattern}:\n${this.output}`));
        return false;
      };
      const timer = setTimeout(() => {
        this.#waiters = this.#waiters.filter((waiter) => waiter !== look);
        reject(new Error(`${this.name} did not say ${pattern} in ${milliseconds} ms:\n${this.output}`));
      }, milliseconds);
      if (!look()) this.#waiters.push(look);
    });
  }

  /// Waits for the end; kills when it does not come in time. Exit code, or the signal's name.
  async end(milliseconds = 10000) {
    const timer = setTimeout(() => this.kill(), milliseconds);
    const result = await this.exited;
    clearTimeout(timer);
    return result;
  }

  kill(signal = 'SIGKILL') {
    if (this.alive) this.process.kill(signal);
  }
}
