import type { Mailbox } from '../../local/mailbox/mailbox.ts'
import type { Demo } from './demo.ts'

/** What a person who has just started the local system wants to paste. */
export function banner(demo: Demo, port: number, mailbox: Mailbox): string {
  const url = `http://localhost:${port}`
  return `
  Demo app    http://${demo.host}:${port}  (also ${url})
  API key     ${demo.api_key}
  Master key  ${demo.master_key}
  Mailbox     ${mailbox.url}  (what the app sends; SMTP at 127.0.0.1:${mailbox.smtpPort})

  Try it: make an anonymous user

    curl ${url}/auth/signup -H 'X-Skygear-API-Key: ${demo.api_key}' -d '{}'

  With the JavaScript SDK: save as notes.cjs in this checkout, then node notes.cjs

    const skygear = require('skygear')

    async function main() {
      await skygear.config({ endPoint: '${url}/', apiKey: '${demo.api_key}' })
      await skygear.auth.signupAnonymously()
      const Note = skygear.Record.extend('note')
      await skygear.publicDB.save(new Note({ text: 'Hello, edge' }))
      const notes = await skygear.publicDB.query(new skygear.Query(Note))
      console.log(notes.map((note) => note.text))
    }
    main().then(() => process.exit(0))

  Another app:  npm run tenant -- create NAME
  Stop:         Ctrl-C
`
}
