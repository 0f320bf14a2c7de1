import { Chip } from '../../components/chip.js'

/** The place of Prometheus and Grafana. Endpoints cannot be connected yet, and it says so. */
export function MetricsChip() {
  return <Chip tone="idle" name="Prometheus and Grafana" text="not set up yet; everything else works without them" />
}
