//go:build tools

// Package tools pins the commands that the test bed builds from Istio's sources.
package tools

import (
	_ "istio.io/istio/pilot/cmd/pilot-agent"
	_ "istio.io/istio/pilot/cmd/pilot-discovery"
)
