import Mustache from 'mustache'
import { TEMPLATE_BYTES_MAX } from '../../core/limits.ts'
import type { TemplateItem } from '../../core/messaging.ts'
import { utf8Bytes } from '../../core/record/name.ts'
import { err, ok, type Result } from '../../core/result.ts'

type Scalar = string | number | boolean | null | undefined
/** What a template may say: names and texts, deeper where they belong together. */
export type View = { readonly [name: string]: Scalar | View }

const writer = new Mustache.Writer()

/** Skygear v2's templates were Go's. `{{ .name }}` means the same here; what steers them does not. */
const GO_ACTION = /\{\{-?\s*(?:if|else|end|range|with|template|block|define)\b/
const GO_NAME = /\{\{-?(\s*)\.(\w[\w.]*)(\s*)-?\}\}/g

/** A Mustache template with its names filled in, escaped where it is HTML. Names stand for texts, never for code. */
export function rendered(template: string, view: View, isHtml: boolean): Result<string, string> {
  if (GO_ACTION.test(template)) return err('is a Go template: write its conditions as Mustache sections')
  try {
    const text = writer.render(
      template.replaceAll(GO_NAME, '{{$1$2$3}}'),
      bare(view),
      undefined,
      isHtml ? undefined : { escape: String },
    )
    return utf8Bytes(text) > TEMPLATE_BYTES_MAX ? err('becomes too large') : ok(text)
  } catch {
    return err('is no Mustache template')
  } finally {
    // It would keep every text that it has ever met.
    writer.clearCache()
  }
}

/** Without prototypes, whose members a template could name. */
const bare = (view: View): object =>
  Object.assign(
    Object.create(null) as object,
    Object.fromEntries(
      Object.entries(view).map(([name, value]) => [
        name,
        typeof value === 'object' && value !== null ? bare(value) : value,
      ]),
    ),
  )

/**
 * The app's own text of a type in the best language there is: one that the reader asked for, exactly or in a wider form
 * (`zh-HK` finds `zh`); else one for all languages; else the first of its list. Null: the app has none.
 */
export function chosenItem(
  items: readonly TemplateItem[],
  type: string,
  key: string,
  languages: readonly string[],
): TemplateItem | null {
  const ofType = items.filter((item) => item.type === type)
  const ofKey = ofType.filter((item) => item.key === key)
  const candidates = ofKey.length > 0 ? ofKey : ofType.filter((item) => item.key === '')
  const inLanguage = (tag: string) =>
    candidates.find((item) => item.language_tag.toLowerCase() === tag.toLowerCase())
  for (const language of [...languages, ''])
    for (let tag = language; ; tag = tag.slice(0, tag.lastIndexOf('-'))) {
      const found = inLanguage(tag)
      if (found) return found
      if (!tag.includes('-')) break
    }
  return candidates[0] ?? null
}
