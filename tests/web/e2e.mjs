// Opens the remote control in a real Chromium and does what a person does.
//   node e2e.mjs --page http://127.0.0.1:8080/?uid=home1 --thermostat "tepore thermostat --uid home1 --speed 600" --screenshots DIR
// The thermostat's command is started, killed with -9 and started again here; broker and page are already there.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { end, start, until } from "./programs.mjs";

const { values: options } = parseArgs({
  options: {
    page: { type: "string" }, thermostat: { type: "string" }, screenshots: { type: "string", default: "shots" },
    chromium: { type: "string", default: "/usr/bin/chromium" },
  },
});
if (!options.page || !options.thermostat) throw new Error("needs --page URL and --thermostat COMMAND");
mkdirSync(options.screenshots, { recursive: true });

const [command, ...args] = options.thermostat.split(" ").filter(Boolean);
let thermostat = start(command, args);
let passed = 0;

const browser = await chromium.launch({
  executablePath: options.chromium,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
/** What the page must never do: break, ask for something elsewhere, be stopped by its own security policy. */
const complaints = [];

async function open({ locale = "it-IT", colorScheme = "light", width = 1280, height = 900, url = options.page, ...more } = {}) {
  const context = await browser.newContext({ locale, colorScheme, viewport: { width, height }, reducedMotion: "reduce", ...more });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (/Content.Security.Policy/i.test(message.text())) complaints.push(message.text());
  });
  page.on("request", (request) => {
    if (new URL(request.url()).host !== new URL(url).host) complaints.push(`request to ${request.url()}`);
  });
  await page.goto(url);
  return page;
}

async function step(name, act) {
  try {
    await act();
    console.log(`ok ${++passed} ${name}`);
  } catch (error) {
    await page.screenshot({ path: join(options.screenshots, "failed.png"), fullPage: true }).catch(() => {});
    console.log(`not ok ${passed + 1} ${name}\n${error.stack}\nthe page's complaints: ${complaints.join("; ") || "none"}\nthe thermostat said:\n${thermostat.output}`);
    await finish(1);
  }
}

async function finish(failed) {
  await browser.close();
  await end(thermostat, "SIGKILL");
  console.log(`# pass ${passed}\n# fail ${failed}`);
  process.exit(failed === 0 ? 0 : 1);
}

const part = (name, on = page) => on.locator(`[data-part="${name}"]`);
const reads = (name, text, on = page) => until(`${name} reads "${text}"`, async () => (await part(name, on).textContent()).includes(text));
const number = async (name) => Number((await part(name).textContent()).replace(",", "."));
const setpoint = async () => Number(await part("dial").getAttribute("aria-valuenow"));
const settled = (value) => until(`${value} is confirmed`, async () => (await setpoint()) === value && (await part("pending").textContent()) === "" && (await part("exchanges").textContent()).includes("eseguito"));
const shot = (name, on = page) => on.screenshot({ path: join(options.screenshots, `${name}.png`), fullPage: true });
const overflow = (on) => on.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

let page = await open();

await step("the page opens, connects, and shows the house", async () => {
  await reads("broker-status", "connesso");
  await until("the thermostat is online", async () => (await part("thermostat-status").textContent()) === "connesso");
  await until("a temperature is shown", async () => Number.isFinite(await number("temperature")));
  await until("the sensor is heard", async () => /adesso|fa$/.test(await part("sensor-status").textContent()));
  if ((await page.title()) !== "Tepore") throw new Error("the title is wrong");
});

// A known start, whatever the thermostat remembered from elsewhere.
await step("a mode is chosen and confirmed", async () => {
  await part("mode-heat").click();
  await until("heat is chosen", async () => (await part("mode-heat").getAttribute("aria-pressed")) === "true" && (await part("mode-heat").getAttribute("data-pending")) === "false");
});

await step("the dial is a slider that speaks, and the keyboard raises the set point", async () => {
  await part("setpoint").fill("20");
  await part("setpoint").press("Enter");
  await settled(20);
  await part("dial").focus();
  if ((await part("dial").getAttribute("role")) !== "slider") throw new Error("no slider");
  for (let presses = 0; presses < 3; ++presses) await page.keyboard.press("ArrowUp");
  await settled(21.5);
  const spoken = await part("dial").getAttribute("aria-valuetext");
  if (spoken !== "21,5 gradi") throw new Error(`it says "${spoken}"`);
  await page.keyboard.press("PageUp");
  await settled(22.5);
  await page.keyboard.press("PageDown");
  await settled(21.5);
});

await step("the + button raises it further", async () => {
  await part("raise").click();
  await settled(22);
  // Twice before anything is drawn again: two steps all the same.
  await part("raise").evaluate((node) => {
    node.click();
    node.click();
  });
  await settled(23);
  await part("lower").click();
  await settled(22.5);
});

await step("the pointer turns the dial", async () => {
  const box = await part("dial").boundingBox();
  const at = (degrees) => [box.x + box.width * (0.5 + 0.415 * Math.sin((degrees * Math.PI) / 180)), box.y + box.height * (0.5 - 0.415 * Math.cos((degrees * Math.PI) / 180))];
  await page.mouse.move(...at(48));
  await page.mouse.down();
  await page.mouse.move(...at(54));
  await page.mouse.move(...at(59.4));
  await page.mouse.up();
  await settled(23);
});

await step("the room is heated and gets warmer", async () => {
  const before = await number("temperature");
  await until("the action is heating", async () => (await part("action").textContent()) === "In riscaldamento", 60_000);
  await until("it is 0.3 degrees warmer", async () => (await number("temperature")) >= before + 0.3, 90_000);
  await reads("reason", "Riscaldo per arrivare a 23,0 °C");
  await shot("desktop-it-heating");
});

await step("a wrong value is refused in words", async () => {
  await part("setpoint").fill("99");
  await part("setpoint").press("Enter");
  await reads("problem", "99,0 °C è fuori dai limiti: da 5,0 °C a 30,0 °C");
  await shot("desktop-it-error");
  await part("setpoint").fill("abc");
  await part("setpoint").press("Enter");
  await reads("problem", "«abc» non è un numero");
  if ((await setpoint()) !== 23) throw new Error("the set point moved");
  await page.getByRole("button", { name: "Chiudi" }).click();
  await until("the note is gone", async () => (await part("problem").count()) === 0);
});

await step("boost runs with a countdown and stops", async () => {
  await part("boost-120").click();
  await until("the countdown runs", async () => (await part("boost-left").isVisible()) && /ancora \d/.test(await part("boost-left").textContent()));
  await part("boost-stop").click();
  await until("boost is over", async () => await part("boost-30").isVisible());
});

await step("a preset is chosen and given up", async () => {
  await part("preset-eco").click();
  await until("eco is on", async () => (await part("preset-eco").getAttribute("aria-pressed")) === "true" && (await part("preset-eco").getAttribute("data-pending")) === "false");
  await part("preset-eco").click();
  await until("eco is off", async () => (await part("preset-eco").getAttribute("aria-pressed")) === "false");
  await until("that is confirmed", async () => (await part("exchanges").locator("li").first().getAttribute("data-outcome")) === "accepted");
});

await step("kill -9: the thermostat is shown offline, and nothing can be changed", async () => {
  await end(thermostat, "SIGKILL");
  await until("it is offline", async () => (await part("thermostat-status").textContent()) === "non connesso");
  for (const control of ["raise", "lower", "mode-off", "preset-eco", "boost-30"]) if (await part(control).isEnabled()) throw new Error(`${control} can be pressed`);
  if ((await part("dial").getAttribute("aria-disabled")) !== "true") throw new Error("the dial is not disabled");
  const before = await setpoint();
  await part("dial").focus();
  await page.keyboard.press("ArrowUp");
  if ((await setpoint()) !== before) throw new Error("the dial moved");
  await reads("offline-notice", "non è connesso");
  await shot("desktop-it-offline");
});

await step("started again: it is shown online", async () => {
  thermostat = start(command, args);
  await until("it is online", async () => (await part("thermostat-status").textContent()) === "connesso", 30_000);
  await until("the controls work", async () => await part("raise").isEnabled());
});

await step("English is one choice away, and is remembered", async () => {
  await part("preferences").click();
  await part("language-en").click();
  await reads("broker-status", "connected");
  await shot("desktop-en-preferences");
  await page.reload();
  await reads("broker-status", "connected");
  if ((await page.evaluate(() => document.documentElement.lang)) !== "en") throw new Error("the page's lang is not en");
  await part("preferences").click();
  await part("unit-F").click();
  await until("Fahrenheit", async () => (await setpoint()) > 40);
  await part("unit-C").click();
  await page.keyboard.press("Escape");
});

await step("the chart is also a table", async () => {
  await until("there is something to show", async () => await part("chart-table").isVisible() && (await page.locator(".chart canvas").count()) > 0);
  await part("chart-table").click();
  await until("rows", async () => (await page.locator(".chart tbody tr").count()) > 1);
  if (!/ °C/.test(await page.locator(".chart tbody tr").first().textContent())) throw new Error("no degrees in the table");
  await part("diagnostics").locator("summary").click();
  await shot("desktop-en-table");
});

await step("everything can be reached with the keyboard, in order, and has a name", async () => {
  await page.reload();
  await until("live", async () => await part("raise").isEnabled());
  const seen = [];
  for (let presses = 0; presses < 40; ++presses) {
    await page.keyboard.press("Tab");
    seen.push(await page.evaluate(() => {
      const node = document.activeElement;
      const outlined = (element) => getComputedStyle(element).outlineStyle !== "none";
      // The dial shows it on its knob, the typed set point around number and unit.
      const ring = outlined(node) || outlined(node.parentElement) || getComputedStyle(node.querySelector(".dial-knob-focus") ?? node).stroke !== "none";
      return { part: node.dataset?.part ?? node.className, ring, name: node.getAttribute("aria-label") || node.textContent || node.getAttribute("title") || "" };
    }));
    if (seen.at(-1).part === "" && presses > 5) break;
  }
  const order = seen.map((item) => item.part);
  const wanted = ["skip", "preferences", "dial", "lower", "setpoint", "raise", "mode-off", "mode-heat", "mode-auto", "preset-comfort", "boost-15", "chart-table"];
  let from = -1;
  for (const name of wanted) {
    const at = order.indexOf(name, from + 1);
    if (at < 0) throw new Error(`${name} is not reached after ${wanted[wanted.indexOf(name) - 1]}: ${order.join(" ")}`);
    if (!seen[at].ring) throw new Error(`${name} shows no focus`);
    from = at;
  }
  const nameless = await page.locator("button:visible, summary:visible, select:visible, input:visible").evaluateAll((nodes) =>
    nodes.filter((node) => !(node.getAttribute("aria-label") || node.textContent.trim() || node.labels?.length)).map((node) => node.outerHTML));
  if (nameless.length > 0) throw new Error(`no name: ${nameless.join(" ")}`);
});

await step("controls are large enough for a thumb", async () => {
  const small = await page.locator("button:visible, select:visible, summary:visible").evaluateAll((nodes) =>
    nodes.map((node) => ({ text: node.getAttribute("aria-label") || node.textContent, box: node.getBoundingClientRect() })).filter(({ box }) => box.width < 44 || box.height < 44).map(({ text }) => text));
  if (small.length > 0) throw new Error(`smaller than 44 px: ${small.join(", ")}`);
});

for (const [name, look] of [
  ["desktop-it-dark", { colorScheme: "dark" }],
  ["phone-it-light", { width: 390, height: 844 }],
  ["phone-en-dark", { width: 320, height: 640, colorScheme: "dark", locale: "en-GB" }],
  ["zoom-400", { width: 320, height: 256 }], // 1280 x 1024 at 400 %
]) {
  await step(`it fits: ${name}`, async () => {
    const other = await open(look);
    await until("live", async () => await part("raise", other).isEnabled());
    await until("the chart has begun", async () => (await other.locator(".chart canvas").count()) > 0, 20_000);
    const beyond = await overflow(other);
    await shot(name, other);
    await other.context().close();
    if (beyond > 0) throw new Error(`${beyond} px wider than the screen`);
  });
}

await step("a lost connection is shown, and comes back by itself", async () => {
  const other = await open({ locale: "en-GB" }); // a page of its own: the route replaces its WebSocket
  const sockets = [];
  await other.routeWebSocket(/mqtt/, (socket) => {
    socket.connectToServer();
    sockets.push(socket);
  });
  await other.reload();
  await until("live", async () => await part("raise", other).isEnabled());
  await sockets.at(-1).close();
  await until("it is noticed", async () => !(await part("raise", other).isEnabled()));
  await until("it is back", async () => await part("raise", other).isEnabled());
  await other.context().close();
});

await step("nothing broke, nothing was asked of anyone else, the security policy held", async () => {
  if (complaints.length > 0) throw new Error(complaints.join("\n"));
});

await finish(0);
