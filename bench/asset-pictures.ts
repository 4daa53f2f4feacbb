import sharp, { type Sharp } from 'sharp'

/**
 * A picture like a photograph, made by arithmetic: a gradient with blurred spots of all sizes and the noise of a sensor,
 * so that it is as hard to code as one. RGB.
 */
export async function photograph(width: number, height: number): Promise<Sharp> {
  const random = generator(1)
  const spots = Array.from({ length: 80 }, () => {
    const [x, y, r] = [random() * width, random() * height, (random() ** 3 * width) / 5 + width / 200]
    const color = `hsl(${Math.floor(random() * 360)}, ${Math.floor(random() * 70)}%, ${Math.floor(random() * 80)}%)`
    return `<circle cx="${x}" cy="${y}" r="${r}" fill="${color}" opacity="${0.4 + random() * 0.6}"/>`
  })
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><defs><linearGradient id="sky" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#2a4a88"/><stop offset="1" stop-color="#ffb877"/></linearGradient></defs><rect width="100%" height="100%" fill="url(#sky)"/>${spots.join('')}</svg>`
  const noise = { type: 'gaussian', mean: 128, sigma: 30 } as const
  const grain = await sharp({ create: { width, height, channels: 3, background: '#808080', noise } })
    .blur(0.5)
    .png({ compressionLevel: 0 })
    .toBuffer()
  const { data, info } = await sharp(Buffer.from(svg))
    .removeAlpha()
    .blur(2)
    .composite([{ input: grain, blend: 'soft-light' }])
    .raw()
    .toBuffer({ resolveWithObject: true })
  return sharp(data, { raw: { width, height, channels: info.channels } })
}

/** Numerical Recipes' linear congruential generator: the same picture each time. */
function generator(seed: number): () => number {
  let state = seed
  return () => (state = (state * 1_664_525 + 1_013_904_223) >>> 0) / 2 ** 32
}
