// Writes tests/vectors/mqtt-packet.txt: packets that the codec of the npm package mqtt-packet made, with what is in them.
// A line: protocol version, > (client to server) or <, the packet in hex, | and the words of describe.mjs.
//
//   npm ci && node generate.mjs
import { writeFileSync } from 'node:fs'
import mqtt from 'mqtt-packet'
import { describe } from './describe.mjs'

const vectors_file = new URL('../../tests/vectors/mqtt-packet.txt', import.meta.url)
const packets_of_a_kind = 12

// A small generator with a fixed seed: the file changes only when this program does.
let state = 20261122
function below(limit) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return Math.floor((state / 2 ** 32) * limit)
}
const coin = () => below(2) === 0
const one_of = (list) => list[below(list.length)]
const id = () => 1 + below(65535)
const data = (bytes_max) => Buffer.from(Array.from({ length: below(bytes_max + 1) }, () => below(256)))
const text = () => Array.from({ length: below(4) }, () => one_of(['a', 'temperatura', 'è', '温度', '🔥', ' ', '0123456789'])).join('')
const topic = () => one_of(['home', '$SYS', 'casa', '']) + '/' + (text() || 'x')
const filter = () => one_of([topic(), '#', '+/a', 'home/+/temperature', 'home/#', '$share/group/home/#'])

const makers = {
  payloadFormatIndicator: coin, messageExpiryInterval: () => below(2 ** 32), contentType: text, responseTopic: topic, correlationData: () => data(20),
  subscriptionIdentifier: () => 1 + below(268435455), sessionExpiryInterval: () => below(2 ** 32), assignedClientIdentifier: text,
  serverKeepAlive: () => below(65536), authenticationMethod: () => 'SCRAM-SHA-256', authenticationData: () => data(20), requestProblemInformation: coin,
  willDelayInterval: () => below(2 ** 32), requestResponseInformation: coin, responseInformation: text, serverReference: text, reasonString: text,
  receiveMaximum: id, topicAliasMaximum: () => below(65536), topicAlias: id, maximumQoS: () => below(2), retainAvailable: coin,
  userProperties: () => ({ ['name ' + text()]: text(), twice: ['first', 'second'] }), maximumPacketSize: () => 1 + below(2 ** 32 - 1),
  wildcardSubscriptionAvailable: coin, subscriptionIdentifiersAvailable: coin, sharedSubscriptionAvailable: coin,
}
const message = ['payloadFormatIndicator', 'messageExpiryInterval', 'contentType', 'responseTopic', 'correlationData', 'userProperties']
const allowed = {
  connect: ['sessionExpiryInterval', 'receiveMaximum', 'maximumPacketSize', 'topicAliasMaximum', 'requestResponseInformation', 'requestProblemInformation',
    'userProperties', 'authenticationMethod'],
  will: ['willDelayInterval', ...message],
  connack: ['sessionExpiryInterval', 'receiveMaximum', 'maximumQoS', 'retainAvailable', 'maximumPacketSize', 'assignedClientIdentifier', 'topicAliasMaximum',
    'reasonString', 'userProperties', 'wildcardSubscriptionAvailable', 'subscriptionIdentifiersAvailable', 'sharedSubscriptionAvailable', 'serverKeepAlive',
    'responseInformation', 'serverReference', 'authenticationMethod', 'authenticationData'],
  publish: ['topicAlias', ...message],
  subscribe: ['subscriptionIdentifier', 'userProperties'],
  unsubscribe: ['userProperties'],
  disconnect: ['sessionExpiryInterval', 'reasonString', 'userProperties'],
  answer: ['reasonString', 'userProperties'],
  auth: ['authenticationData', 'reasonString', 'userProperties'],
}

function properties(place, version) {
  if (version !== 5 || below(4) === 0) return undefined
  const chosen = allowed[place].filter(coin)
  return Object.fromEntries(chosen.map((name) => [name, makers[name]()]))
}

const received_codes = [0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99]
const released_codes = [0x00, 0x92]
const codes = (list) => Array.from({ length: 1 + below(4) }, () => one_of(list))

function acknowledgement(cmd, known) {
  return (version) => ({ cmd, messageId: id(), reasonCode: version === 5 ? one_of(known) : 0, properties: properties('answer', version) })
}

const packets = {
  connect(version) {
    const p = {
      cmd: 'connect', protocolId: version === 3 ? 'MQIsdp' : 'MQTT', protocolVersion: version, clean: true, keepalive: below(65536),
      clientId: (version === 3 ? 'x' : '') + text(), properties: properties('connect', version),
    }
    if (p.clientId !== '') p.clean = coin()
    if (coin()) p.will = { topic: topic(), payload: data(30), qos: below(3), retain: coin(), properties: properties('will', version) }
    if (coin()) p.username = 'user' + text()
    if (p.username !== undefined && coin()) p.password = Buffer.concat([Buffer.from('p'), data(10)])
    return p
  },
  connack(version) {
    const present = coin()
    const refusal = version === 5 ? one_of([0x80, 0x84, 0x87, 0x9d]) : 1 + below(5)
    const code = present ? 0 : one_of([0, refusal])
    return { cmd: 'connack', sessionPresent: present, returnCode: code, reasonCode: code, properties: properties('connack', version) }
  },
  publish(version) {
    const qos = below(3)
    return {
      cmd: 'publish', qos, retain: coin(), dup: qos > 0 && coin(), messageId: qos > 0 ? id() : undefined, topic: topic(),
      payload: data(one_of([0, 10, 200])), properties: properties('publish', version),
    }
  },
  puback: acknowledgement('puback', received_codes),
  pubrec: acknowledgement('pubrec', received_codes),
  pubrel: acknowledgement('pubrel', released_codes),
  pubcomp: acknowledgement('pubcomp', released_codes),
  subscribe(version) {
    const one = () => {
      const s = { topic: filter(), qos: below(3) }
      if (version === 5) Object.assign(s, { nl: !s.topic.startsWith('$share') && coin(), rap: coin(), rh: below(3) })
      return s
    }
    return { cmd: 'subscribe', messageId: id(), subscriptions: Array.from({ length: 1 + below(4) }, one), properties: properties('subscribe', version) }
  },
  suback: (version) => ({
    cmd: 'suback', messageId: id(), granted: codes(version === 5 ? [0, 1, 2, 0x80, 0x87, 0x8f, 0x9e, 0xa1, 0xa2] : [0, 1, 2, 0x80]),
    properties: properties('answer', version),
  }),
  unsubscribe: (version) => ({
    cmd: 'unsubscribe', messageId: id(), unsubscriptions: Array.from({ length: 1 + below(4) }, filter), properties: properties('unsubscribe', version),
  }),
  unsuback: (version) => ({ cmd: 'unsuback', messageId: id(), granted: codes([0x00, 0x11, 0x80, 0x87, 0x8f]), properties: properties('answer', version) }),
  pingreq: () => ({ cmd: 'pingreq' }),
  pingresp: () => ({ cmd: 'pingresp' }),
  disconnect: (version) => ({ cmd: 'disconnect', reasonCode: version === 5 ? one_of([0x00, 0x04, 0x80, 0x82, 0x97]) : 0, properties: properties('disconnect', version) }),
  auth: (version) => ({
    cmd: 'auth', reasonCode: one_of([0x18, 0x19]), properties: { authenticationMethod: 'SCRAM-SHA-256', ...properties('auth', version) },
  }),
}

const from_server = new Set(['connack', 'suback', 'unsuback', 'pingresp'])
const lines = ['# Made by tools/vectors/generate.mjs with the npm package mqtt-packet; not to be edited.']
for (const version of [3, 4, 5]) {
  for (const [kind, make] of Object.entries(packets)) {
    if (kind === 'auth' && version !== 5) continue
    const count = kind.startsWith('ping') ? 1 : packets_of_a_kind
    for (let i = 0; i < count; ++i) {
      const p = make(version)
      const hex = mqtt.generate(p, { protocolVersion: version }).toString('hex')
      lines.push(`${version} ${from_server.has(kind) ? '<' : '>'} ${hex} | ${describe(p, version)}`)
    }
  }
}
writeFileSync(vectors_file, lines.join('\n') + '\n')
console.log(`${lines.length - 1} packets`)
