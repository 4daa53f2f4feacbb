/** Pipelines to begin with. */
const EXAMPLES = [
  'image/resize,w_400',
  'image/resize,m_fill,w_300,h_300',
  'image/resize,m_pad,w_300,h_300,color_222222',
  'image/resize,w_600/format,webp/quality,Q_70',
  'image/resize,w_400/format,auto',
  'image/crop,w_300,h_200,g_center',
  'image/resize,w_400/rotate,90/grayscale',
  'image/resize,w_400/blur,s_4',
]

const STYLE = `:root { color-scheme: light dark; --line: #8886; --soft: #8882; --accent: #0b63ce }
@media (prefers-color-scheme: dark) { :root { --accent: #7fb4ff } }
* { box-sizing: border-box }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 0 auto; padding: 1.5rem 1rem 3rem }
h1 { font-size: 1.3rem; margin: 0 0 .25rem }
p { margin: 0 0 1.25rem }
small, dt { opacity: .75; font-weight: 400 }
main { display: grid; gap: 1.5rem; grid-template-columns: minmax(0, 24rem) minmax(0, 1fr); align-items: start }
form { display: grid; gap: 1rem }
label { display: grid; gap: .25rem; margin-bottom: .25rem; font-weight: 600 }
input, select, textarea, button { font: inherit; font-weight: 400; width: 100%; padding: .5rem .6rem; border: 1px solid var(--line); border-radius: 6px; background: transparent; color: inherit }
select option { color: #222; background: #fff }
textarea, code, pre, dd { font-family: ui-monospace, monospace; font-size: .9rem }
textarea { min-height: 5rem; resize: vertical }
button { cursor: pointer; background: var(--soft) }
button.go { background: var(--accent); border-color: var(--accent); color: Canvas; font-weight: 600 }
button:disabled { opacity: .5; cursor: default }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px }
.row { display: grid; grid-template-columns: minmax(0, 1fr) 7rem; gap: .5rem }
.examples { display: flex; flex-wrap: wrap; gap: .4rem }
.examples button { width: auto; max-width: 100%; padding: .15rem .5rem; font-size: .8rem; text-align: left; overflow-wrap: anywhere }
figure { margin: 0; min-height: 14rem; display: grid; place-items: center; border: 1px solid var(--line); border-radius: 6px; overflow: hidden;
  background: repeating-conic-gradient(var(--soft) 0 25%, transparent 0 50%) 0 0 / 24px 24px }
img { display: block; max-width: 100%; height: auto }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .2rem 1rem; margin: 1rem 0 0 }
dd { margin: 0; overflow-wrap: anywhere }
pre { margin: 1rem 0 0; padding: .8rem; white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid #c33; border-radius: 6px; background: #c331 }
[hidden] { display: none }
@media (max-width: 46rem) { main { grid-template-columns: minmax(0, 1fr) } figure { min-height: 9rem } }`

/** Runs in a browser. What servers and people say becomes text and never markup; the key stays in the form. */
const SCRIPT = `'use strict'
const $ = (id) => document.getElementById(id)
const form = document.querySelector('form')
let shown = null

const masterHeaders = () => ($('key').value ? { 'x-skygear-api-key': $('key').value } : {})
async function call(method, path, body) {
  const headers = { ...masterHeaders(), ...(body ? { 'content-type': 'application/json' } : {}) }
  const response = await fetch('/_asset/' + path, { method, headers, body: body && JSON.stringify(body) })
  const text = await response.text()
  if (!response.ok) throw new Error(response.status + ' ' + text)
  return JSON.parse(text).result
}
const pathOf = (url) => { const { pathname, search } = new URL(url, location.href); return pathname + search }

async function addressOf(name, pipeline) {
  if ($('key').value === '') {
    const query = pipeline === '' ? '' : '?' + new URLSearchParams({ pipeline })
    return '/_asset/get/' + encodeURIComponent(name) + query
  }
  const sign = async (asset) => {
    const { assets } = await call('POST', 'get_signed_url', { assets: [{ asset_name: name, ...asset }] })
    return pathOf(assets[0].url)
  }
  if (pipeline === '') return sign({})
  // Nobody signs a pipeline that says nothing: it is asked for all the same, as the answer says why.
  return sign({ pipeline }).catch(async () => (await sign({})) + '&' + new URLSearchParams({ pipeline }))
}

async function listNames() {
  if ($('key').value === '') return
  const { assets } = await call('GET', 'assets')
  $('names').replaceChildren(...assets.map(({ asset_name }) => new Option(asset_name, asset_name)))
}

async function upload(file) {
  const { url } = await call('POST', 'presign_upload_form', {})
  const data = new FormData()
  data.append('access', $('access').value)
  data.append('file', file)
  const response = await fetch(pathOf(url), { method: 'POST', body: data })
  const text = await response.text()
  if (!response.ok) throw new Error(response.status + ' ' + text)
  $('name').value = JSON.parse(text).result.asset_name
}

function tell(facts) {
  const said = Object.entries(facts).filter(([, value]) => value)
  $('facts').replaceChildren(...said.flatMap(([name, value]) => {
    const [term, text] = [document.createElement('dt'), document.createElement('dd')]
    term.textContent = name
    text.textContent = value
    return [term, text]
  }))
}
function fault(text) {
  $('fault').textContent = text
  $('fault').hidden = text === ''
}
function picture(blob) {
  if (shown) URL.revokeObjectURL(shown)
  shown = blob ? URL.createObjectURL(blob) : null
  $('picture').hidden = shown === null
  $('none').hidden = shown !== null
  if (shown) $('picture').src = shown
}

async function show() {
  const address = await addressOf($('name').value.trim(), $('pipeline').value.trim())
  const begun = performance.now()
  const response = await fetch(address, { cache: 'no-store' })
  const blob = await response.blob()
  const facts = {
    status: String(response.status),
    time: Math.round(performance.now() - begun) + ' ms',
    type: response.headers.get('content-type'),
    bytes: blob.size.toLocaleString('en'),
  }
  const isPicture = response.ok && blob.type.startsWith('image/')
  picture(isPicture ? blob : null)
  fault(response.ok ? '' : (await blob.text()) || 'nothing is said')
  if (isPicture) await $('picture').decode().then(
    () => { facts.pixels = $('picture').naturalWidth + ' × ' + $('picture').naturalHeight },
    () => { fault('the browser cannot show this') },
  )
  tell({
    ...facts,
    cache: response.headers.get('cache-control'),
    etag: response.headers.get('etag'),
    address,
  })
}

async function busy(work) {
  $('go').disabled = true
  fault('')
  await work().catch((cause) => { picture(null); tell({}); fault(String(cause.message)) })
  $('go').disabled = false
}
form.addEventListener('submit', (event) => {
  event.preventDefault()
  busy(show)
})
$('pipeline').addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey) return
  event.preventDefault()
  form.requestSubmit()
})
$('key').addEventListener('change', () => busy(listNames))
$('file').addEventListener('change', () => {
  const [file] = $('file').files
  if (file) busy(() => upload(file).then(show))
})
for (const button of document.querySelectorAll('.examples button')) button.addEventListener('click', () => {
  $('pipeline').value = button.textContent
  if ($('name').value !== '') form.requestSubmit()
})`

/** `nonce`: what the answer's policy lets run. */
export const playgroundPage = (nonce: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pictures</title>
<style nonce=${nonce}>${STYLE}</style>
<h1>Pictures</h1>
<p><small>What <code>/_asset/get/&lt;name&gt;?pipeline=…</code> makes of an asset. This page is there in development mode only.</small></p>
<main>
<form>
<label>Master key <input id="key" type="password" autocomplete="off" spellcheck="false">
<small>To upload, to list names and for what is private; it stays on this page.</small></label>
<div><label for="file">Upload</label>
<div class="row"><input id="file" type="file" accept="image/*">
<select id="access" aria-label="Access"><option>public</option><option>private</option></select></div></div>
<label>Asset <input id="name" list="names" required autocomplete="off" spellcheck="false"></label>
<datalist id="names"></datalist>
<label>Pipeline <textarea id="pipeline" spellcheck="false">${EXAMPLES[0] ?? ''}</textarea>
<small>Empty: the original.</small></label>
<div class="examples">${EXAMPLES.map((text) => `<button type="button">${text}</button>`).join('')}</div>
<button id="go" class="go">Show</button>
</form>
<section aria-live="polite">
<figure><small id="none">No picture</small><img id="picture" alt="What the pipeline made" hidden></figure>
<pre id="fault" role="alert" hidden></pre>
<dl id="facts"></dl>
</section>
</main>
<script nonce=${nonce}>${SCRIPT}</script>
</html>
`
