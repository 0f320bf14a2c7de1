import { stringify } from 'yaml'

/** Kubernetes objects as one YAML text, below a comment. */
export function yamlDocuments(head: string, objects: object[]): string {
  const documents = objects.map((object) => `---\n${stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })}`)
  return `${head}${documents.join('')}`
}
