// A broker of aedes with its defaults. The arguments are a port and the file of aedes, which a
// module does not find by itself when it is installed elsewhere.
import { createServer } from 'node:net'
import { pathToFileURL } from 'node:url'

const [port, file] = process.argv.slice(2)
const { Aedes } = await import(pathToFileURL(file))
const broker = await Aedes.createBroker()
createServer(broker.handle).listen(Number(port), '127.0.0.1', () => console.log('ready'))
