// What the process itself takes, by the names that every Prometheus dashboard knows.

import { performance } from 'node:perf_hooks';
import type { Family } from './metrics.ts';
import { readFamily } from './metrics.ts';

const MICROS_PER_SECOND = 1e6;

export function processMetrics(version: string): readonly Family[] {
  const startedSeconds = Math.round(performance.timeOrigin) / 1000;
  return [
    readFamily(
      'gauge',
      { name: 'tokenwatch_build_info', help: 'Always 1; the version is the label.', labels: ['version'] },
      () => [[[version], 1]],
    ),
    readFamily('counter', { name: 'process_cpu_seconds', help: 'CPU time, of all threads.' }, () => {
      const { user, system } = process.cpuUsage();
      return [[[], (user + system) / MICROS_PER_SECOND]];
    }),
    readFamily('gauge', { name: 'process_resident_memory_bytes', help: 'Memory in use.' }, () => [
      [[], process.memoryUsage.rss()],
    ]),
    readFamily(
      'gauge',
      { name: 'process_start_time_seconds', help: 'When the process started, since the epoch.' },
      () => [[[], startedSeconds]],
    ),
    readFamily(
      'counter',
      { name: 'tokenwatch_event_loop_busy_seconds', help: 'How long the main thread was at work.' },
      () => [[[], performance.eventLoopUtilization().active / 1000]],
    ),
  ];
}
