// Stands in for the web side of the program: serves the built page with its security policy, and passes WebSocket /mqtt on to
// a broker's TCP port. So the page can be tried against any broker, Debian's mosquitto for one.
//   node stand_in.mjs --page ../../web/dist --broker-port 1883 [--port 8080]
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { connect } from "node:net";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { WebSocketServer } from "ws";

const contentTypes = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
/** The same as page_content_security_policy in src/remote/web/page.hpp. */
const securityPolicy = "default-src 'self'; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export async function startStandIn({ page, brokerPort, port = 0 }) {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, "http://page").pathname);
    const file = join(page, path === "/" ? "index.html" : path);
    try {
      const body = await readFile(file);
      response.writeHead(200, { "Content-Type": contentTypes[extname(file)] ?? "application/octet-stream", "Content-Security-Policy": securityPolicy });
      response.end(body);
    } catch {
      response.writeHead(404).end("not found\n");
    }
  });
  const sockets = new WebSocketServer({ server, path: "/mqtt", handleProtocols: (offered) => (offered.has("mqtt") ? "mqtt" : false) });
  sockets.on("connection", (socket) => {
    const broker = connect(brokerPort, "127.0.0.1");
    broker.on("data", (bytes) => socket.send(bytes));
    broker.on("close", () => socket.close());
    broker.on("error", () => socket.close());
    socket.on("message", (bytes) => broker.write(bytes));
    socket.on("close", () => broker.destroy());
    socket.on("error", () => broker.destroy());
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    close() {
      for (const socket of sockets.clients) socket.terminate();
      server.close();
      server.closeAllConnections();
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { page: { type: "string" }, "broker-port": { type: "string" }, port: { type: "string", default: "0" } } });
  const { url } = await startStandIn({ page: values.page, brokerPort: Number(values["broker-port"]), port: Number(values.port) });
  console.log(url);
}
