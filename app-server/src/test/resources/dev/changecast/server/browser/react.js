// React is published for Node.js: its files are wrapped as Node.js wraps them.
const files = { react: 'react', 'react-dom': 'react-dom', 'react-dom/client': 'react-dom-client', scheduler: 'scheduler' };
const loaded = {};

for (const name of ['react', 'scheduler', 'react-dom', 'react-dom/client']) {
  const code = await (await fetch(`/lib/cjs/${files[name]}.js`)).text();
  const module = { exports: {} };
  new Function('module', 'exports', 'require', 'process', code)(module, module.exports, (other) => loaded[other], { env: {} });
  loaded[name] = module.exports;
}

export const { createElement, StrictMode, useMemo, useSyncExternalStore } = loaded.react;
export const { createRoot } = loaded['react-dom/client'];
