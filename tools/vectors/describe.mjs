// One line of words for a packet as mqtt-packet knows it. src/protocol/describe.cpp writes the same line from our structs, so that
// the two codecs can be compared as text: "subscribe id=10 a/b=2 p0b=7".

const property_ids = {
  payloadFormatIndicator: 0x01, messageExpiryInterval: 0x02, contentType: 0x03, responseTopic: 0x08, correlationData: 0x09,
  subscriptionIdentifier: 0x0b, sessionExpiryInterval: 0x11, assignedClientIdentifier: 0x12, serverKeepAlive: 0x13,
  authenticationMethod: 0x15, authenticationData: 0x16, requestProblemInformation: 0x17, willDelayInterval: 0x18,
  requestResponseInformation: 0x19, responseInformation: 0x1a, serverReference: 0x1c, reasonString: 0x1f, receiveMaximum: 0x21,
  topicAliasMaximum: 0x22, topicAlias: 0x23, maximumQoS: 0x24, retainAvailable: 0x25, userProperties: 0x26, maximumPacketSize: 0x27,
  wildcardSubscriptionAvailable: 0x28, subscriptionIdentifiersAvailable: 0x29, sharedSubscriptionAvailable: 0x2a,
}

// Letters, digits and a few signs stand for themselves, every other byte is %xx.
function escaped(value) {
  const bytes = Buffer.isBuffer(value) ? value : Buffer.from(value ?? '')
  let out = ''
  for (const byte of bytes) {
    const c = String.fromCharCode(byte)
    out += /[A-Za-z0-9/_.$#+-]/.test(c) ? c : '%' + byte.toString(16).padStart(2, '0')
  }
  return out
}

function value_words(value) {
  if (typeof value === 'boolean') return [value ? '1' : '0']
  if (typeof value === 'number') return [String(value)]
  if (Array.isArray(value)) return value.flatMap(value_words)
  return [escaped(value)]
}

function user_words(pairs) {
  return Object.entries(pairs).flatMap(([name, value]) => [value].flat().map((each) => `${escaped(name)}:${escaped(each)}`))
}

// In the order of their identifiers; equal identifiers keep their order.
function property_words(prefix, properties) {
  return Object.entries(properties ?? {})
    .sort(([a], [b]) => property_ids[a] - property_ids[b])
    .flatMap(([name, value]) => {
      const words = name === 'userProperties' ? user_words(value) : value_words(value)
      return words.map((word) => `${prefix}${property_ids[name].toString(16).padStart(2, '0')}=${word}`)
    })
}

const flag = (name, value) => `${name}=${value ? 1 : 0}`

function connect_words(p) {
  const words = [`version=${p.protocolVersion}`, flag('clean', p.clean), `keep_alive=${p.keepalive}`, `client=${escaped(p.clientId)}`]
  if (p.will) {
    words.push(`will=${escaped(p.will.topic)}`, `payload=${escaped(p.will.payload)}`, `qos=${p.will.qos}`, flag('retain', p.will.retain))
    words.push(...property_words('w', p.will.properties))
  }
  if (p.username !== undefined) words.push(`user=${escaped(p.username)}`)
  if (p.password !== undefined) words.push(`password=${escaped(p.password)}`)
  return words
}

function subscription_word(s, version) {
  const word = `${escaped(s.topic)}=${s.qos}`
  return version === 5 ? `${word}${s.nl ? 'n' : ''}${s.rap ? 'r' : ''}${s.rh}` : word
}

const id = (p) => `id=${p.messageId}`
const code = (p) => `code=${p.reasonCode ?? p.returnCode ?? 0}`
const granted = (p) => (p.granted ?? []).map((each) => `code=${each}`)

const words_of = {
  connect: connect_words,
  connack: (p) => [flag('session', p.sessionPresent), code(p)],
  publish: (p) => [
    `qos=${p.qos}`, flag('retain', p.retain), flag('dup', p.dup), `id=${p.qos > 0 ? p.messageId : 0}`,
    `topic=${escaped(p.topic)}`, `payload=${escaped(p.payload)}`,
  ],
  puback: (p) => [id(p), code(p)],
  pubrec: (p) => [id(p), code(p)],
  pubrel: (p) => [id(p), code(p)],
  pubcomp: (p) => [id(p), code(p)],
  subscribe: (p, version) => [id(p), ...p.subscriptions.map((each) => subscription_word(each, version))],
  suback: (p) => [id(p), ...granted(p)],
  unsubscribe: (p) => [id(p), ...p.unsubscriptions.map(escaped)],
  unsuback: (p, version) => [id(p), ...(version === 5 ? granted(p) : [])],
  pingreq: () => [],
  pingresp: () => [],
  disconnect: (p) => [code(p)],
  auth: (p) => [code(p)],
}

export function describe(p, version) {
  return [p.cmd, ...words_of[p.cmd](p, version), ...property_words('p', version === 5 ? p.properties : {})].join(' ')
}
