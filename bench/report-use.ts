// Preloaded into each measured process: tells its CPU time (all threads, and the loop's alone) and its memory when the
// benchmark asks, or how long its loop stood still at the longest since it was asked before.

import { monitorEventLoopDelay } from 'node:perf_hooks';

const delay = monitorEventLoopDelay({ resolution: 1 });
const NS_PER_MS = 1e6;

process.on('message', (question) => {
  if (question === 'stall') {
    delay.enable();
    process.send?.({ stallMs: Number.isFinite(delay.max) ? delay.max / NS_PER_MS : 0 });
    delay.reset();
    return;
  }
  const { user, system } = process.cpuUsage();
  // This listener runs on the loop's own thread.
  const loop = process.threadCpuUsage();
  const loopCpuUs = loop.user + loop.system;
  process.send?.({ cpuUs: user + system, loopCpuUs, residentBytes: process.memoryUsage.rss() });
});
process.channel?.unref();
// A benchmark that ends before its time leaves nothing running.
process.on('disconnect', () => process.exit());
