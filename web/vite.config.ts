// How the console is built: static files for nginx, under /admin/, with the
// hash of their content in their names. The page itself is not cached, the
// rest is for ever.
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// `npx vite` serves the sources with the API of a portal that runs already.
const portal = process.env.EPORTAL_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
    base: '/admin/',
    plugins: [react()],
    resolve: {
        alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) }
    },
    build: {
        outDir: process.env.CONSOLE_DIR ?? '../build/console',
        emptyOutDir: true,
        assetsDir: 'assets',
        // A font or picture in a data: address would need a wider policy.
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        chunkSizeWarningLimit: 700
    },
    server: {
        proxy: { '^/admin/(api|sso)/': { target: portal } }
    }
});
