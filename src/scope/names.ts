/** Letters, digits and single hyphens, at most 39 (docs.github.com, "username considerations"); `_code` ends managed users' names. */
const OWNER = /^(?=.{1,39}$)[a-z0-9][a-z0-9-]*(?:_[a-z0-9]+)?$/i
/** docs.github.com: letters, digits, `.`, `-`, `_`, at most 100. */
const REPOSITORY = /^[a-z0-9._-]{1,100}$/i

export const isOwnerName = (text: string): boolean => OWNER.test(text)

/** `.` and `..` would rewrite a URL's path. */
export const isRepositoryName = (text: string): boolean => REPOSITORY.test(text) && text !== '.' && text !== '..'
