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
const app = express()
app.use('/parse', server.app)
createServer(app).listen(Number(port), '127.0.0.1', () => console.log('ready'))
