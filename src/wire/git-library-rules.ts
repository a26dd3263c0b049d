import type { AppRule, TokenRule } from '../git/auth-rules.js'
import { parseGitUrl } from '../git/git-url.js'
import { loadLinearRegex } from '../git/linear-regex.js'
import { TokenError } from '../kernel/errors.js'
import type { Secret } from '../kernel/secret.js'
import type { RuleSet } from './git-match.js'
import { type CompiledRules, compileRules, type GitRuleOptions } from './git-rule-options.js'
import { parseHeldSecret } from './secret-reference.js'
import { ruleOfSecret } from './user-secret.js'

/** Who may answer for a remote. One of the two is needed. */
export interface GitCredentialRules {
  /** In order: the first whose pattern matches answers. A list is read when it is first used; what changes in it later is not noticed. */
  readonly rules?: readonly GitRuleOptions[] | undefined
  /** Text of a user-supplied secret, which beats the rules: JSON of an App, or one line, a token for the host of this very URL. */
  readonly secret?: string | Secret | undefined
}

/** Rules in force for one ask, and how their secrets are read. */
export interface RulesInForce extends RuleSet {
  readKey(rule: AppRule): Promise<Secret>
  readToken(rule: TokenRule): Promise<Secret>
}

/** Compiles each list once; a secret, which is text, each time. */
export function gitLibraryRules(): (remote: string, by: GitCredentialRules) => Promise<RulesInForce> {
  const compiled = new WeakMap<readonly GitRuleOptions[], Promise<CompiledRules>>()
  return (remote, { rules, secret }) => {
    if (secret !== undefined) return rulesOfSecret(secret, remote)
    if (!Array.isArray(rules))
      throw new TokenError('ERR_CONFIG_INVALID', 'option rules: must be a list of rules, or a secret be given')
    const known = compiled.get(rules)
    if (known) return known
    const fresh = loadLinearRegex().then((compile) => compileRules(rules, compile))
    compiled.set(rules, fresh)
    fresh.catch(() => compiled.delete(rules)) // a list that is corrected in place is read again
    return fresh
  }
}

async function rulesOfSecret(text: string | Secret, remote: string): Promise<RulesInForce> {
  const secret = parseHeldSecret(text)
  const parsed = parseGitUrl(remote)
  const host = parsed.kind === 'web' ? parsed.host : '' // of no remote: a token goes nowhere else
  const rule = ruleOfSecret(secret, host, await loadLinearRegex())
  const held = async () => (secret.kind === 'app' ? secret.privateKey : secret.token)
  return { rules: [rule], exclusive: true, readKey: held, readToken: held }
}
