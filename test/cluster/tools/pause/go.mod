module meshwright.test/testbed/pause

go 1.26.0
