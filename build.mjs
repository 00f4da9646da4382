#!/usr/bin/env node
// Builds dvm. Steps, in this order, as named on the command line (default: generate bundle):
//   generate  src/schema/*.schema.json -> validators and types in src/schema/generated/
//   bundle    dist/dvm, one file that runs on Node >= 20.19
//   package   dist/dvm-linux-x64, an executable that needs no Node
//   man       dist/man/*.8, from the table of applets
//   docs      docs/applets/*.md, from the table of applets
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleHead, firstStatement } from "./packaging/environment.mjs";
import { koffiDefine } from "./packaging/koffi.mjs";

const root = dirname(fileURLToPath(import.meta.url));
const schemaDir = join(root, "src/schema");
const typeDir = join(schemaDir, "volume");
const generatedDir = join(schemaDir, "generated");
const bundle = join(root, "dist/dvm");
const require = createRequire(import.meta.url);

const steps = { generate, bundle: bundleAll, package: packageExecutable, man: manPages, docs: appletPages };
const wanted = process.argv.slice(2);
for (const step of wanted) {
  if (!Object.hasOwn(steps, step)) throw new Error(`no such step: ${step}`);
}
for (const step of wanted.length > 0 ? wanted : ["generate", "bundle"]) await steps[step]();

/** Standalone ajv validators (nothing is compiled at run time), types, and the schemas themselves. */
async function generate() {
  const { Ajv } = await import("ajv");
  const standaloneCode = require("ajv/dist/standalone").default;
  const { compile } = await import("json-schema-to-typescript");
  const files = (await readdir(schemaDir)).filter((file) => file.endsWith(".schema.json")).sort();
  const schemas = await Promise.all(files.map((file) => schemaIn(file)));
  const names = files.map((file) => file.replace(".schema.json", ""));

  const ajv = new Ajv({
    schemas,
    code: { source: true, esm: true, lines: true },
    discriminator: true,
    allErrors: false,
    strict: true,
    strictRequired: false,
    strictTypes: false,
    verbose: false,
  });
  const exported = Object.fromEntries(names.map((name) => [camel(name), `${name}.schema.json`]));
  await mkdir(generatedDir, { recursive: true });
  for (const [i, schema] of schemas.entries())
    await writeIfChanged(join(generatedDir, files[i]), `${JSON.stringify(schema, null, 2)}\n`);
  await writeIfChanged(join(generatedDir, "validators.js"), await bundled(standaloneCode(ajv, exported)));

  const all = {
    title: "AllDocuments",
    type: "object",
    additionalProperties: false,
    properties: Object.fromEntries(names.map((name) => [name, { $ref: `#/definitions/${name}` }])),
    required: names,
    definitions: Object.assign({}, ...schemas.map((schema, i) => definitionsOf(names[i], schema))),
  };
  const types = await compile(all, "AllDocuments", {
    bannerComment: "",
    format: false,
    ignoreMinAndMaxItems: true,
  });
  await writeIfChanged(join(generatedDir, "types.ts"), types);
  await writeIfChanged(
    join(generatedDir, "validators.d.ts"),
    `import type { ValidateFunction } from "ajv";\n${names.map((name) => `export declare const ${camel(name)}: ValidateFunction;\n`).join("")}`,
  );
  await writeIfChanged(
    join(generatedDir, "schemas.ts"),
    `${files.map((file, i) => `import ${camel(names[i])} from "./${file}" with { type: "json" };\n`).join("")}\nexport const schemas = {\n${names.map((name) => `  "${name}": ${camel(name)} as object,\n`).join("")}};\n`,
  );
  await writeIfChanged(
    join(generatedDir, "validate.ts"),
    `import * as validators from "./validators.js";\n\nexport const validate = {\n${names.map((name) => `  "${name}": validators.${camel(name)},\n`).join("")}};\n`,
  );
}

/** A schema whole: that of the metadata gets the segments of all volume types, each in a file of its own. */
async function schemaIn(file) {
  const schema = JSON.parse(await readFile(join(schemaDir, file), "utf8"));
  if (file !== "metadata.schema.json") return schema;
  const { segment, ...definitions } = schema.definitions;
  const files = (await readdir(typeDir)).filter((each) => each.endsWith(".schema.json")).sort();
  const texts = await Promise.all(files.map((each) => readFile(join(typeDir, each), "utf8")));
  const all = Object.assign({}, ...texts.map((text) => JSON.parse(text).definitions));
  const types = Object.keys(all).filter((name) => all[name].properties?.type?.const === name);
  segment.if.properties.type.enum = types;
  segment.then.oneOf = types.map((name) => ({ $ref: `#/definitions/${name}` }));
  return { ...schema, definitions: { ...definitions, segment, ...all } };
}

/** The same module by itself: ajv asks for its runtime by require, whatever the module is, and brings every schema along. */
async function bundled(code) {
  const { build } = await import("esbuild");
  const stdin = { contents: code, resolveDir: root };
  const { outputFiles } = await build({
    stdin,
    bundle: true,
    minify: true,
    format: "esm",
    target: "node20",
    write: false,
  });
  return outputFiles[0].text;
}

/** One CommonJS file with everything in it. */
async function bundleAll() {
  await generate();
  const { build } = await import("esbuild");
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  await build({
    entryPoints: [join(root, "src/main.ts")],
    outfile: bundle,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    banner: {
      js: `${bundleHead}"use strict";${firstStatement}const __importMetaUrl=require("node:url").pathToFileURL(__filename).href;`,
    },
    define: { "import.meta.url": "__importMetaUrl", DVM_VERSION: JSON.stringify(version), ...koffiDefine() },
    logLevel: "warning",
  });
  // The package is ESM, the bundle is not: without this Node would take it for ESM while it stands here.
  await writeFile(join(root, "dist/package.json"), '{"type":"commonjs"}\n');
  await chmod(bundle, 0o755);
}

async function packageExecutable() {
  const { packageSea } = await import("./packaging/sea.mjs");
  await packageSea({ entry: bundle, output: `${bundle}-linux-x64` });
}

async function manPages() {
  const { applets } = await source("applets/index.ts");
  const { manPage, pageName } = await source("applets/reference/man.ts");
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const all = await applets.all();
  await mkdir(join(root, "dist/man"), { recursive: true });
  for (const applet of all)
    await writeFile(join(root, "dist/man", `${pageName(applet)}.8`), manPage(applet, all, version));
}

async function appletPages() {
  const { applets } = await source("applets/index.ts");
  const { markdownPages } = await source("applets/reference/markdown.ts");
  await mkdir(join(root, "docs/applets"), { recursive: true });
  for (const [file, text] of markdownPages(await applets.all()))
    await writeIfChanged(join(root, "docs/applets", file), text);
}

/** A module of src, as it is. */
async function source(path) {
  const { tsImport } = await import("tsx/esm/api");
  return tsImport(`./src/${path}`, import.meta.url);
}

/** A schema and its definitions under names that are unique in one file, references rewritten. */
function definitionsOf(name, { $id, $schema, definitions = {}, ...schema }) {
  const rewritten = (node) => {
    if (Array.isArray(node)) return node.map(rewritten);
    if (node === null || typeof node !== "object") return node;
    // The generator loses recursion through a reference with a description beside it.
    if ("$ref" in node) return { $ref: reference(node.$ref) };
    // What "else" admits for reading is of a newer program; the types describe what this one knows.
    if ("then" in node) {
      const { if: _if, then, else: _else, ...rest } = node;
      return rewritten({ ...rest, ...then });
    }
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, rewritten(value)]));
  };
  const reference = (ref) => {
    const [file, definition] = ref.split("#/definitions/");
    const document = file === "" ? name : file.replace(".schema.json", "");
    return `#/definitions/${definition === undefined ? document : `${document}_${definition}`}`;
  };
  const own = Object.entries(definitions).map(([key, value]) => [`${name}_${key}`, rewritten(value)]);
  return Object.fromEntries([[name, rewritten(schema)], ...own]);
}

function camel(name) {
  return name.replace(/[^a-zA-Z0-9]+(.)?/g, (_, letter) => (letter ?? "").toUpperCase());
}

/** Keeps the time stamp of what has not changed, for tools that watch it. */
async function writeIfChanged(path, text) {
  const old = await readFile(path, "utf8").catch(() => undefined);
  if (old !== text) await writeFile(path, text);
}
