// A sound card that is none: PulseAudio with a null sink, on a socket of its own. Firefox's audio clock stands
// still without a device, and its built-in mock device runs some percent slow.

import path from 'node:path';
import { Child, requireProgram } from './child.mjs';

export async function startSoundServer(directory) {
  const socket = path.join(directory, 'pulse');
  const child = new Child('pulseaudio', requireProgram('pulseaudio'), ['-n', '--daemonize=no', '--use-pid-file=no',
    '--exit-idle-time=-1', '--high-priority=no', '--realtime=no', '--disable-shm=yes', '--log-target=stderr',
    '--log-level=info', '-L', 'module-null-sink rate=48000',
    '-L', `module-native-protocol-unix auth-anonymous=1 socket=${socket}`],
  { env: { ...process.env, HOME: directory, XDG_RUNTIME_DIR: directory, PULSE_RUNTIME_PATH: directory } });
  await child.waitFor(/Daemon startup complete|Loaded "module-native-protocol-unix"/);
  return {
    environment: { PULSE_SERVER: `unix:${socket}` },
    stop: async () => {
      child.kill('SIGTERM');
      await child.end(2000);
    },
  };
}
