import { spawn } from 'node:child_process'
import { nameOf, TokenError } from '../../kernel/errors.js'
import type { IdentitySource } from '../../model/identity-token.js'
import { identityTokenFrom, MAX_IDENTITY_TOKEN_LENGTH } from '../identity-token.js'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * An identity token that a command prints, run by the shell. Its standard error is where ours is, so that it can say what is wrong.
 * It must print another token each time.
 */
export function commandIdentity(command: string, environment: Environment): IdentitySource {
  const name = 'the identity command'
  return {
    name,
    identity: `command:${command}`,
    renewable: true,
    obtain: async ({ timeoutMs }) => identityTokenFrom(await outputOf(command, environment, timeoutMs), name),
  }
}

function outputOf(command: string, environment: Environment, timeoutMs: number): Promise<string> {
  const failed = (why: string) => new TokenError('ERR_IDENTITY_UNAVAILABLE', `the identity command ${why}`)
  return new Promise((resolve, reject) => {
    const child = spawn(command, { shell: true, env: { ...environment }, stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    const give = (failure: TokenError) => {
      clearTimeout(timer)
      child.stdout.destroy() // whatever it started may hold the pipe open
      child.kill('SIGKILL')
      reject(failure)
    }
    const timer = setTimeout(() => give(failed(`took longer than ${timeoutMs} ms`)), timeoutMs)
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
      if (output.length > 2 * MAX_IDENTITY_TOKEN_LENGTH) give(failed('printed more than an identity token'))
    })
    child.on('error', (failure) => give(failed(`could not be started (${nameOf(failure)})`)))
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (code === 0) resolve(output)
      else reject(failed(signal ? `was ended by ${signal}` : `exited with ${code}`))
    })
  })
}
