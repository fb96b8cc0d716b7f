// What a process holds over time: anonymous memory and descriptors, from /proc.

import fs from 'node:fs';

/// The first child of process `pid` that runs `program`, a file name; waits for it.
export async function childOf(pid, program, milliseconds = 20000) {
  for (const until = Date.now() + milliseconds; Date.now() < until;) {
    for (const child of childrenOf(pid)) {
      const command = fs.readFileSync(`/proc/${child}/cmdline`, 'utf8').split('\0');
      if (command[0].endsWith(program)) return { pid: child, command };
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`process ${pid} starts no ${program}`);
}

function childrenOf(pid) {
  const root = `/proc/${pid}/task`;
  const threads = fs.existsSync(root) ? fs.readdirSync(root) : [];
  return threads.flatMap((thread) => fs.readFileSync(`${root}/${thread}/children`, 'utf8').trim().split(' ').filter(Boolean));
}

/// Anonymous memory in MB, and open descriptors; nothing when it is gone.
export function holds(pid) {
  try {
    const kilobytes = Number(fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').match(/Anonymous:\s+(\d+)/)[1]);
    return { memory: kilobytes * 1024 / 1e6, descriptors: fs.readdirSync(`/proc/${pid}/fd`).length };
  } catch {
    return undefined;
  }
}
