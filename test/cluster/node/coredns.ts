import { testbedImages } from '../images/testbed-images.js'

// Nothing to forward to: what is outside cluster.local is NXDOMAIN at once. That needs a server block of its own,
// because within one block the template plug-in runs first and would answer for the kubernetes plug-in too.
const corefile = `cluster.local:53 in-addr.arpa:53 ip6.arpa:53 {
    errors
    health {
        lameduck 0s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        ttl 5
    }
}
.:53 {
    template ANY ANY {
        rcode NXDOMAIN
    }
}
`
const metadata = { name: 'coredns', namespace: 'kube-system' }
const labels = { 'k8s-app': 'kube-dns' }
const role = 'system:coredns'

/** The cluster's DNS server as a List that `kubectl apply` takes. */
export function corednsManifest(dnsIp: string): unknown {
  return {
    apiVersion: 'v1',
    kind: 'List',
    items: [...access(), configMap(), deployment(), service(dnsIp)],
  }
}

function access(): unknown[] {
  const rbac = 'rbac.authorization.k8s.io'
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name: role },
      rules: [
        { apiGroups: [''], resources: ['endpoints', 'services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
        { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
      ],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: role },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'ServiceAccount', ...metadata }],
    },
  ]
}

function configMap(): unknown {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { Corefile: corefile } }
}

function deployment(): unknown {
  const container = {
    name: 'coredns',
    image: testbedImages.coredns.reference,
    args: ['-conf', '/etc/coredns/Corefile'],
    ports: [
      { containerPort: 53, protocol: 'UDP', name: 'dns' },
      { containerPort: 53, protocol: 'TCP', name: 'dns-tcp' },
    ],
    readinessProbe: { httpGet: { path: '/ready', port: 8181 }, periodSeconds: 1 },
    volumeMounts: [{ name: 'config', mountPath: '/etc/coredns' }],
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] },
    },
  }
  const pod = {
    serviceAccountName: metadata.name,
    terminationGracePeriodSeconds: 1,
    dnsPolicy: 'Default',
    containers: [container],
    volumes: [{ name: 'config', configMap: { name: metadata.name } }],
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...metadata, labels },
    spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod } },
  }
}

function service(clusterIP: string): unknown {
  const ports = [
    { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
    { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
  ]
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kube-dns', namespace: metadata.namespace, labels },
    spec: { clusterIP, selector: labels, ports },
  }
}
