import type { Credential } from '../model/credential.js'
import type { Issue } from '../model/issue.js'
import type { TokenRequest } from '../model/request.js'
import type { Scope } from '../model/scope.js'
import { narrow } from './narrow.js'

/** Turns what was asked for into a Scope before anything inside sees it. */
export function narrowed<Output extends Credential>(inner: Issue<Scope, Output>): Issue<TokenRequest, Output> {
  return async (request, context) => inner(narrow(request), context)
}
