/**
 * Renders what the policies use of Terraform's template language, without Terraform: `${jsonencode(…)}` of a variable or of a string with
 * variables in it, and `%{ if NAME != null ~}` … `%{ endif ~}`. Anything else throws, so that a template cannot quietly outgrow it.
 */
export function rendered(template: string, variables: Readonly<Record<string, unknown>>): string {
  const conditional = /%\{ if (\w+) != null ~\}\n([\s\S]*?)%\{ endif ~\}\n\s*/g
  const chosen = template.replace(conditional, (_, name: string, body: string) => (given(variables, name) === null ? '' : body))
  const text = chosen.replace(/\$\{jsonencode\((?:(\w+)|"((?:[^"\\]|\\.)*)")\)\}/g, (_, name?: string, quoted = '') =>
    JSON.stringify(
      name === undefined
        ? quoted.replace(/\$\{(\w+)\}/g, (_all: string, inner: string) => given(variables, inner))
        : given(variables, name),
    ),
  )
  if (/[$%]\{/.test(text)) throw new Error('the template uses more of the language than this renders')
  return text
}

function given(variables: Readonly<Record<string, unknown>>, name: string): unknown {
  if (!Object.hasOwn(variables, name)) throw new Error(`the template uses ${name}, which it is not given`)
  return variables[name]
}
