/** Where the sample application is when its actions name no namespace: whoever keeps actions apart must know, too. */
export const sampleNamespace = 'meshwright-sample'
