/**
 * Keeps the code as it is meant to be: what is known of a dm target in the files of its name, functions that
 * fit a screen, nothing dead. The lists of exceptions are exact, so that they only get shorter: what has
 * become tidy leaves its list, and nothing is added to one.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import ts from "typescript";
import { applets } from "../src/applets/index.ts";
import { targets } from "../src/core/dm/targets/index.ts";
import { volumeTypes } from "../src/core/volume/types/index.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const sourcesIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(ts|mjs)$/.test(file) && !file.startsWith("schema/generated/"))
    .map((file) => join(folder, file))
    .sort();
const parse = (file: string): ts.SourceFile =>
  ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.Latest, true);
const own = new Map(sourcesIn("src").map((file) => [file, parse(file)]));
const others = [...sourcesIn("test"), ...sourcesIn("bench"), ...sourcesIn("demo"), "build.mjs"];

function nodesOf(node: ts.Node, into: ts.Node[] = []): ts.Node[] {
  into.push(node);
  ts.forEachChild(node, (child) => void nodesOf(child, into));
  return into;
}

const VERBS = new Set(
  (await applets.all()).flatMap(({ name, verbs }) => verbs.map((verb) => `${name} ${verb.name}`)),
);

/** Where names of dm targets and of volume types are at home. */
const AT_HOME = /^src\/(core\/((dm|sim|mapper)\/targets|(volume|lvm2)\/types)|schema)\//;
/** Words that mean something else there. */
const HOMONYMS: Readonly<Record<string, readonly string[]>> = {
  "src/core/base/name.ts": ["zero"],
  "src/core/host/process/processes.ts": ["error"],
  "src/core/host/socket/channel.ts": ["error"],
  "src/core/host/socket/sockets.ts": ["error"],
  "src/core/manip/compare/compare.ts": ["mirror"],
  "src/core/manip/mirror.ts": ["mirror"],
  // The verb.
  "src/core/manip/cache.ts": ["cache"],
  "src/core/manip/snapshot.ts": ["snapshot"],
};
t.test("targets and types are named at home", async (t) => {
  const names = new Set([
    ...targets.map(({ type }) => type),
    "integrity",
    "verity",
    ...volumeTypes().map(({ name }) => name),
  ]);
  const found: Record<string, readonly string[]> = {};
  for (const [file, source] of own) {
    if (AT_HOME.test(file)) continue;
    const literals = nodesOf(source).flatMap((node) =>
      ts.isStringLiteralLike(node) && names.has(node.text) ? [node.text] : [],
    );
    const allowed = HOMONYMS[file] ?? [];
    const named = [...new Set(literals)].filter((name) => !allowed.includes(name)).sort();
    if (named.length > 0) found[file] = named;
  }
  t.strictSame(found, {});
});

t.test("the words of a call are made from the table of verbs", async (t) => {
  const found = [...own].flatMap(([file, source]) =>
    nodesOf(source).flatMap((node) => {
      if (!ts.isArrayLiteralExpression(node) || node.elements.length < 2) return [];
      const [first, second] = node.elements as readonly ts.Node[];
      const words = [first, second].flatMap((word) => (word && ts.isStringLiteral(word) ? [word.text] : []));
      return words.length === 2 && VERBS.has(words.join(" ")) ? [`${file}: ${words.join(" ")}`] : [];
    }),
  );
  t.strictSame(found, []);
});

/** Lines of a file at most. */
const FILE = 300;

t.test(`files have ${FILE} lines at most`, async (t) => {
  const long = [...own].flatMap(([file, source]) => {
    const lines = source.getLineStarts().length - 1;
    return lines > FILE ? [`${file}: ${lines}`] : [];
  });
  t.strictSame(long, []);
});

/** Lines of a function at most. */
const SCREEN = 70;
/** Functions that are longer still. */
const STILL_LONG: Readonly<Record<string, readonly string[]>> = {};

t.test(`functions have ${SCREEN} lines at most`, async (t) => {
  const found: Record<string, readonly string[]> = {};
  for (const [file, source] of own) {
    const long = nodesOf(source).flatMap((node) =>
      isFunction(node) && linesOf(source, node) > SCREEN ? [nameOf(node)] : [],
    );
    if (long.length > 0) found[file] = long;
  }
  t.strictSame(found, STILL_LONG);
});

const isFunction = (node: ts.Node): node is ts.FunctionLikeDeclaration =>
  ts.isFunctionLike(node) && "body" in node && node.body !== undefined;

const linesOf = (source: ts.SourceFile, node: ts.Node): number =>
  source.getLineAndCharacterOfPosition(node.getEnd()).line -
  source.getLineAndCharacterOfPosition(node.getStart()).line +
  1;

function nameOf(node: ts.Node): string {
  const named = [node, node.parent].find(
    (each) => "name" in each && each.name !== undefined && ts.isIdentifier(each.name as ts.Node),
  );
  return named ? (named as unknown as { name: ts.Identifier }).name.text : "";
}

t.test("an exported type has a name of its own", async (t) => {
  const owners = new Map<string, string[]>();
  for (const [file, source] of own)
    for (const statement of source.statements) {
      const isType =
        ts.isInterfaceDeclaration(statement) ||
        ts.isTypeAliasDeclaration(statement) ||
        ts.isClassDeclaration(statement);
      if (!isType || !statement.name || !isExported(statement)) continue;
      const name = statement.name.text;
      owners.set(name, [...(owners.get(name) ?? []), file]);
    }
  t.strictSame(
    [...owners].filter(([, files]) => files.length > 1),
    [],
  );
});

/** Columns of a line at most. */
const WIDTH = 110;
/** Lines that are longer: of documents as they are written, and of expressions that match them. */
const STILL_WIDE: Readonly<Record<string, number>> = {
  "src/core/base/printable.ts": 1,
  "src/core/volume/record.ts": 3,
  "src/core/volume/serialise.ts": 1,
  "src/core/volume/types/raid.ts": 1,
  "src/schema/laid-out.ts": 1,
};

t.test(`lines have ${WIDTH} columns at most`, async (t) => {
  const found: Record<string, number> = {};
  for (const file of own.keys()) {
    const wide = readFileSync(join(root, file), "utf8")
      .split("\n")
      .filter((line) => line.length > WIDTH).length;
    if (wide > 0) found[file] = wide;
  }
  t.strictSame(found, STILL_WIDE);
});

/** Not imported, but begun with. */
const BEGINNINGS = ["src/main.ts"];

t.test(
  "nothing is kept that nobody imports, and no value exported; types say what functions take",
  async (t) => {
    const imports = new Map<string, Set<string>>();
    for (const file of [...own.keys(), ...others])
      collectImports(file, own.get(file) ?? parse(file), imports);
    const unused = [...own.keys()].filter((file) => !imports.has(file) && !BEGINNINGS.includes(file));
    t.strictSame(unused, []);
    const dead = [...own].flatMap(([file, source]) => {
      const wanted = imports.get(file);
      if (!wanted || wanted.has("*")) return [];
      return valuesExportedBy(source).flatMap((name) => (wanted.has(name) ? [] : [`${file}: ${name}`]));
    });
    t.strictSame(dead, []);
  },
);

/** Adds the names that each file is asked for, by that file; `*` for all of them. */
function collectImports(file: string, source: ts.SourceFile, into: Map<string, Set<string>>): void {
  const add = (specifier: ts.Expression | undefined, names: readonly string[]): void => {
    if (!specifier || !ts.isStringLiteralLike(specifier) || !specifier.text.startsWith(".")) return;
    const from = relative(root, resolve(root, dirname(file), specifier.text));
    const known = into.get(from) ?? new Set();
    for (const name of names) known.add(name);
    into.set(from, known);
  };
  for (const node of nodesOf(source)) {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, importedBy(node.importClause));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, namesIn(node.exportClause));
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal as ts.Expression, ["*"]);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], ["*"]);
  }
}

const importedBy = (clause: ts.ImportClause | undefined): string[] => [
  ...(clause?.name ? ["default"] : []),
  ...(clause?.namedBindings ? namesIn(clause.namedBindings) : []),
];

function namesIn(bindings: ts.NamedImportBindings | ts.NamedExportBindings | undefined): string[] {
  if (!bindings || !("elements" in bindings)) return ["*"];
  return bindings.elements.map(({ propertyName, name }) => (propertyName ?? name).text);
}

function valuesExportedBy(source: ts.SourceFile): string[] {
  return source.statements.flatMap((statement) => {
    if (!ts.canHaveModifiers(statement)) return [];
    if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) return [];
    if (!isExported(statement)) return [];
    if (ts.isVariableStatement(statement))
      return statement.declarationList.declarations.map(({ name }) => name.getText(source));
    return "name" in statement && statement.name ? [(statement.name as ts.Identifier).text] : [];
  });
}

const isExported = (statement: ts.HasModifiers): boolean =>
  ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;

/** What one type alone does, and why its interface says it all the same. */
const LONE: Readonly<Record<string, string>> = {
  idsAre: "law: a pool that has moved on is not taken for the one that the metadata mean",
  kind: "one row for each level of raid",
  leave: "law: an id that has gone is deleted from its pool, and never used again",
  legs: "law: no leg counts as current without a proof; one implementor for six levels",
  thins: "law: the ids that device-mapper makes and deletes are those of the metadata",
  usesAre: "law: what gets its extents from another gets them from nothing but a pool",
  withLength: "one that takes no extents is the only one that is longer without an allocation",
  wraps: "law: an origin is up together with its snapshots, or not at all",
  wrongUsers: "law: no id is two LVs'",
};
t.test("a member of a volume type's interface has two implementors, or a reason", async (t) => {
  const types = [...own].filter(([file]) => /^src\/core\/volume\/types\//.test(file));
  const counts = new Map<string, number>();
  for (const [, source] of types)
    for (const node of nodesOf(source))
      if (ts.isInterfaceDeclaration(node) && node.name.text === "VolumeType")
        for (const { name } of node.members) if (name) counts.set(name.getText(source), 0);
  for (const [, source] of types)
    for (const node of nodesOf(source)) {
      if (!ts.isVariableDeclaration(node) || !node.type?.getText(source).startsWith("VolumeType<")) continue;
      if (!node.initializer || !ts.isObjectLiteralExpression(node.initializer)) continue;
      for (const { name } of node.initializer.properties) {
        const member = name?.getText(source) ?? "";
        counts.set(member, (counts.get(member) ?? 0) + 1);
      }
    }
  t.ok(counts.size > 20, "the interface has been found");
  const lone = [...counts].flatMap(([member, count]) => (count < 2 ? [member] : [])).sort();
  t.strictSame(lone, Object.keys(LONE));
});
