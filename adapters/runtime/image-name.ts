/** `docker.io/grafana/grafana:12.0.1` as `registry.example/copies/grafana:12.0.1`; without a registry as it is. */
export function fromRegistry(image: string, registry: string | undefined): string {
  return registry ? `${registry}/${image.slice(image.lastIndexOf('/') + 1)}` : image
}
