/** As text: Text modules of the Worker (wrangler.toml, rules), whatever they hold. */
declare module '@zxcvbn-ts/language-common/src/passwords.json' {
  const text: string
  export default text
}
declare module '@zxcvbn-ts/language-common/src/diceware.json' {
  const text: string
  export default text
}
declare module '@zxcvbn-ts/language-common/src/adjacencyGraphs.json' {
  const text: string
  export default text
}
