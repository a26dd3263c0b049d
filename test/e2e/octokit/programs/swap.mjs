import { register } from 'node:module'

// Stands for the one changed line: whoever imports `@octokit/auth-app`, however deep, gets what SWAP_AUTH_APP names.
const target = process.env['SWAP_AUTH_APP']
if (target !== undefined) {
  const hooks = `
    export const resolve = (specifier, context, next) =>
      specifier === '@octokit/auth-app' ? { url: ${JSON.stringify(target)}, shortCircuit: true } : next(specifier, context)`
  register(`data:text/javascript,${encodeURIComponent(hooks)}`)
}
