// Builds the page into the folder of the function that serves it: each file plain, as gzip and as Brotli, and a
// manifest that says what each is. The names of scripts and styles change with what is in them.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const PAGE = new URL("../functions/serve_dashboard/page", import.meta.url).pathname;
const TYPES = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

const { outputFiles, metafile } = await build({
  absWorkingDir: import.meta.dirname,
  entryPoints: ["src/main.tsx", "src/styles/main.css", "icon.svg"],
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  outdir: PAGE,
  bundle: true,
  format: "esm",
  splitting: true,
  metafile: true,
  target: "es2023",
  minify: true,
  legalComments: "none",
  jsx: "automatic",
  jsxImportSource: "preact",
  loader: { ".svg": "copy" },
  write: false,
});

const files = Object.fromEntries(outputFiles.map((file) => [basename(file.path), Buffer.from(file.contents)]));
let page = readFileSync(join(import.meta.dirname, "index.html"), "utf8");
for (const name of Object.keys(files)) {
  page = page.replace(`/${name.replace(/-\w+\./, ".")}"`, `/${name}"`);
}
page = page.replace(/^ *<script/m, `${preloads()}$&`);
files["index.html"] = Buffer.from(page);

rmSync(PAGE, { recursive: true, force: true });
mkdirSync(PAGE, { recursive: true });
for (const [name, content] of Object.entries(files)) {
  const best = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  writeFileSync(join(PAGE, name), content);
  writeFileSync(join(PAGE, `${name}.gz`), gzipSync(content, { level: 9 }));
  writeFileSync(join(PAGE, `${name}.br`), brotliCompressSync(content, best));
}
const manifest = Object.keys(files).map((name) => [name, TYPES[name.split(".").at(-1)]]);
writeFileSync(join(PAGE, "manifest.json"), JSON.stringify(Object.fromEntries(manifest), null, 2));

/** What the first script needs, so that browsers don't wait for it to find that out. */
function preloads() {
  const [main] = Object.values(metafile.outputs).filter(({ entryPoint }) => entryPoint === "src/main.tsx");
  const needed = main.imports.filter(({ kind }) => kind === "import-statement").map(({ path }) => basename(path));
  return needed.map((name) => `    <link rel="modulepreload" href="/assets/${name}">\n`).join("");
}
