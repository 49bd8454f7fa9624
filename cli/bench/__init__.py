"""The benchmarks of `floorbook bench`: each a module with a function that measures here and answers its figures."""
