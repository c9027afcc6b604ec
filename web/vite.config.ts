import { defineConfig } from 'vite';

/** Where `vite` in development finds a running TokenWatch. */
const SERVER = 'http://127.0.0.1:8878';

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: { outDir: 'dist', emptyOutDir: true, assetsInlineLimit: 0 },
  server: { proxy: { '/api': SERVER, '/ws': { target: SERVER, ws: true } } },
});
