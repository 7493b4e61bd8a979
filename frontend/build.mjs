// Builds everything in dengta/web/static/dengta, and puts the fonts of PDFs in dengta/press/fonts. The same inputs give the same bytes: no dates, no hashes of paths.
import { copyFile, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { compile } from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const packages = join(here, "node_modules");
const target = join(here, "..", "dengta", "web", "static", "dengta");
const fonts = join(here, "..", "dengta", "press", "fonts");
const journeys = join(here, "..", "tests", "journeys");

// Our name for each picture of Bootstrap Icons (MIT) that pages use.
const ICONS = {
  home: "house-door", gauge: "speedometer2", match: "ui-checks", inbox: "inbox", search: "search", language: "translate", elder: "type", user: "person-circle",
  "sign-out": "box-arrow-right", "sign-in": "box-arrow-in-right", back: "arrow-left", next: "arrow-right",
  more: "three-dots", check: "check-lg", cross: "x-lg", yes: "check-circle-fill", no: "x-circle-fill",
  unknown: "question-circle-fill", info: "info-circle-fill", warning: "exclamation-triangle-fill",
  clock: "clock", late: "alarm-fill", paused: "pause-circle", done: "check2-circle", star: "star-fill",
  file: "file-earmark-text", camera: "camera", upload: "upload", download: "download", money: "cash-coin", voucher: "ticket-perforated",
  level: "bar-chart-steps", assess: "clipboard2-check", policy: "journal-text", queue: "inbox", list: "list-ul",
  map: "map", chart: "graph-up", building: "building", people: "people", bell: "bell", calendar: "calendar3",
  lock: "lock", consent: "shield-check", print: "printer", edit: "pencil", undo: "arrow-counterclockwise",
  flag: "flag", idea: "lightbulb", link: "link-45deg", phone: "telephone", target: "bullseye",
  "light-good": "check-circle-fill", "light-wait": "exclamation-triangle-fill",
  "light-bad": "x-octagon-fill", "light-quiet": "dash-circle", saved: "cloud-check", unsaved: "cloud-slash",
  calculator: "calculator", person: "person", settings: "gear", empty: "folder2-open", up: "arrow-up", down: "arrow-down",
};

async function style() {
  const { css } = compile(join(here, "style", "dengta.scss"), {
    loadPaths: [packages],
    style: "compressed",
    quietDeps: true,
    silenceDeprecations: ["import", "global-builtin", "color-functions", "if-function"],
  });
  await writeFile(join(target, "dengta.css"), `${css}\n`);
}

async function script() {
  await build({
    entryPoints: [join(here, "src", "dengta.js")],
    outfile: join(target, "dengta.js"),
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2020",
    charset: "utf8",
    logLevel: "error",
  });
}

async function icons() {
  const symbols = [];
  for (const [name, file] of Object.entries(ICONS).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const svg = await readFile(join(packages, "bootstrap-icons", "icons", `${file}.svg`), "utf8");
    const inner = svg.replace(/^[^>]*>/, "").replace("</svg>", "").replace(/\n\s*/g, "");
    symbols.push(`<symbol id="${name}" viewBox="0 0 16 16">${inner}</symbol>`);
  }
  const sprite = `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`;
  await writeFile(join(target, "icons.svg"), sprite);
}

async function copies() {
  for (const name of (await readdir(join(here, "art"))).sort()) {
    await copyFile(join(here, "art", name), join(target, name));
  }
  await copyFile(join(packages, "htmx.org", "dist", "htmx.min.js"), join(target, "htmx.min.js"));
  await copyFile(join(packages, "axe-core", "axe.min.js"), join(journeys, "axe.min.js"));
  const noto = join(packages, "@embedpdf", "fonts-sc");
  for (const weight of ["Regular", "Bold"]) {
    await copyFile(join(noto, "fonts", `NotoSansHans-${weight}.otf`), join(fonts, `NotoSansHans-${weight}.otf`));
  }
  await copyFile(join(noto, "LICENSE"), join(fonts, "LICENSE"));
}

await mkdir(target, { recursive: true });
await mkdir(journeys, { recursive: true });
await mkdir(fonts, { recursive: true });
await Promise.all([style(), script(), icons(), copies()]);
let total = 0;
for (const name of ["dengta.css", "dengta.js", "htmx.min.js", "icons.svg"]) {
  const size = gzipSync(await readFile(join(target, name)), { level: 9 }).length;
  total += size;
  console.log(`${name.padEnd(12)} ${(size / 1024).toFixed(1).padStart(6)} kB gz`);
}
console.log(`${"together".padEnd(12)} ${(total / 1024).toFixed(1).padStart(6)} kB gz`);
