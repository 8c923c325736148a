import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

declare const process: { env: Record<string, string | undefined> };

// The server shows index.html at / and the rest of dist below /.segue/: a dot path never
// collides with a file of the folder. SEGUE names a running server for `npm run dev`.
const server = process.env.SEGUE ?? 'http://127.0.0.1:8080';

export default defineConfig(({ command }) => ({
  // While developing, Vite serves the page itself, which is at / in either case.
  base: command === 'build' ? '/.segue/' : '/',
  plugins: [react(), tailwindcss()],
  build: {
    target: 'es2022',
    sourcemap: false,
    license: { fileName: 'licenses.md' },
    // Data URLs for small images would escape the asset cache and count in every first load.
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        entryFileNames: 'assets/app-[hash].js',
        chunkFileNames: 'assets/[name]-[hash].js',
        assetFileNames: 'assets/[name]-[hash][extname]',
      },
    },
  },
  server: {
    proxy: {
      // All but the app's own modules: the API and the media share the page's origin.
      '^/(?!$|\\?|@|src/|node_modules/|index\\.html|theme\\.js|favicon\\.svg)': { target: server },
    },
  },
  test: {
    environment: 'node',
    include: ['src/**/*.test.{ts,tsx}'],
    restoreMocks: true,
  },
}));
