/**
 * parse-server on the same Postgres, as its README starts it. Prints one line when it is ready.
 * Usage: node parse.ts <database url> <port>
 */
import { createServer } from 'node:http'
import express from 'express'
import { ParseServer } from 'parse-server'

const [databaseURI = '', port = ''] = process.argv.slice(2)
const server = new ParseServer({
  databaseURI,
  appId: 'bench',
  masterKey: 'master',
  serverURL: `http://127.0.0.1:${port}/parse`,
  allowClientClassCreation: true,
  logLevel: 'error',
  silent: true,
})
await server.start()
// What a load leaves under way is cancelled (settled.ts), and Express has a stack to print for each.
const { error } = console
console.error = (...said: unknown[]) => {
  if (!String(said[0]).includes('canceling statement')) error(...said)
}
const app = express()
app.use('/parse', server.app)
createServer(app).listen(Number(port), '127.0.0.1', () => console.log('ready'))
