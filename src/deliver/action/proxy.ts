import { type Environment, invalid } from './inputs.js'

const PROXIES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'] as const

export const isProxied = (environment: Environment): boolean => PROXIES.some((name) => environment[name])

/**
 * Node goes through a proxy only where it is told to. A job that names a proxy and does not say so is refused: a request that went around
 * the proxy would be worse.
 *
 * @param nodeVersion as `process.versions.node` has it
 * @throws TokenError `ERR_CONFIG_INVALID`
 */
export function checkProxy(environment: Environment, nodeVersion: string): void {
  if (!isProxied(environment)) return
  if (environment['NODE_USE_ENV_PROXY'] !== '1')
    throw invalid(
      'A proxy environment variable is set, but Node.js native proxy support is not enabled. Set NODE_USE_ENV_PROXY=1 for this action step.',
    )
  if (!takesProxies(nodeVersion))
    throw invalid(
      `A proxy environment variable is set, but Node.js ${nodeVersion} has no proxy support. Use a runner with Node.js 24.`,
    )
}

function takesProxies(nodeVersion: string): boolean {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number)
  return major >= 24 || (major === 22 && minor >= 21)
}
