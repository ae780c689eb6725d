// Programs that a test starts, and ends by their own id.
import { spawn } from "node:child_process";
import { createServer } from "node:net";

/** Starts a program; its output is kept for the case that something goes wrong. */
export function start(command, args) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  const program = { child, output: "", name: [command, ...args].join(" ") };
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (program.output = (program.output + bytes).slice(-20_000)));
  program.ended = new Promise((resolve) => child.once("close", resolve));
  child.once("error", (error) => (program.output += `${error}\n`));
  return program;
}

export async function end(program, signal = "SIGTERM") {
  if (program.child.exitCode !== null || program.child.signalCode !== null) return;
  program.child.kill(signal);
  const patience = setTimeout(() => program.child.kill("SIGKILL"), 3_000);
  await program.ended;
  clearTimeout(patience);
}

/** A port that is free now; two at a time differ. */
export async function freePorts(count) {
  const servers = await Promise.all(Array.from({ length: count }, () => new Promise((resolve, reject) => {
    const server = createServer().once("error", reject).listen(0, "127.0.0.1", () => resolve(server));
  })));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks until the answer is yes; says what it waited for when it never is. */
export async function until(what, ask, withinMs = 15_000) {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${withinMs / 1000} s`);
    await pause(50);
  }
}
