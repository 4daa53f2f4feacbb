import { AwsClient } from 'aws4fetch'
import type { DirectUploads, FileToPut } from '../core/ports.ts'

/** An R2 bucket by its S3 API. `endpoint`: without the bucket, `https://<account id>.r2.cloudflarestorage.com`. */
export type S3Bucket = {
  readonly endpoint: string
  readonly bucket: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** Cloudflare documentation, R2, "S3 API compatibility". */
const REGION = 'auto'

/** Uploads by URLs that are signed for the bucket's S3 API (AWS Signature Version 4, in the query). */
export function s3Uploads({ endpoint, bucket, ...keys }: S3Bucket): DirectUploads {
  const client = new AwsClient({ ...keys, service: 's3', region: REGION })
  return {
    async presign(key, size, file, seconds) {
      const headers = headersOf(size, file)
      const path = [bucket, ...key.split('/')].map(encodeURIComponent).join('/')
      const url = new URL(`${endpoint.replace(/\/+$/, '')}/${path}`)
      url.searchParams.set('X-Amz-Expires', String(seconds))
      // All are signed: with another length or type than was accepted, the store takes nothing.
      const signed = await client.sign(url, {
        method: 'PUT',
        headers,
        aws: { signQuery: true, allHeaders: true },
      })
      return { url: signed.url, headers }
    },
  }
}

/** Where R2 finds by its S3 API what its binding takes as options. */
function headersOf(size: number, { headers, metadata, md5, isNew }: FileToPut): Record<string, string> {
  const { contentType, contentDisposition, contentEncoding, cacheControl } = headers
  const given = {
    'content-length': String(size),
    'content-type': contentType,
    'content-disposition': contentDisposition,
    'content-encoding': contentEncoding,
    'cache-control': cacheControl,
    'content-md5': md5,
    'if-none-match': isNew ? '*' : undefined,
    ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value])),
  }
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
