import type { StrategyOptions as OriginalOptions, createAppAuth as original } from '@octokit/auth-app'
import { createAppAuth, type InstallationAccessTokenAuthentication } from '../../src/octokit.js'

/** Whatever is typed for the original is content with ours. */
export const drop: (options: OriginalOptions) => ReturnType<typeof original> = createAppAuth

export async function answers(options: OriginalOptions): Promise<string> {
  const auth = createAppAuth(options)
  const app = await auth({ type: 'app' })
  const installation: InstallationAccessTokenAuthentication = await auth({ type: 'installation', repositoryNames: ['a'] })
  const made: number = await auth({ type: 'installation', factory: ({ appId }) => Number(appId) })
  const client = await auth({ type: 'oauth-app' })
  const user = await auth({ type: 'oauth-user', code: 'c' })
  // @ts-expect-error there is no such type
  await auth({ type: 'other' })
  return [app.token, installation.expiresAt, made, client.headers.authorization, user.token].join()
}
