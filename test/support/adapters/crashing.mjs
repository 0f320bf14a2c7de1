// A stand-in for an adapter that cannot start: it says why and ends.
process.stderr.write('the catalogue is missing\n')
process.exit(3)
