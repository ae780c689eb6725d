// aedes on 127.0.0.1:PORT, in memory. Usage: node broker.mjs PORT
import { createServer } from 'node:net';
import * as aedes from 'aedes';

const options = { concurrency: 1000 };
// Until 0.51 the constructor is the default export's function; later a factory is.
const broker = aedes.Aedes?.createBroker ? await aedes.Aedes.createBroker(options) : (aedes.default?.createBroker ?? aedes.createBroker)(options);
createServer((socket) => {
  socket.setNoDelay(true);
  broker.handle(socket);
}).listen(Number(process.argv[2]), '127.0.0.1');
