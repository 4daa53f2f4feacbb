import { keyOf } from '../../core/asset/name.ts'
import type { Scope } from '../../core/gear.ts'
import { marksOf, type Pipeline } from '../../core/image/pipeline.ts'
import type { StoredFile } from '../../core/ports.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { isPicture } from './content-type.ts'
import { accessOf } from './metadata.ts'
import { pictureFault, type PictureFault } from './picture-fault.ts'

/**
 * The pictures that a pipeline puts on another, in the order of `marksOf`: the app's own assets. A private one is there
 * only for a pipeline that was signed: who may read one picture could see any other on it. What may not be used and what
 * is not there are the same.
 */
export async function marksFor(
  pipeline: Pipeline,
  { tenant, files }: Pick<Scope, 'tenant' | 'files'>,
  mayUsePrivate: boolean,
): Promise<Result<readonly StoredFile[], PictureFault>> {
  const names = marksOf(pipeline)
  const found = await Promise.all(names.map((name) => files.head(keyOf(tenant.appId, name))))
  const marks = found.flatMap((mark) =>
    mark && isPicture(mark) && (mayUsePrivate || accessOf(mark) === 'public') ? [mark] : [],
  )
  return marks.length === names.length ? ok(marks) : err(NO_MARK)
}

const NO_MARK = pictureFault('invalid', 'watermark: no such picture, or it may not be used here')
