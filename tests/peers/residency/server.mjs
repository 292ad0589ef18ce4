// The residency directorate's permit system, for tests: an OData service (simple-odata-server over NeDB), an authorisation
// server (oidc-provider) and a control port, all on loopback. The protocols are these packages'; here is only what wires them.
//
//   node server.mjs --modules <folder with node_modules> --data <folder> --until-stdin-closes

import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

import { control } from './control.mjs'
import { Faults } from './faults.mjs'
import { permits } from './permits.mjs'
import { Record } from './record.mjs'
import { authorisation } from './tokens.mjs'

const { values: given } = parseArgs({
  options: {
    modules: { type: 'string' },
    data: { type: 'string' },
    ports: { type: 'string', default: '0,0,0' },
    'until-stdin-closes': { type: 'boolean', default: false }
  }
})
mkdirSync(given.data, { recursive: true })
const require = createRequire(join(resolve(given.modules), 'package.json'))

const listen = (server, port) =>
  new Promise((done) => server.listen(Number(port), '127.0.0.1', () => done(server.address().port)))
// Whoever calls before everything is in place waits for it.
let ready
const inPlace = new Promise((done) => { ready = done })
const late = () => {
  const server = createServer((request, response) => inPlace.then(() => server.answer(request, response)))
  // A test that reads half an answer must not wait for the rest.
  server.keepAliveTimeout = 1000
  return server
}

const [odata, tokens, controls] = [late(), late(), late()]
const wanted = given.ports.split(',')
const ports = [await listen(odata, wanted[0]), await listen(tokens, wanted[1]), await listen(controls, wanted[2])]

const faults = new Faults()
const record = await Record.open(require, given.data)
const issuer = await authorisation(require, `http://127.0.0.1:${ports[1]}`, faults)
const service = permits(require, `http://127.0.0.1:${ports[0]}/odata/v4`, record, issuer, faults)
odata.answer = service.answer
tokens.answer = issuer.answer
controls.answer = control(record, issuer, faults, service)
ready()

console.log(`listening ${ports.join(' ')}`)
if (given['until-stdin-closes']) process.stdin.on('end', () => process.exit(0)).resume()
process.on('SIGTERM', () => process.exit(0))
