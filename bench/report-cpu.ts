// Preloaded into each measured process: tells the CPU time of all its threads when the benchmark asks.

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.(user + system);
});
process.channel?.unref();
// A benchmark that ends before its time leaves nothing running.
process.on('disconnect', () => process.exit());
