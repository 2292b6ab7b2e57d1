// A server of node-coap with a few resources and the defaults of the library. The argument is a
// port. What is an application's own affair is done here: entity-tags, conditions and formats.
const { createHash } = require('node:crypto')
const { createServer } = require('coap')

const letters = (count) => Buffer.from(Array.from({ length: count }, (_, i) => 97 + i % 26))
const text = (payload) => ({ payload: Buffer.from(payload), format: 'text/plain' })
const kept = new Map([
  ['/test', text('test')],
  ['/separate', text('at last')],
  ['/tick', text('0')],
  ['/large', text(letters(2000))],
  ['/large-update', text(letters(200))],
  ['/.well-known/core', {
    payload: Buffer.from('</test>,</separate>,</tick>;obs,</large>,</large-update>'),
    format: 'application/link-format'
  }]
])
const changing = new Set(['/test', '/large-update', '/new'])
const observers = new Map([['/tick', new Set()], ['/new', new Set()]])
const etag = (now) => createHash('sha1').update(now.payload).digest().subarray(0, 8)

let ticks = 0
setInterval(() => {
  kept.set('/tick', text(String(ticks += 1)))
  tell('/tick')
}, 1000)

function tell (path) {
  const now = kept.get(path)
  for (const observer of observers.get(path) ?? []) {
    if (now) {
      observer.setOption('Content-Format', now.format)
      observer.write(now.payload)
    } else {
      observer.statusCode = '4.04'
      observer.end('it is gone')
    }
  }
}

function end (res, code, payload = '') {
  res.code = code
  res.end(payload)
}

function get (path, now, req, res) {
  const accept = req.headers.Accept
  if (accept !== undefined && accept !== now.format) return end(res, '4.06')
  if (path !== '/tick') res.setOption('ETag', etag(now))
  res.setOption('Content-Format', now.format)
  if (observers.has(path) && req.headers.Observe === 0) {
    res.write(now.payload)
    observers.get(path).add(res)
    return res.on('finish', () => observers.get(path).delete(res))
  }
  setTimeout(() => end(res, '2.05', now.payload), path === '/separate' ? 1000 : 0)
}

function meets (now, req) {
  const options = (name) => req.options.filter((option) => option.name === name)
  const wanted = options('If-Match').map((option) => option.value)
  const fits = (tag) => now && (tag.length === 0 || etag(now).equals(tag))
  return (wanted.length === 0 || wanted.some(fits)) && !(now && options('If-None-Match').length)
}

createServer((req, res) => {
  const path = req.url.split('?')[0]
  const now = kept.get(path)
  if (req.method === 'GET' && now) return get(path, now, req, res)
  if (!changing.has(path)) return end(res, now ? '4.05' : '4.04')
  if (!meets(now, req)) return end(res, '4.12')
  if (req.method === 'PUT') {
    if ((req.headers['Content-Format'] ?? 'text/plain') !== 'text/plain') return end(res, '4.15')
    kept.set(path, text(req.payload))
    end(res, now ? '2.04' : '2.01')
    return tell(path)
  }
  if (req.method === 'DELETE') {
    kept.delete(path)
    end(res, '2.02')
    return tell(path)
  }
  if (req.method === 'POST' && now) return end(res, '2.04')
  end(res, now ? '4.05' : '4.04')
}).listen(Number(process.argv[2]), '127.0.0.1', () => console.log('ready'))
