/**
 * Pictures in a real browser: the page itself is asked for what it shows, by a script that only the test adds. It
 * needs `chromium`, and runs with the nightly tests.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { dvmProgram, run } from "../lib/dvm.ts";
import { orNightly } from "../lib/nightly.ts";

const MIB = 1 << 20;

/** Says of each thing where it is, whether its text has room, and in which colours. */
const ASK = `<script>addEventListener("load", () => {
  const box = (e) => { const { left, top, right, bottom } = e.getBoundingClientRect(); return { left, top, right, bottom }; };
  const all = (what, make) => [...document.querySelectorAll(what)].map(make);
  const page = document.querySelector("body") ?? document.documentElement;
  const said = {
    paper: getComputedStyle(document.querySelector(".paper") ?? page)[document.querySelector(".paper") ? "fill" : "backgroundColor"],
    ink: getComputedStyle(document.querySelector(".title") ?? page)[document.querySelector(".title") ? "fill" : "color"],
    width: document.documentElement.getBoundingClientRect().width,
    pvs: all("[data-pv]", (e) => ({ id: e.dataset.pv, text: e.querySelector("text").textContent, ...box(e) })),
    runs: all("[data-pv] [data-lv]", (e) => ({ lv: e.dataset.lv, ...box(e.querySelector("rect")) })),
    labels: all("[data-pv] [data-lv]", (e) => [e.querySelector("text.run"), e.querySelector("rect")]).filter(([text]) => text)
      .map(([text, rect]) => box(rect).right - box(text).right),
    lvs: all("[data-lv]", (e) => e).filter((e) => !e.closest("[data-pv]")).map((e) => ({ lv: e.dataset.lv, ...box(e) })),
    bad: all(".bad", (e) => e.textContent),
    texts: all("text", (e) => box(e).right),
  };
  const out = document.createElementNS("http://www.w3.org/1999/xhtml", "pre");
  out.id = "said";
  out.textContent = "SAID" + JSON.stringify(said) + "DIAS";
  (document.body ?? document.documentElement).append(out);
});</script>`;

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}
interface Said {
  readonly paper: string;
  readonly ink: string;
  readonly width: number;
  readonly pvs: readonly (Box & { id: string; text: string })[];
  readonly runs: readonly (Box & { lv: string })[];
  readonly labels: readonly number[];
  readonly lvs: readonly (Box & { lv: string })[];
  readonly bad: readonly string[];
  readonly texts: readonly number[];
}

for (const lvs of orNightly<readonly number[]>([], [3, 1000]))
  t.test(`${lvs} LVs, one disk of three missing`, async (t) => {
    const cwd = t.testdir({});
    for (const name of ["a.img", "b.img", "c.img"]) {
      writeFileSync(join(cwd, name), "");
      truncateSync(join(cwd, name), 1024 * MIB);
    }
    const config = {
      discover: { scan: ["*.img"] },
      dm: { backend: "sim", state: "dm.json" },
      common: { lockDir: "lock" },
    };
    writeFileSync(join(cwd, "dvm.json"), JSON.stringify(config));
    const env = { PATH: process.env["PATH"] ?? "", DVM_CONFIG: "dvm.json" };
    const must = async (...words: string[]): Promise<string> => {
      const { status, stdout, stderr } = await run([...dvmProgram, ...words], { cwd, env });
      if (status !== 0) throw new Error(`${words.join(" ")}: ${status}: ${stderr}`);
      return stdout.toString();
    };
    await must("init", "vg0", "a.img", "b.img", "c.img", "--extent-size", "128k", "--region-size", "8M");
    const size = { extents: lvs === 3 ? 2000 : 8 };
    const kinds = [{}, { type: "striped", stripes: 3 }, { type: "raid1", mirrors: 1 }];
    const changes = Array.from({ length: lvs }, (_, at) => ({
      verb: "create-lv",
      name: `lv-${at}`,
      ...size,
      ...kinds[at % 3],
    }));
    writeFileSync(join(cwd, "batch.json"), JSON.stringify({ changes }));
    await must("run", "vg0", "--no-activate", "--", "batch", "batch.json");
    const whole = JSON.parse(await must("report", "vg0", "pv", "--format", "json")) as {
      rows: { id: string }[];
    };
    renameSync(join(cwd, "c.img"), join(cwd, "away"));
    for (const format of ["svg", "html"]) {
      const page = await must("report", "vg0", "vg", "--format", format);
      for (const [scheme, number] of [
        ["dark", 0],
        ["light", 1],
      ] as const) {
        const what = `${format}, ${scheme}`;
        const file = join(cwd, `page-${scheme}.html`);
        writeFileSync(
          file,
          format === "svg" ? `<!doctype html><body style="margin:0">${page}${ASK}` : `${page}${ASK}`,
        );
        const picture = join(cwd, "picture.png");
        const words = [
          "--headless",
          "--no-sandbox",
          "--disable-gpu",
          "--hide-scrollbars",
          "--window-size=1000,900",
          `--user-data-dir=${join(cwd, "chromium")}`,
          `--blink-settings=preferredColorScheme=${number}`,
        ];
        const taken = spawnSync("chromium", [...words, `--screenshot=${picture}`, `file://${file}`], { env });
        if (taken.error)
          throw new Error(`chromium is needed: apt-get install chromium (${taken.error.message})`);
        t.match(readFileSync(picture).subarray(1, 4).toString(), "PNG", what);
        const { stdout } = spawnSync("chromium", [...words, "--dump-dom", `file://${file}`], {
          env,
          maxBuffer: 1 << 28,
        });
        const [, json = ""] =
          /SAID(\{.*\})DIAS/s.exec(
            stdout.toString().replaceAll("&gt;", ">").replaceAll("&lt;", "<").replaceAll("&amp;", "&"),
          ) ?? [];
        const said = JSON.parse(json) as Said;
        check(
          t,
          what,
          said,
          lvs,
          whole.rows.map(({ id }) => id),
        );
        t.equal(
          brightness(said.paper) > brightness(said.ink),
          scheme === "light",
          `${what}: ${said.ink} on ${said.paper}`,
        );
        t.ok(Math.abs(brightness(said.paper) - brightness(said.ink)) > 150, `${what}: can be read`);
      }
    }
  });

function check(t: Test, what: string, said: Said, lvs: number, pvs: readonly string[]): void {
  t.same(
    said.pvs.map(({ id }) => id),
    pvs,
    `${what}: all devices`,
  );
  t.equal(
    said.pvs.filter(({ text }) => text.endsWith(", missing")).length,
    1,
    `${what}: one is called missing`,
  );
  t.ok(
    said.bad.some((text) => text.includes("1 missing")),
    `${what}: so is it above all`,
  );
  t.equal(said.lvs.length, lvs, `${what}: all LVs`);
  t.equal(new Set(said.runs.map(({ lv }) => lv)).size, lvs, `${what}: all of them on devices`);
  t.ok(
    said.lvs.every((lv, at) => at === 0 || lv.top >= (said.lvs[at - 1]?.bottom ?? 0) - 1),
    `${what}: none over another`,
  );
  t.ok(
    said.labels.every((room) => room >= -1),
    `${what}: names in bars have room`,
  );
  t.ok(
    said.texts.every((right) => right <= said.width),
    `${what}: no text goes over the edge`,
  );
}

const brightness = (colour: string): number => {
  const [red = 0, green = 0, blue = 0] = (colour.match(/\d+/g) ?? []).map(Number);
  return (red + green + blue) / 3;
};
