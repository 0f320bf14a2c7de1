import { sampleNamespace } from '../../../contract/sample.js'
import { label } from '../parameters-schema.js'

/** Where the sample is; the same for coming and going. */
export const namespaceParameter = {
  ...label,
  default: sampleNamespace,
  title: 'Namespace',
  description: 'One of its own: not there yet, empty, or that of a sample.',
}
