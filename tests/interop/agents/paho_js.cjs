// Agent around Paho's JavaScript client (npm `paho-mqtt`): WebSocket and MQTT 3.1.1 only. It was made for browsers, which `ws` plays here.
'use strict';
const path = require('node:path');
const readline = require('node:readline');
const { createRequire } = require('node:module');

const from_modules = createRequire(path.join(process.env.INTEROP_NODE_MODULES, 'x.js'));
let session_present = 0;  // the library keeps it to itself: it is read from the CONNACK
globalThis.WebSocket = class extends from_modules('ws') {
    constructor(...its) {
        super(...its);
        this.once('message', (connack) => { session_present = Buffer.from(connack)[2] & 1; });
    }
};
globalThis.window = globalThis;
const paho = from_modules('paho-mqtt');
const address = new URL(process.argv[2]);
const to_hex = (data) => Buffer.from(data).toString('hex') || '-';
const from_hex = (word) => (word === '-' ? Buffer.alloc(0) : Buffer.from(word, 'hex'));
const say = (line) => process.stdout.write(line + '\n');
let client;
const deliveries = [];  // resolve functions of publishes under way, in their order

function message_of(topic, payload, qos, retained) {
    const message = new paho.Message(payload);
    message.destinationName = from_hex(topic).toString();
    message.qos = Number(qos);
    message.retained = retained === '1';
    return message;
}

const commands = {
    connect: (id, clean, will_topic, will_payload, will_qos, will_retain) => new Promise((resolve, reject) => {
        client = new paho.Client(address.hostname, Number(address.port), address.pathname, from_hex(id).toString());
        client.onMessageArrived = (m) => say(`message ${to_hex(m.destinationName)} ${m.qos} ${m.retained ? 1 : 0} ${to_hex(m.payloadBytes)}`);
        client.onMessageDelivered = () => deliveries.shift()();
        const options = {
            cleanSession: clean === '1', mqttVersion: 4, mqttVersionExplicit: true, timeout: 10,
            onFailure: (why) => reject(new Error(why.errorMessage)),
        };
        options.onSuccess = () => resolve(`connected ${session_present}`);
        if (will_topic) options.willMessage = message_of(will_topic, from_hex(will_payload), will_qos, will_retain);
        client.connect(options);
    }),
    subscribe: (filter, qos) => new Promise((resolve, reject) => client.subscribe(from_hex(filter).toString(), {
        qos: Number(qos),
        onSuccess: (granted) => resolve(`subscribed ${granted.grantedQos[0] ?? granted.grantedQos}`),
        onFailure: (why) => reject(new Error(why.errorMessage)),
        timeout: 10,
    })),
    unsubscribe: (filter) => new Promise((resolve, reject) => client.unsubscribe(from_hex(filter).toString(), {
        onSuccess: () => resolve('unsubscribed'),
        onFailure: (why) => reject(new Error(why.errorMessage)),
        timeout: 10,
    })),
    publish: (topic, qos, retain, payload) => new Promise((resolve) => {
        deliveries.push(() => resolve('published'));
        client.send(message_of(topic, from_hex(payload), qos, retain));
    }),
    disconnect: () => new Promise((resolve) => {
        client.onConnectionLost = () => resolve('disconnected');
        client.disconnect();
    }),
};

readline.createInterface({ input: process.stdin }).on('line', async (line) => {
    const [command, ...words] = line.split(' ');
    try {
        say(await commands[command](...words));
    } catch (problem) {
        say(`error ${problem.message}`);
    }
}).on('close', () => process.exit(0));
