// MQTT.js (npm `mqtt`) logs in by SCRAM-SHA-256 with node's own hashes, publishes to itself, authenticates again, and publishes once more.
//
//     scram_mqtt_js.cjs ADDRESS USER PASSWORD     prints "done", or "refused CODE"
'use strict';
const crypto = require('node:crypto');
const path = require('node:path');
const { createRequire } = require('node:module');

const mqtt = createRequire(path.join(process.env.INTEROP_NODE_MODULES, 'x.js'))('mqtt');
const [address, user, password] = process.argv.slice(2);
const method = 'SCRAM-SHA-256';
const hmac = (key, text) => crypto.createHmac('sha256', key).update(text).digest();
const exclusive_or = (a, b) => a.map((byte, i) => byte ^ b[i]);
const end = (line) => {
    process.stdout.write(line + '\n');
    process.exit(0);
};
setTimeout(() => end('in vain'), 20000).unref();

class Exchange {
    constructor() {
        this.bare = `n=${user},r=${crypto.randomBytes(18).toString('base64')}`;
    }
    first() {
        return Buffer.from(`n,,${this.bare}`);
    }
    answer(challenge) {
        const server_first = challenge.toString();
        const [, nonce, salt, iterations] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(server_first);
        const salted = crypto.pbkdf2Sync(password, Buffer.from(salt, 'base64'), Number(iterations), 32, 'sha256');
        const client_key = hmac(salted, 'Client Key');
        const without_proof = `c=biws,r=${nonce}`;
        const all = `${this.bare},${server_first},${without_proof}`;
        const proof = exclusive_or(client_key, hmac(crypto.createHash('sha256').update(client_key).digest(), all));
        this.signature = 'v=' + hmac(hmac(salted, 'Server Key'), all).toString('base64');
        return Buffer.from(`${without_proof},p=${proof.toString('base64')}`);
    }
    check(last) {
        if (last?.toString() !== this.signature) end('the signature is wrong');
    }
}

let exchange = new Exchange();
const client = mqtt.connect(address, {
    protocolVersion: 5,
    reconnectPeriod: 0,
    clientId: 'scram-mqtt-js',
    properties: { authenticationMethod: method, authenticationData: exchange.first() },
});
const auth = (reasonCode, authenticationData) => ({ cmd: 'auth', reasonCode, properties: { authenticationMethod: method, authenticationData } });
let again = false;

client.handleAuth = (packet, callback) => {
    const { authenticationData } = packet.properties;
    if (packet.reasonCode === 0x18) return callback(null, auth(0x18, exchange.answer(authenticationData)));
    exchange.check(authenticationData);
    callback(null);
    client.publish('echo', 'after', { qos: 1 });
};
client.on('connect', (connack) => {
    exchange.check(connack.properties.authenticationData);
    client.subscribe('echo', { qos: 1 }, () => client.publish('echo', 'before', { qos: 1 }));
});
client.on('message', (_, payload) => {
    if (payload.toString() === 'after') return end(again ? 'done' : 'not authenticated again');
    again = true;
    exchange = new Exchange();
    client._sendPacket(auth(0x19, exchange.first()));
});
client.on('error', (error) => end(`refused ${error.code}`));
