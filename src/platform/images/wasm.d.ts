/** Compiled modules of the Worker: workerd compiles nothing at run time. */
declare module '*.wasm' {
  const module: WebAssembly.Module
  export default module
}
