// Written in parts, because this file is searched too.
const hosts = [
  ['registry', 'npmjs', 'org'],
  ['registry', 'yarnpkg', 'com'],
  ['proxy', 'golang', 'org'],
  ['sum', 'golang', 'org'],
  ['files', 'pythonhosted', 'org'],
  ['pypi', 'org'],
  ['deb', 'debian', 'org'],
]
const folders = [
  ['root', '\\w'],
  // Ann is the user of our examples; the nodes of GKE have their network plugins in kubernetes/bin.
  ['home', '(?!ann|kubernetes/bin\\b)[a-z]{3}'],
  ['Users', '[A-Z]'],
  ['work', '(main|shared)'],
]

const foreign = [
  ...hosts.map((parts) => new RegExp(`\\b${parts.join('\\.')}\\b`)),
  ...folders.map(([first, next]) => new RegExp(`(^|[\\s'"\`=(:])/${first}/${next}`, 'm')),
]

/** Places that hold the address of a package registry or a folder of somebody's machine: neither is there for the next reader. */
export function foreignTexts(paths: string[], read: (path: string) => string): string[] {
  const texts = paths.filter((path) => !/\.(png|ico|woff2?|binpb|tgz)$/.test(path))
  return texts.flatMap((path) => {
    const text = read(path)
    return foreign.flatMap((pattern) => {
      const found = pattern.exec(text)
      return found ? [`${path}:${text.slice(0, found.index).split('\n').length} ${found[0].trim()}`] : []
    })
  })
}
