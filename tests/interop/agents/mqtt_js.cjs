// Agent around MQTT.js (npm `mqtt`).
'use strict';
const path = require('node:path');
const readline = require('node:readline');
const { createRequire } = require('node:module');

const mqtt = createRequire(path.join(process.env.INTEROP_NODE_MODULES, 'x.js'))('mqtt');
const [address, level] = [process.argv[2], Number(process.argv[3])];
const session_expiry_s = 300;
const to_hex = (data) => Buffer.from(data).toString('hex') || '-';
const from_hex = (word) => (word === '-' ? Buffer.alloc(0) : Buffer.from(word, 'hex'));
const say = (line) => process.stdout.write(line + '\n');
let client;

const commands = {
    connect(id, clean, will_topic, will_payload, will_qos, will_retain) {
        const options = { clientId: from_hex(id).toString(), clean: clean === '1', protocolVersion: level, resubscribe: false, reconnectPeriod: 0, connectTimeout: 10000 };
        if (level === 5) options.properties = { sessionExpiryInterval: options.clean ? 0 : session_expiry_s };
        if (will_topic) {
            options.will = { topic: from_hex(will_topic).toString(), payload: from_hex(will_payload), qos: Number(will_qos), retain: will_retain === '1' };
        }
        return new Promise((resolve, reject) => {
            client = mqtt.connect(address, options);
            client.on('message', (topic, payload, packet) => say(`message ${to_hex(topic)} ${packet.qos} ${packet.retain ? 1 : 0} ${to_hex(payload)}`));
            client.once('connect', (connack) => resolve(`connected ${connack.sessionPresent ? 1 : 0}`));
            client.once('error', reject);
            client.once('close', () => reject(new Error('closed')));
        });
    },
    async subscribe(filter, qos) {
        const [granted] = await client.subscribeAsync(from_hex(filter).toString(), { qos: Number(qos) });
        return `subscribed ${granted.qos}`;
    },
    async unsubscribe(filter) {
        await client.unsubscribeAsync(from_hex(filter).toString());
        return 'unsubscribed';
    },
    async publish(topic, qos, retain, payload) {
        await client.publishAsync(from_hex(topic).toString(), from_hex(payload), { qos: Number(qos), retain: retain === '1' });
        return 'published';
    },
    async disconnect() {
        await client.endAsync();
        return 'disconnected';
    },
};

readline.createInterface({ input: process.stdin }).on('line', async (line) => {
    const [command, ...words] = line.split(' ');
    try {
        say(await commands[command](...words));
    } catch (problem) {
        say(`error ${problem.message}`);
    }
}).on('close', () => process.exit(0));
