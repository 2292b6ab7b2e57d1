// A front end for mqttsngw-core: datagrams in and out. It adds nothing of its own to what the core
// says, and answers nothing by itself. The arguments are the port, the port of the broker, and the
// folder in which the packages are, which a module does not find by itself.
import { createSocket } from 'node:dgram'
import { createRequire } from 'node:module'
import { connect } from 'node:net'

const [port, broker, packages] = process.argv.slice(2)
const require = createRequire(`${packages}/`)
const { EventEmitter2 } = require('eventemitter2')
const core = require('mqttsngw-core')
const behind = require('mqttsngw-mqttbroker')

const KINDS = {
  0x04: 'connect', 0x05: 'connack', 0x07: 'willtopic', 0x09: 'willmsg', 0x0a: 'register',
  0x0b: 'regack', 0x0c: 'publish', 0x0d: 'puback', 0x0e: 'pubcomp', 0x0f: 'pubrec',
  0x10: 'pubrel', 0x12: 'subscribe', 0x13: 'suback', 0x14: 'unsubscribe', 0x15: 'unsuback',
  0x16: 'pingreq', 0x17: 'pingresp', 0x18: 'disconnect', 0x1a: 'willtopicupd', 0x1c: 'willmsgupd'
}
const NUMBERS = Object.fromEntries(Object.entries(KINDS).map(([number, kind]) => [kind, Number(number)]))
const CODES = ['Accepted', 'Rejected: congestion', 'Rejected: invalid topic ID', 'Rejected: not supported']
const TYPES = ['normal', 'pre-defined', 'short topic']

/** The bytes behind Length and MsgType, or nothing if the datagram is no message. */
function parts (datagram) {
  const header = datagram[0] === 1 ? 4 : 2
  if (datagram.length < header) return undefined
  const length = datagram[0] === 1 ? datagram.readUInt16BE(1) : datagram[0]
  if (length < header || length > datagram.length) return undefined
  return { cmd: KINDS[datagram[header - 1]], body: datagram.subarray(header, length) }
}

/** The fields as the core wants them. What is too short throws. */
function fields (cmd, body) {
  const flags = () => body.readUInt8(0)
  const type = () => {
    const found = TYPES[flags() & 3]
    if (found === undefined) throw new RangeError('a reserved TopicIdType')
    return found
  }
  const qos = () => [0, 1, 2, -1][flags() >> 5 & 3]
  switch (cmd) {
    case 'connect':
      if (body.readUInt8(1) !== 1 || body.length < 5) throw new RangeError('another protocol')
      return {
        will: (flags() & 8) !== 0, cleanSession: (flags() & 4) !== 0,
        duration: body.readUInt16BE(2), clientId: body.toString('utf8', 4)
      }
    case 'register':
      return { topicId: body.readUInt16BE(0), msgId: body.readUInt16BE(2), topicName: body.toString('utf8', 4) }
    case 'regack':
    case 'puback':
      return { topicId: body.readUInt16BE(0), msgId: body.readUInt16BE(2), returnCode: CODES[body.readUInt8(4)] }
    case 'publish':
      return {
        dup: (flags() & 128) !== 0, qos: qos(), retain: (flags() & 16) !== 0, topicIdType: type(),
        topicId: type() === 'short topic' ? body.toString('utf8', 1, 3) : body.readUInt16BE(1),
        msgId: body.readUInt16BE(3), payload: body.subarray(5)
      }
    case 'subscribe':
    case 'unsubscribe': {
      const common = { dup: (flags() & 128) !== 0, qos: qos(), topicIdType: type(), msgId: body.readUInt16BE(1) }
      if (type() === 'pre-defined') return { ...common, topicId: body.readUInt16BE(3) }
      if (type() === 'short topic' && body.length !== 5) throw new RangeError('no short topic name')
      return { ...common, topicName: body.toString('utf8', 3) }
    }
    case 'disconnect':
      return { duration: body.length === 0 ? undefined : body.readUInt16BE(0) }
    case 'pingreq':
      return { clientId: body.length === 0 ? undefined : body.toString('utf8') }
    case 'pubrec': case 'pubrel': case 'pubcomp':
      return { msgId: body.readUInt16BE(0) }
    default:
      return { data: body }
  }
}

const two = (number) => Buffer.from([number >> 8 & 255, number & 255])

/** The bytes of a message of the core; what the core does not say is 0. */
function bytes (message) {
  const { cmd } = message
  const body = []
  const code = Math.max(0, CODES.indexOf(message.returnCode))
  const id = (value) => typeof value === 'string' ? Buffer.from(value) : two(value ?? 0)
  switch (cmd) {
    case 'connack': body.push(Buffer.from([code])); break
    case 'register': body.push(id(message.topicId), two(message.msgId), Buffer.from(message.topicName)); break
    case 'regack':
    case 'puback': body.push(id(message.topicId), two(message.msgId), Buffer.from([code])); break
    case 'suback':
      body.push(Buffer.from([((message.qos ?? 0) & 3) << 5]), id(message.topicId), two(message.msgId), Buffer.from([code]))
      break
    case 'unsuback': body.push(two(message.msgId)); break
    case 'publish': {
      const flags = (message.dup ? 128 : 0) | (message.qos & 3) << 5 | (message.retain ? 16 : 0) |
        TYPES.indexOf(message.topicIdType)
      // The MsgId of a message of QoS 0 is no matter of the core's.
      const number = message.qos === 0 ? 0 : message.msgId
      body.push(Buffer.from([flags]), id(message.topicId), two(number), message.payload)
      break
    }
    case 'disconnect': if (message.duration) body.push(two(message.duration)); break
  }
  const content = Buffer.concat(body)
  const length = content.length + 2
  const header = length < 256 ? Buffer.from([length]) : Buffer.concat([Buffer.from([1]), two(length + 2)])
  return length + 2 > 65535 ? undefined : Buffer.concat([header, Buffer.from([NUMBERS[cmd]]), content])
}

// Where the core's clients are, the clients at addresses, and those that have told their ClientId.
const places = new Map()
const keys = new Map()
const names = new Map()

/** What the core knows the sender by: the address of its CONNECT, also when it wakes elsewhere. */
function keyOf (cmd, { clientId }, from) {
  const address = `${from.address}:${from.port}`
  if (cmd === 'connect') {
    keys.delete(address)
    names.set(clientId, address)
  } else if (cmd === 'pingreq' && names.has(clientId)) {
    keys.set(address, names.get(clientId))
  }
  const key = keys.get(address) ?? address
  places.set(key, from)
  return key
}

const bus = new EventEmitter2({ wildcard: true, maxListeners: 0 })
const socket = createSocket('udp4')
socket.on('message', (datagram, from) => {
  const found = parts(datagram)
  if (found === undefined || found.cmd === undefined) return
  let message
  try {
    message = fields(found.cmd, found.body)
  } catch {
    return
  }
  const clientKey = keyOf(found.cmd, message, from)
  bus.emit(['snUnicastIngress', clientKey, found.cmd], { clientKey, cmd: found.cmd, ...message })
})
bus.on(['snUnicastOutgress', '*', '*'], (message) => {
  const to = places.get(message.clientKey)
  const datagram = bytes(message)
  if (datagram !== undefined) socket.send(datagram, to.port, to.address)
})

core({ log: {} })(bus)()
behind({ log: {}, broker: () => ({ url: `mqtt://127.0.0.1:${broker}`, reconnectPeriod: 0 }) })(bus)()

/** Waits for the broker, then listens. */
function start () {
  const probe = connect(Number(broker), '127.0.0.1', () => {
    probe.end()
    socket.bind(Number(port), '127.0.0.1', () => console.log('ready'))
  })
  probe.on('error', () => setTimeout(start, 100))
}
start()
