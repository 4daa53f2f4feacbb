/** Whether two secrets are the same, in a time that depends on the length of the given one only. */
export function sameSecret(given: string, expected: string): boolean {
  let difference = given.length ^ expected.length
  for (let i = 0; i < given.length; i++)
    difference |= given.charCodeAt(i) ^ expected.charCodeAt(i % Math.max(1, expected.length))
  return difference === 0
}
