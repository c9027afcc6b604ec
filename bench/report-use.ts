// Preloaded into each measured process: tells its CPU time (all threads) and its memory when the benchmark asks.

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuUs: user + system, residentBytes: process.memoryUsage.rss() });
});
process.channel?.unref();
// A benchmark that ends before its time leaves nothing running.
process.on('disconnect', () => process.exit());
