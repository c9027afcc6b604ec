// How many streams may be open at once: each takes two files of the server, the client's end and the upstream's.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Of the server's, for all that is no stream. */
const SPARE = 100;
const PER_STREAM = 2;

/** Of one process; without a bound where the system tells none. */
interface FileLimit {
  readonly soft: number;
  readonly hard: number;
}

export const filesFor = (streams: number): number => PER_STREAM * streams + SPARE;
export const streamsFor = ({ hard }: FileLimit): number => Math.floor((hard - SPARE) / PER_STREAM);

/** Raises the limit as far as this user may, for this process and those it starts. Node raises its own soft one. */
export function fileLimit(wanted: number): FileLimit {
  const before = readLimit();
  if (before.hard >= wanted) return before;
  spawnSync('prlimit', [`--pid=${process.pid}`, `--nofile=${wanted}:${wanted}`], { stdio: 'ignore' });
  return readLimit();
}

/** What to do where it is too low. */
export function tooFewFiles(streams: number, { hard }: FileLimit): string {
  return `${streams} open streams take ${filesFor(streams)} open files of one process, and here it may have ${hard} ("ulimit -Hn"). Raise that as root ("prlimit --pid $$ --nofile=${filesFor(streams)}", LimitNOFILE= of systemd, --ulimit nofile= of docker), or ask for fewer. So this run opens ${streamsFor({ soft: hard, hard })}.`;
}

function readLimit(): FileLimit {
  try {
    const line = /^Max open files +(\S+) +(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    return { soft: boundOf(line?.[1]), hard: boundOf(line?.[2]) };
  } catch {
    // No /proc here: the shell tells it.
    const { stdout } = spawnSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' });
    return { soft: boundOf(stdout.trim()), hard: boundOf(stdout.trim()) };
  }
}

const boundOf = (text: string | undefined): number => Number(text) || Number.MAX_SAFE_INTEGER;
