// Starts what the end-to-end test needs, runs it, and ends all of it.
//   node run.mjs --tepore ../../build/dev/tepore [--broker mosquitto --page DIR] [--thermostat fake] --screenshots DIR
// --broker mosquitto: the page in DIR (a built web/) and Debian's broker, instead of our broker with its embedded page.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { end, freePorts, start, until } from "./programs.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const { values: options } = parseArgs({
  options: {
    tepore: { type: "string" }, broker: { type: "string", default: "tepore" }, thermostat: { type: "string", default: "tepore" },
    page: { type: "string", default: join(here, "../../web/dist") }, screenshots: { type: "string", default: join(here, "shots") },
    speed: { type: "string", default: "600" },
  },
});

const scratch = mkdtempSync(join(tmpdir(), "tepore-web-"));
const [mqttPort, webPort] = await freePorts(2);
const running = [];
const started = (command, ...args) => running[running.push(start(command, args)) - 1];
const answers = (port) => until(`port ${port} answers`, () => new Promise((resolve) => {
  const socket = connect(port, "127.0.0.1", () => resolve(socket.end() && true)).once("error", () => resolve(false));
}));

let status = 1;
try {
  if (options.broker === "mosquitto") {
    writeFileSync(join(scratch, "mosquitto.conf"), `listener ${mqttPort} 127.0.0.1\nallow_anonymous true\n`);
    started("mosquitto", "-c", join(scratch, "mosquitto.conf"));
    started(process.execPath, join(here, "stand_in.mjs"), "--page", options.page, "--broker-port", String(mqttPort), "--port", String(webPort));
  } else {
    started(options.tepore, "broker", "--listen", `tcp://127.0.0.1:${mqttPort}`, "--listen", `ws://127.0.0.1:${webPort}`);
  }
  await Promise.all([answers(mqttPort), answers(webPort)]);
  const where = `--broker mqtt://127.0.0.1:${mqttPort} --uid home1 --speed ${options.speed}`;
  const thermostat = options.thermostat === "fake"
    ? `${process.execPath} ${join(here, "fake_thermostat.mjs")} ${where}`
    : `${options.tepore} thermostat ${where} --data ${join(scratch, "thermostat")}`;
  const test = started(process.execPath, join(here, "e2e.mjs"), "--page", `http://127.0.0.1:${webPort}/`, "--thermostat", thermostat, "--screenshots", options.screenshots);
  test.child.stdout.pipe(process.stdout);
  test.child.stderr.pipe(process.stderr);
  status = await test.ended;
  if (status !== 0) for (const program of running) if (program !== test) console.log(`--- ${program.name}\n${program.output}`);
} catch (error) {
  console.log(`${error.stack}\n${running.map((program) => `--- ${program.name}\n${program.output}`).join("\n")}`);
} finally {
  for (const program of running.reverse()) await end(program);
  rmSync(scratch, { recursive: true, force: true });
}
process.exit(status === 0 ? 0 : 1);
