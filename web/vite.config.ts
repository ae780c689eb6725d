// Builds the page into hashed files that a Content-Security-Policy of default-src 'self' lets through:
// no inline script or style, no data: URL, no request to anyone else.
import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

/** Each text file also as .gz, compressed once here instead of once per visitor by the small server. */
function compressed(): Plugin {
  return {
    name: "tepore-compressed",
    apply: "build",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        for (const file of Object.values(bundle)) {
          const source = file.type === "chunk" ? file.code : file.source;
          const packed = gzipSync(source, { level: 9 });
          this.emitFile({ type: "asset", fileName: `${file.fileName}.gz`, source: packed });
        }
      },
    },
  };
}

/** A make-style list of the sources that went into the page: CMake rebuilds the page when one of them changes. */
function dependencyFile(path: string | undefined, target: string | undefined): Plugin {
  return {
    name: "tepore-dependency-file",
    apply: "build",
    generateBundle() {
      if (!path || !target) return;
      const escaped = (file: string) => file.replaceAll(" ", "\\ ");
      const own = [...this.getModuleIds(), ...this.getWatchFiles()]
        .map((id) => id.split("?")[0] ?? "")
        .filter((id) => id.startsWith(import.meta.dirname) && !id.includes("/node_modules/"));
      writeFileSync(path, `${escaped(target)}: ${[...new Set(own)].map(escaped).join(" \\\n  ")}\n`);
    },
  };
}

export default defineConfig({
  base: "./",
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  plugins: [compressed(), dependencyFile(process.env["TEPORE_DEPFILE"], process.env["TEPORE_DEPFILE_TARGET"])],
});
