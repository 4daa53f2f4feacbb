import type { ReceivedMail } from './smtp.ts'

/** The mailbox as people read it. Nothing of a mail is markup here; its HTML has a page of its own, in a sandbox. */

const STYLE = `body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 52rem; margin: 2rem auto; padding: 0 1rem }
article { border-top: 1px solid #ccc; padding: 1rem 0 }
h1 { font-size: 1.3rem } h2 { font-size: 1.1rem; margin: 0 }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #f6f6f6; padding: .8rem; border-radius: 4px }
iframe { width: 100%; height: 18rem; border: 1px solid #ccc; border-radius: 4px }
small { color: #666 }`

export function listPage(mails: readonly ReceivedMail[], smtpPort: number): string {
  const articles = mails.map(article).toReversed()
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Mailbox (${mails.length})</title>
<style>${STYLE}</style>
<h1>Mailbox</h1>
<p><small>Mail that apps send to 127.0.0.1:${smtpPort} comes here and goes nowhere else. <a href="/">Look again</a></small></p>
${articles.length > 0 ? articles.join('') : '<p>Nothing yet.</p>'}
</html>
`
}

function article({ from, to, receivedAt, parsed: { subject, text, html } }: ReceivedMail, n: number): string {
  return `<article>
<h2>${escaped(subject ?? '')}</h2>
<small>${escaped(from)} to ${escaped(to.join(', '))}, ${receivedAt.toISOString()}</small>
<pre>${linked(text ?? '')}</pre>
${html === undefined ? '' : `<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" src="/mails/${n}.html" title="HTML"></iframe>`}
</article>
`
}

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (each) => `&#${each.charCodeAt(0)};`)

/** Links are what mails are read for in development. */
const linked = (text: string): string =>
  escaped(text).replaceAll(
    /https?:\/\/[^\s<>]+/g,
    (url) => `<a href="${url}" target="_blank" rel="noreferrer">${url}</a>`,
  )
