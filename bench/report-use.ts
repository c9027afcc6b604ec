// Preloaded into each measured process: tells its CPU time (all threads, and the loop's alone) and its memory when the
// benchmark asks, how long its loop stood still at the longest since it was asked before, or what its dearest turn took.

import { monitorEventLoopDelay } from 'node:perf_hooks';

const delay = monitorEventLoopDelay({ resolution: 1 });
const NS_PER_MS = 1e6;

/** CPU time that the loop's thread took for the dearest of its turns since it was asked; the loop spins meanwhile. */
let dearestTurnUs = 0;
let lastUs = 0;
let isWatched = false;
function watchTurn(): void {
  const { user, system } = process.threadCpuUsage();
  dearestTurnUs = Math.max(dearestTurnUs, user + system - lastUs);
  lastUs = user + system;
  if (isWatched) setImmediate(watchTurn);
}

process.on('message', (question) => {
  if (question === 'turns') {
    process.send?.({ turnMs: dearestTurnUs / 1000 });
    const wasWatched = isWatched;
    isWatched = !isWatched;
    if (!wasWatched) {
      const { user, system } = process.threadCpuUsage();
      lastUs = user + system;
      dearestTurnUs = 0;
      setImmediate(watchTurn);
    }
    return;
  }
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
