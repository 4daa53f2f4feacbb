import * as v from 'valibot'
import { cleanName, escapedName, isAssetRef, withId } from '../../core/asset/name.ts'
import { assetUrls } from '../../core/asset/url.ts'
import { fail } from '../../core/failure.ts'
import { failureOf } from '../../core/fault.ts'
import { action } from '../../core/gear.ts'
import { err, ok } from '../../core/result.ts'
import { schema } from '../../core/schema.ts'
import { assetSection } from './config.ts'
import { ContentType } from './content-type.ts'
import { announce } from './rows.ts'

const UUID_BYTES = 37
const fits = (name: string): boolean => name !== '' && isAssetRef(name + 'x'.repeat(UUID_BYTES))

/** An asset on the wire (v1 protocol, section 5.2). */
export const WireAsset = v.object({
  $type: v.literal('asset'),
  $name: v.string(),
  $content_type: v.string(),
  $url: v.string(),
})

export const put = action({
  summary: 'Announces a file: answers its name, and where to send its bytes.',
  access: 'key',
  illTyped: 'InvalidArgument',
  input: schema(
    v.object({
      filename: v.pipe(v.string(), v.transform(cleanName), v.check(fits, 'is no name, or too long')),
      'content-type': ContentType,
      'content-size': v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
    }),
  ),
  output: schema(v.object({ 'post-request': v.object({ action: v.string() }), asset: WireAsset })),
  async run({ filename, 'content-type': contentType, 'content-size': size }, scope) {
    const { tenant, db, newId } = scope
    const settings = assetSection.of(tenant)
    if (size > settings.size_max)
      return err(fail('AssetSizeTooLarge', `a file has at most ${settings.size_max} bytes`))
    const name = withId(filename, newId())
    const access = settings.public ? 'public' : 'private'
    const announced = await db.transact([announce(tenant.schema, { name, contentType, size, access })])
    if (!announced.ok) return err(failureOf(announced.error))
    return ok({
      result: {
        'post-request': { action: `/files/${escapedName(name)}` },
        asset: wireAsset(name, contentType, assetUrls(scope)({ $name: name, access })),
      },
    })
  },
})

export const wireAsset = ($name: string, $content_type: string, $url: string) => ({
  $type: 'asset' as const,
  $name,
  $content_type,
  $url,
})
