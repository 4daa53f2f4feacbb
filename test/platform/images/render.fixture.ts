import type { ImageHeader, ImagePlan, Output } from '../../../src/core/image/image.ts'
import type { ImageFault } from '../../../src/core/ports.ts'
import { photonImages } from '../../../src/platform/images/photon-images.ts'

/** What a picture must be like that sharp makes by the same steps: nobody sees a difference from 0.98 on. */
export const ALIKE = 0.98
const images = photonImages()
const PNG: Output = { format: 'png', quality: 100 }

export const headerOf = (
  size: { width: number; height: number },
  more: Partial<ImageHeader> = {},
): ImageHeader => ({
  format: 'png',
  width: size.width,
  height: size.height,
  orientation: 1,
  hasAlpha: false,
  isAnimated: false,
  isProgressive: false,
  isDeep: false,
  ...more,
})

export async function made(
  file: Uint8Array,
  plan: Partial<ImagePlan> & Pick<ImagePlan, 'header'>,
  marks: Uint8Array[] = [],
) {
  const whole: ImagePlan = { marks: [], shrink: 1, steps: [], output: PNG, ...plan }
  const result = await images.render(whole, async () => ({
    picture: file.slice(),
    marks: marks.map((mark) => mark.slice()),
  }))
  if (!result.ok) throw new Error(result.error)
  return result.value
}

export async function faultOf(
  file: Uint8Array,
  header: ImageHeader,
  plan: Partial<ImagePlan> = {},
): Promise<ImageFault | null> {
  const whole: ImagePlan = { header, marks: [], shrink: 1, steps: [], output: PNG, ...plan }
  const result = await images.render(whole, async () => ({ picture: file.slice(), marks: [] }))
  return result.ok ? null : result.error
}
