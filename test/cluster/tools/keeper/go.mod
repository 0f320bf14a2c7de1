module meshwright.test/testbed/keeper

go 1.26.0
