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

/** [the words, the properties of the last one when it begins with +: [name, value as written]]. */
const split = (words) => {
    if (!words.at(-1)?.startsWith('+')) return [words, []];
    const pairs = words.at(-1).slice(1).split(',').map((one) => one.split('='));
    return [words.slice(0, -1), pairs];
};
const text = (word) => from_hex(word).toString();
const message_properties = (given) => {
    const out = {};
    for (const [name, value] of given) {
        if (name === 'expiry') out.messageExpiryInterval = Number(value);
        else if (name === 'format') out.payloadFormatIndicator = value === '1';
        else if (name === 'type') out.contentType = text(value);
        else if (name === 'response') out.responseTopic = text(value);
        else if (name === 'correlation') out.correlationData = from_hex(value);
        else if (name === 'user') {
            const [key, content] = value.split(':').map(text);
            out.userProperties ??= {};
            (out.userProperties[key] ??= []).push(content);
        }
    }
    return out;
};
const in_words = (p) => {
    if (!p) return '';
    const out = [];
    if (p.messageExpiryInterval !== undefined) out.push(`expiry=${p.messageExpiryInterval}`);
    if (p.payloadFormatIndicator !== undefined) out.push(`format=${p.payloadFormatIndicator ? 1 : 0}`);
    if (p.contentType !== undefined) out.push(`type=${to_hex(p.contentType)}`);
    if (p.responseTopic !== undefined) out.push(`response=${to_hex(p.responseTopic)}`);
    if (p.correlationData !== undefined) out.push(`correlation=${to_hex(p.correlationData)}`);
    for (const [name, values] of Object.entries(p.userProperties ?? {})) for (const value of [values].flat()) out.push(`user=${to_hex(name)}:${to_hex(value)}`);
    if (p.subscriptionIdentifier !== undefined) for (const id of [p.subscriptionIdentifier].flat()) out.push(`id=${id}`);
    return ' +' + out.join(',');
};

const commands = {
    connect(id, clean, ...rest) {
        const [[will_topic, will_payload, will_qos, will_retain], given] = split(rest);
        const options = { clientId: from_hex(id).toString(), clean: clean === '1', protocolVersion: level, resubscribe: false, reconnectPeriod: 0, connectTimeout: 10000 };
        if (level === 5) options.properties = { sessionExpiryInterval: options.clean ? 0 : session_expiry_s };
        for (const [name, value] of given) {
            const field = { expiry: 'sessionExpiryInterval', 'receive-maximum': 'receiveMaximum', 'alias-maximum': 'topicAliasMaximum' }[name];
            options.properties[field] = Number(value);
            if (name === 'alias-maximum') options.autoAssignTopicAlias = true; // in the other direction
        }
        if (will_topic) {
            options.will = { topic: from_hex(will_topic).toString(), payload: from_hex(will_payload), qos: Number(will_qos), retain: will_retain === '1' };
        }
        return new Promise((resolve, reject) => {
            client = mqtt.connect(address, options);
            client.on('message', (topic, payload, packet) => say(`message ${to_hex(topic)} ${packet.qos} ${packet.retain ? 1 : 0} ${to_hex(payload)}${in_words(packet.properties)}`));
            client.once('connect', (connack) => resolve(`connected ${connack.sessionPresent ? 1 : 0}`));
            client.once('error', reject);
            client.once('close', () => reject(new Error('closed')));
        });
    },
    async subscribe(filter, qos, ...rest) {
        const given = Object.fromEntries(split(rest)[1]);
        const options = { qos: Number(qos) };
        if (given['no-local']) options.nl = true;
        if (given['as-published']) options.rap = true;
        if (given.id) options.properties = { subscriptionIdentifier: Number(given.id) };
        const [granted] = await client.subscribeAsync(from_hex(filter).toString(), options);
        return `subscribed ${granted.qos}`;
    },
    async unsubscribe(filter) {
        await client.unsubscribeAsync(from_hex(filter).toString());
        return 'unsubscribed';
    },
    async publish(topic, qos, retain, payload, ...rest) {
        const options = { qos: Number(qos), retain: retain === '1' };
        const given = split(rest)[1];
        if (given.length) options.properties = message_properties(given);
        await client.publishAsync(from_hex(topic).toString(), from_hex(payload), options);
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
