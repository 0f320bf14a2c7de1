/** Our mark on every object of the sample. On the namespace its value says how that came: `made` with the sample, or `found`. */
export const sampleLabel = 'meshwright.io/sample'
/** Who we are to the API server on the namespace: what this manager no longer names goes again. */
export const sampleManager = 'meshwright-sample'
export const sampleImage = 'node:22-alpine'
