/** RFC 3339, section 5.6: date-time with any offset. */
const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:[0-5]\d)$/

/**
 * An RFC 3339 time as a `timestamp` literal in UTC, to the microsecond (more digits are cut, as Postgres holds six);
 * null where it is no such time or Postgres and RFC 3339 do not share its year (1 to 9999).
 */
export function instantOf(text: string): string | null {
  const match = RFC3339.exec(text)
  if (!match) return null
  const [, year, month, day, hour, minute, second, fraction = '', offset = 'Z'] = match
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}`
  const asUtc = new Date(`${local}Z`)
  // A Date rolls 30 February over into March; such a text is no date.
  if (Number.isNaN(asUtc.getTime()) || asUtc.toISOString().slice(0, 19) !== local) return null
  const utc = new Date(asUtc.getTime() - offsetMinutes(offset) * 60_000)
  const utcYear = utc.getUTCFullYear()
  if (!(utcYear >= 1 && utcYear <= 9999) || Math.abs(offsetMinutes(offset)) >= 24 * 60) return null
  const micros = fraction.slice(0, 6).replace(/0+$/, '')
  return utc.toISOString().slice(0, 19) + (micros && `.${micros}`)
}

function offsetMinutes(offset: string): number {
  if (offset.toUpperCase() === 'Z') return 0
  const sign = offset.startsWith('-') ? -1 : 1
  return sign * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4, 6)))
}
