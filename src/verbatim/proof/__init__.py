"""What proves it: the ledger of tests, the records of runs, the mutants."""
