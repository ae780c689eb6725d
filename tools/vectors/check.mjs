// The way back: packets that our encoder made, read by the npm package mqtt-packet. The program given as argument prints them in the
// form of tests/vectors/mqtt-packet.txt.
//
//   npm ci && node check.mjs ../../build/dev/src/protocol/protocol_vectors
import { spawnSync } from 'node:child_process'
import { describe } from './describe.mjs'

const skipped = 77 // what CTest takes for "skipped"

const mqtt = await import('mqtt-packet').then((module) => module.default, () => null)
if (mqtt === null) {
  console.log('mqtt-packet is not installed: run `npm ci` in tools/vectors')
  process.exit(skipped)
}

function read(version, hex) {
  const parser = mqtt.parser({ protocolVersion: version })
  const found = []
  parser.on('packet', (p) => found.push(describe(p, version)))
  parser.on('error', (error) => found.push(`error: ${error.message}`))
  parser.parse(Buffer.from(hex, 'hex'))
  return found.join(' and ') || 'nothing'
}

const made = spawnSync(process.argv[2], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
if (made.status !== 0) throw new Error(`${process.argv[2]} failed: ${made.error ?? made.stderr}`)

let checked = 0
let wrong = 0
for (const line of made.stdout.split('\n')) {
  const parts = /^(\d) [<>] ([0-9a-f]+) \| (.*)$/.exec(line)
  if (!parts) continue
  const [, version, hex, words] = parts
  const seen = read(Number(version), hex)
  ++checked
  if (seen === words) continue
  ++wrong
  if (wrong <= 10) console.log(`${hex}\n  we wrote   ${words}\n  they read  ${seen}`)
}
console.log(`${checked} packets, ${wrong} read differently`)
process.exit(checked > 0 && wrong === 0 ? 0 : 1)
