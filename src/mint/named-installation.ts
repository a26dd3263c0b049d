import { TokenError } from '../kernel/errors.js'
import { exactId, parseExactJson } from './exact-json.js'
import type { GitHubApi } from './github-api.js'
import type { Installations } from './installations.js'

export interface NamedInstallationOptions {
  readonly api: Pick<GitHubApi, 'asApp'>
  /** `/repos/o/r/installation`, `/users/u/installation` or `/enterprises/e/installation`. */
  readonly path: string
  /** What is there, in words, for messages. */
  readonly subject: string
  /** Hears the App's slug, where GitHub tells it. */
  readonly onSlug: (slug: string) => void
}

/** The installation that one path of the API names, with the slug of its App. GitHub is asked each time. */
export function namedInstallation({ api, path, subject, onSlug }: NamedInstallationOptions): Installations {
  const find: Installations['find'] = async (_scope, deadlineAt) => {
    const answer = await api.asApp('installation', { method: 'GET', path }, deadlineAt).catch((failure: unknown) => {
      if (!(failure instanceof TokenError) || failure.code !== 'ERR_NOT_INSTALLED') throw failure
      throw new TokenError(
        'ERR_NOT_INSTALLED',
        `the App is not installed on ${subject}, or there is no such thing (GitHub does not say which)`,
      )
    })
    const members = parseExactJson(answer.body)
    const [id, slug] = [exactId(members?.['id']), members?.['app_slug']]
    if (id === undefined) throw new TokenError('ERR_UPSTREAM_INVALID', 'GitHub answered an installation without an id')
    if (typeof slug === 'string' && /^[a-z0-9][a-z0-9-]{0,99}$/i.test(slug)) onSlug(slug)
    return id
  }
  return { find, findAgain: find }
}
