// Preloaded into each measured process: tells its CPU time (all threads, and the loop's alone) and its memory when the benchmark asks.

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  // This listener runs on the loop's own thread.
  const loop = process.threadCpuUsage();
  const loopCpuUs = loop.user + loop.system;
  process.send?.({ cpuUs: user + system, loopCpuUs, residentBytes: process.memoryUsage.rss() });
});
process.channel?.unref();
// A benchmark that ends before its time leaves nothing running.
process.on('disconnect', () => process.exit());
